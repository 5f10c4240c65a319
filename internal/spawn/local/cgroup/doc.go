// Package cgroup makes control groups (version 2) for notebook servers: one each, which
// holds what all its processes take together, and knows them whatever they do. See
// cgroups(7).
//
// A cgroup with processes of its own cannot share out its resources, so the hub has to be
// in one below:
//
//	BASE/                     delegated to the hub, without processes of its own
//	  hub/                    the hub, and what it starts besides
//	  atrium-servers-NODE/
//	    SERVER-NONCE/         one run of a server
//
// Under systemd the hub must be put into such a place (Delegate=yes and
// DelegateSubgroup=hub): had it to move there by itself, systemd could not start it again
// while servers live, since nothing can enter BASE then.
package cgroup

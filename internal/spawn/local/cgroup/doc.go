// Package cgroup makes control groups (version 2) for notebook servers: one each, which
// holds what all its processes take together. See cgroups(7).
package cgroup

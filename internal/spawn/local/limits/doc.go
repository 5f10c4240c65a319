// Package limits plans how the limits of a notebook server are held on this machine, by a cgroup or by
// rlimits, and sets rlimits. See docs/adr/0017-limits-of-local-servers.md.
package limits

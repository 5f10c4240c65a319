package limits

import "golang.org/x/sys/unix"

// memoryResource is what comes nearest to memory: what a process may write to without
// sharing it. The address space (RLIMIT_AS) is no measure of it: programs such as Node
// reserve many gigabytes that they never use, and fail without them.
const memoryResource = unix.RLIMIT_DATA

// mayRaiseLimits reports whether this process may have more than its own hard limits.
func mayRaiseLimits() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the second has the capabilities from 32 on
	return unix.Capget(&header, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}

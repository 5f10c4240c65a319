package output

import "golang.org/x/sys/unix"

// widen lets more wait in the pipe than the 64 KiB it begins with. Others than root may
// have few such pipes, and get narrower ones instead of an error: theirs stay as they are.
func widen(fd int, root bool) {
	if root {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, pipeSize)
	}
}

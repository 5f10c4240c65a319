package supervisor

import "syscall"

// dieWithParent does nothing where the system cannot tie a child to its parent's life.
func dieWithParent(*syscall.SysProcAttr) {}

package supervisor

import "syscall"

// dieWithParent ends a service whose hub was killed: the next hub starts its own.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }

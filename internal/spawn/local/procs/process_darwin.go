package procs

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// zombieState is SZOMB of sys/proc.h.
const zombieState = 5

// BootID identifies the boot of this machine. If it is empty, because it cannot be read, no
// recorded process counts as alive.
func BootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

func infoOf(k *unix.KinfoProc) Info {
	began := k.Proc.P_starttime
	return Info{
		Process: Process{
			PID:   int(k.Proc.P_pid),
			Start: strconv.FormatInt(began.Sec, 10) + "." + strconv.FormatInt(int64(began.Usec), 10),
		},
		parent: int(k.Eproc.Ppid),
		Zombie: k.Proc.P_stat == zombieState,
	}
}

// Lookup asks the kernel for a process; false if there is none with this id.
func Lookup(pid int) (Info, bool) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || int(k.Proc.P_pid) != pid {
		return Info{}, false
	}
	return infoOf(k), true
}

// List gives all processes of the machine.
func List() []Info {
	list, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	all := make([]Info, 0, len(list))
	for i := range list {
		all = append(all, infoOf(&list[i]))
	}
	return all
}

// Signal sends to this process unless it has ended. There are no process
// descriptors here, so an instant remains between looking and sending.
func (p Process) Signal(sig unix.Signal) error {
	if !p.Alive() {
		return unix.ESRCH
	}
	return unix.Kill(p.PID, sig)
}

// Strays finds nothing: other processes' environments and files cannot be read here.
func Strays(uint32, string, string, int) Filter {
	return func([]Info) func(Info) bool {
		return func(Info) bool { return false }
	}
}

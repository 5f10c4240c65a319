package local

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// zombieState is SZOMB of sys/proc.h.
const zombieState = 5

// bootID identifies the boot of this machine. If it is empty, because it cannot be read, no
// recorded process counts as alive.
func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

func infoOf(k *unix.KinfoProc) processInfo {
	began := k.Proc.P_starttime
	return processInfo{
		process: process{
			pid:   int(k.Proc.P_pid),
			start: strconv.FormatInt(began.Sec, 10) + "." + strconv.FormatInt(int64(began.Usec), 10),
		},
		parent: int(k.Eproc.Ppid),
		zombie: k.Proc.P_stat == zombieState,
	}
}

func lookupProcess(pid int) (processInfo, bool) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || int(k.Proc.P_pid) != pid {
		return processInfo{}, false
	}
	return infoOf(k), true
}

func listProcesses() []processInfo {
	list, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	all := make([]processInfo, 0, len(list))
	for i := range list {
		all = append(all, infoOf(&list[i]))
	}
	return all
}

// signal sends to this process unless it has ended. There are no process
// descriptors here, so an instant remains between looking and sending.
func (p process) signal(sig unix.Signal) error {
	if !p.alive() {
		return unix.ESRCH
	}
	return unix.Kill(p.pid, sig)
}

// newStrayFilter finds nothing: other processes' environments and files cannot be read here.
func newStrayFilter(record, int, string) func([]processInfo) func(processInfo) bool {
	return func([]processInfo) func(processInfo) bool {
		return func(processInfo) bool { return false }
	}
}

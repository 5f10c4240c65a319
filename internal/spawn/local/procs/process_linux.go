package procs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// BootID identifies the boot of this machine. If it is empty, because it cannot be read, no
// recorded process counts as alive.
func BootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func procPath(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// Lookup asks the kernel for a process; false if there is none with this id. It reads
// /proc/PID/stat, see proc_pid_stat(5).
func Lookup(pid int) (Info, bool) {
	text := make([]byte, 1024) // more than the kernel writes
	n, err := readShort(procPath(pid, "stat"), text)
	if err != nil {
		return Info{}, false
	}
	return parseStat(pid, string(text[:n]))
}

// readShort reads the start of a small file below /proc with three system calls: such files
// are read for every process of the machine whenever a server is stopped.
func readShort(name string, text []byte) (n int, err error) {
	var fd int
	err = IgnoringEINTR(func() (err error) {
		fd, err = unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return 0, err
	}
	defer func() { _ = unix.Close(fd) }()
	err = IgnoringEINTR(func() (err error) {
		n, err = unix.Read(fd, text)
		return err
	})
	return n, err
}

// parseStat parses the fields after the name, which may contain spaces and brackets: field 3
// is the state, 4 the parent, 9 the flags, 22 the start time in ticks since boot, 31 the
// pending signals.
func parseStat(pid int, text string) (Info, bool) {
	end := strings.LastIndexByte(text, ')')
	if end < 0 {
		return Info{}, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 20 {
		return Info{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return Info{}, false
	}
	info := Info{
		Process: Process{PID: pid, Start: fields[19]},
		parent:  parent,
		Zombie:  fields[0] == "Z" || fields[0] == "X" || fields[0] == "x",
	}
	info.Dying = !info.Zombie && (hasBit(fields, 6, exiting) || hasBit(fields, 28, killed))
	return info, true
}

// Bits of what parseStat reads.
const (
	exiting = 1 << 2                  // PF_EXITING of linux/sched.h
	killed  = 1 << (unix.SIGKILL - 1) // of a set of signals
)

func hasBit(fields []string, at int, bit uint64) bool {
	if at >= len(fields) {
		return false
	}
	n, err := strconv.ParseUint(fields[at], 10, 64)
	return err == nil && n&bit != 0
}

// List gives all processes of the machine.
func List() []Info {
	folder, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil
	}
	var all []Info
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		var place unix.Stat_t
		if unix.Stat(procPath(pid, ""), &place) != nil {
			continue
		}
		if info, ok := Lookup(pid); ok {
			info.owner = place.Uid
			all = append(all, info)
		}
	}
	return all
}

// Signal sends a signal to exactly this process: the pidfd refers to the process that had the
// id when it was opened, and the start time is checked after that. The error is unix.ESRCH
// if the process has ended.
func (p Process) Signal(sig unix.Signal) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // before Linux 5.3, or a sandbox without it
		if !p.Alive() {
			return unix.ESRCH
		}
		return unix.Kill(p.PID, sig)
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if !p.Alive() {
		return unix.ESRCH
	}
	return unix.PidfdSendSignal(fd, sig, nil, 0)
}

// Strays makes the test whether a process belongs to the run although it is no
// descendant any more: it has the run's address in its environment or the run's lock open.
// It has to have the run's uid, so that nobody can make the hub kill other users' processes.
func Strays(uid uint32, url, lockFile string, selfPID int) Filter {
	return func([]Info) func(Info) bool {
		var lock unix.Stat_t
		locked := unix.Stat(lockFile, &lock) == nil
		mark := []byte("JUPYTERHUB_SERVICE_URL=" + url)
		return func(p Info) bool {
			if url == "" || !hasUID(p, uid) {
				return false
			}
			// A process that the hub is forking has copies of all its descriptors.
			return hasEnv(p.PID, mark) || locked && p.parent != selfPID && hasOpenFile(p.PID, &lock)
		}
	}
}

// hasUID reports whether the process's real, effective and saved uid are this one. For most
// processes the owner in the list answers that already.
func hasUID(p Info, uid uint32) bool {
	if p.owner != uid && p.owner != 0 {
		return false
	}
	text, err := os.ReadFile(procPath(p.PID, "status"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			want := strconv.FormatUint(uint64(uid), 10)
			ids := strings.Fields(rest)
			return len(ids) >= 3 && ids[0] == want && ids[1] == want && ids[2] == want
		}
	}
	return false
}

func hasEnv(pid int, entry []byte) bool {
	text, err := os.ReadFile(procPath(pid, "environ"))
	if err != nil {
		return false
	}
	for e := range bytes.SplitSeq(text, []byte{0}) {
		if bytes.Equal(e, entry) {
			return true
		}
	}
	return false
}

func hasOpenFile(pid int, file *unix.Stat_t) bool {
	folder := procPath(pid, "fd")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, e := range entries {
		var s unix.Stat_t
		if unix.Stat(filepath.Join(folder, e.Name()), &s) == nil && s.Dev == file.Dev && s.Ino == file.Ino {
			return true
		}
	}
	return false
}

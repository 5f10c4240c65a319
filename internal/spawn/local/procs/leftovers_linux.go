package procs

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
)

// Leftovers makes the test whether a process has the uid and began no earlier than
// first. Processes of a server of another hub on this machine, with the same homes, are
// left alone: servers is the folder of this hub's locks.
func Leftovers(uid uint32, first, servers string) Filter {
	return func(all []Info) func(Info) bool {
		leftovers := map[int]bool{}
		var foreign []Process
		for _, p := range all {
			if !NotBefore(p.Start, first) || !hasUID(p, uid) {
				continue
			}
			leftovers[p.PID] = true
			if holdsForeignLock(p.PID, servers) {
				foreign = append(foreign, p.Process)
			}
		}
		if len(foreign) > 0 {
			foreignTree := Tree{members: map[Process]bool{}}
			for _, p := range foreign {
				foreignTree.members[p] = true
			}
			foreignTree.addDescendants(all)
			for p := range foreignTree.members {
				delete(leftovers, p.PID)
			}
		}
		return func(p Info) bool { return leftovers[p.PID] }
	}
}

// holdsForeignLock reports whether a process has the lock of a server of another hub open.
// Users cannot open one, only inherit it. An O_PATH descriptor does not count, since anybody
// can have one of any file.
func holdsForeignLock(pid int, servers string) bool {
	folder := procPath(pid, "fd")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, e := range entries {
		link := filepath.Join(folder, e.Name())
		path, err := os.Readlink(link)
		if err != nil || filepath.Ext(path) != ".lock" || filepath.Dir(path) == servers || filepath.Base(filepath.Dir(path)) != "servers" {
			continue
		}
		info, err := os.Stat(link)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm() == fs.FileMode(0o600) && disk.Owner(info) == 0 &&
			isOpenForIO(procPath(pid, "fdinfo"), e.Name()) {
			return true
		}
	}
	return false
}

// isOpenForIO reports whether a descriptor was opened without O_PATH, by its fdinfo.
func isOpenForIO(folder, handle string) bool {
	text, err := os.ReadFile(filepath.Join(folder, handle)) //nolint:gosec // below /proc
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if octal, ok := strings.CutPrefix(line, "flags:"); ok {
			flags, err := strconv.ParseUint(strings.TrimSpace(octal), 8, 64)
			return err == nil && flags&unix.O_PATH == 0
		}
	}
	return false
}

package local

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
)

// leftTest tells of a process whether it is of the user id, and no older than first. What
// belongs to a server of another hub on this machine, which has the same homes, is left
// alone.
func leftTest(uid uint32, first, servers string) func(all []processInfo) func(processInfo) bool {
	return func(all []processInfo) func(processInfo) bool {
		left := map[int]bool{}
		var theirs []process
		for _, p := range all {
			if !notBefore(p.start, first) || !hasUID(p, uid) {
				continue
			}
			left[p.pid] = true
			if holdsOthersLock(p.pid, servers) {
				theirs = append(theirs, p.process)
			}
		}
		if len(theirs) > 0 {
			other := family{members: map[process]bool{}}
			for _, p := range theirs {
				other.members[p] = true
			}
			other.addDescendants(all)
			for p := range other.members {
				delete(left, p.pid)
			}
		}
		return func(p processInfo) bool { return left[p.pid] }
	}
}

// holdsOthersLock tells whether a process has the lock of a server of another hub open:
// nobody can open one, only inherit it. A handle that is good for nothing but to name a
// file (O_PATH) is to be had of any file, and counts for nothing.
func holdsOthersLock(pid int, servers string) bool {
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
			reallyOpen(procPath(pid, "fdinfo"), e.Name()) {
			return true
		}
	}
	return false
}

// reallyOpen tells whether a file was opened to be read or written, by what the machine
// says of the handle.
func reallyOpen(folder, handle string) bool {
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

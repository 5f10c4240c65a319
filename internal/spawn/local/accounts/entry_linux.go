package accounts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// Mount gives the uid a name in this process and its descendants, without a line
// in the machine's own /etc/passwd: in a mount namespace of its own, that file and /etc/group
// are copies of the machine's with one line more.
//
// Later mounts of the machine are propagated into the namespace, but not out of it. It has to
// be called on the thread that becomes the server. scratch is a folder that users cannot reach.
func (e Entry) Mount(uid, gid uint32, scratch string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("make a view of the file system: %w", err)
	}
	return e.mountFiles(uid, gid, scratch, func(string) bool { return true })
}

// mountFiles mounts extended copies over those system files that are wanted, in the thread's
// mount namespace. The copies are in a tmpfs at scratch, which users cannot reach, and
// visible only through bind mounts.
func (e Entry) mountFiles(uid, gid uint32, scratch string, wanted func(path string) bool) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("keep the view of the file system to itself: %w", err)
	}
	if err := unix.Mount("atrium", scratch, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0755"); err != nil {
		return fmt.Errorf("make room for the account's lines: %w", err)
	}
	var err error
	if wanted(passwdFile) {
		err = errors.Join(err, mountExtended(passwdFile, scratch, uid, e.passwd(uid, gid)))
	}
	if wanted(groupFile) {
		err = errors.Join(err, mountExtended(groupFile, scratch, gid, e.group(gid)))
	}
	if wanted(profileFile) {
		err = errors.Join(err, mountExtended(profileFile, scratch, 0, profile))
	}
	if wanted(cacheFolder) {
		err = errors.Join(err, mountEmpty(cacheFolder, scratch))
	}
	if unmountErr := unix.Unmount(scratch, unix.MNT_DETACH); unmountErr != nil {
		err = errors.Join(err, fmt.Errorf("leave the account's lines: %w", unmountErr))
	}
	return err
}

const (
	passwdFile  = "/etc/passwd"
	groupFile   = "/etc/group"
	profileFile = "/etc/profile"
	cacheFolder = "/run/nscd" // of the name service
)

// Files identifies the machine's files as they were last seen. When a program replaces
// one, as useradd does, the kernel removes the bind mounts on it in all namespaces, also in
// those of running servers.
type Files struct{ passwd, group, profile unix.Stat_t }

// Changed reports whether one was replaced since the last call.
func (s *Files) Changed() bool {
	now := statAccountFiles()
	if s.same(now) {
		return false
	}
	*s = now
	return true
}

func statAccountFiles() (s Files) {
	// A file that does not exist has the inode 0, which is good enough to compare.
	_, _, _ = unix.Stat(passwdFile, &s.passwd), unix.Stat(groupFile, &s.group), unix.Stat(profileFile, &s.profile)
	return s
}

func (s *Files) same(o Files) bool {
	return sameFile(s.passwd, o.passwd) && sameFile(s.group, o.group) && sameFile(s.profile, o.profile)
}

func sameFile(a, b unix.Stat_t) bool { return a.Dev == b.Dev && a.Ino == b.Ino }

// Remount mounts again, in the namespace of a running server's process, those files that are the
// machine's own there.
func (e Entry) Remount(p procs.Process, uid, gid uint32, scratch string) error {
	machine := map[string]unix.Stat_t{}
	for _, path := range []string{passwdFile, groupFile, profileFile} {
		var s unix.Stat_t
		if unix.Stat(path, &s) == nil {
			machine[path] = s
		}
	}
	return onDisposableThread(func() error {
		if entered, err := enterMountNamespace(p); err != nil || !entered {
			return err
		}
		return e.mountFiles(uid, gid, scratch, func(path string) bool {
			var s unix.Stat_t
			was, there := machine[path]
			return there && unix.Stat(path, &s) == nil && sameFile(s, was)
		})
	})
}

// onDisposableThread runs work that changes its thread irreversibly, on a thread that ends
// with it: no other goroutine may run in its mount namespace.
func onDisposableThread(work func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // the main thread never ends; while it is locked here, the work gets another
			defer runtime.UnlockOSThread()
			result <- onDisposableThread(work)
			return
		}
		result <- work()
	}()
	return <-result
}

// enterMountNamespace moves the thread into the mount namespace of a process. It enters only
// those that mount has made: not the machine's own, which a process
// has if none could be made, and not one that the user has made in a user namespace, where
// any path could lead anywhere.
func enterMountNamespace(p procs.Process) (entered bool, err error) {
	view, err := os.Open("/proc/" + p.String() + "/ns/mnt")
	if err != nil {
		return false, err
	}
	defer view.Close()
	if !p.Alive() { // if it is, the id was not reused before the namespace was opened
		return false, nil
	}
	owner, err := unix.IoctlRetInt(int(view.Fd()), nsGetUserNS)
	if err != nil {
		return false, fmt.Errorf("ask whose view of the file system it is: %w", err)
	}
	defer func() { _ = unix.Close(owner) }()
	var theirs, theirUsers, ours, ourUsers unix.Stat_t
	err = errors.Join(
		unix.Fstat(int(view.Fd()), &theirs), unix.Stat("/proc/thread-self/ns/mnt", &ours),
		unix.Fstat(owner, &theirUsers), unix.Stat("/proc/thread-self/ns/user", &ourUsers),
	)
	switch {
	case err != nil:
		return false, fmt.Errorf("ask whose view of the file system it is: %w", err)
	case sameFile(theirs, ours):
		return false, nil
	case !sameFile(theirUsers, ourUsers):
		return false, errors.New("its view of the file system is one of its own making")
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // setns needs a thread with a root directory of its own
		return false, err
	}
	if err := unix.Setns(int(view.Fd()), unix.CLONE_NEWNS); err != nil {
		return false, err
	}
	return true, nil
}

// nsGetUserNS asks for the user namespace that owns another one, see ioctl_nsfs(2).
const nsGetUserNS = 0xb701

// mountExtended mounts over a file a copy with a text at its end. It does nothing for a file
// that does not exist, or that has the id (0: none) already.
func mountExtended(path, scratch string, id uint32, text string) error {
	now, err := os.ReadFile(path) //nolint:gosec // one of the system's
	if errors.Is(err, fs.ErrNotExist) || err == nil && (text == "" || id != 0 && hasID(string(now), id)) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(now) > 0 && now[len(now)-1] != '\n' {
		now = append(now, '\n')
	}
	longer := filepath.Join(scratch, filepath.Base(path))
	if err := os.WriteFile(longer, append(now, text...), 0o644); err != nil { //nolint:gosec // everybody reads it
		return err
	}
	if err := os.Chmod(longer, 0o644); err != nil { //nolint:gosec // whatever the umask
		return err
	}
	if err := unix.Mount(longer, path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("show %s: %w", path, err)
	}
	return nil
}

// mountEmpty mounts an empty folder over that of the name service's cache, which would answer
// from the machine's files.
func mountEmpty(folder, scratch string) error {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil //nolint:nilerr // no cache, nothing to hide
	}
	empty := filepath.Join(scratch, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil { //nolint:gosec // nothing is in it
		return err
	}
	if err := unix.Mount(empty, folder, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("hide %s: %w", folder, err)
	}
	return nil
}

package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// introduce lets the uid have a name in this process and all that it starts, without a
// line in the machine's own /etc/passwd: in a view of the file system of its own, that
// file and /etc/group are the machine's as they are now, and the person.
//
// What is mounted or unmounted on the machine later is seen in that view, too; nothing
// of it is seen outside. The thread that calls must be the one that becomes the server.
func introduce(j job) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("make a view of the file system: %w", err)
	}
	return j.Record.Person.show(j.UID, j.GID, filepath.Dir(j.RecordFile), func(string) bool { return true })
}

// show extends those of the system's files that are wanted, in the view of the file
// system that the thread has. The texts lie in memory, at a place that people cannot
// reach, and are seen where they are bound to.
func (p person) show(uid, gid uint32, scratch string, wanted func(path string) bool) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("keep the view of the file system to itself: %w", err)
	}
	if err := unix.Mount("atrium", scratch, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0755"); err != nil {
		return fmt.Errorf("make room for the account's lines: %w", err)
	}
	var err error
	if wanted(passwdFile) {
		err = errors.Join(err, extend(passwdFile, scratch, uid, p.passwd(uid, gid)))
	}
	if wanted(groupFile) {
		err = errors.Join(err, extend(groupFile, scratch, gid, p.group(gid)))
	}
	if wanted(profileFile) {
		err = errors.Join(err, extend(profileFile, scratch, 0, profile))
	}
	if wanted(cacheFolder) {
		err = errors.Join(err, silence(cacheFolder, scratch))
	}
	if unmounting := unix.Unmount(scratch, unix.MNT_DETACH); unmounting != nil {
		err = errors.Join(err, fmt.Errorf("leave the account's lines: %w", unmounting))
	}
	return err
}

const (
	passwdFile  = "/etc/passwd"
	groupFile   = "/etc/group"
	profileFile = "/etc/profile"
	cacheFolder = "/run/nscd" // of the name service
)

// shown are the files of the machine as they were looked at last. Whoever puts another
// file in the place of one, as useradd does, takes away what is bound to it everywhere,
// also in the views of running servers.
type shown struct{ passwd, group, profile unix.Stat_t }

func lookAtShown() (s shown) {
	// What is not there has the number 0, as good as any.
	_, _, _ = unix.Stat(passwdFile, &s.passwd), unix.Stat(groupFile, &s.group), unix.Stat(profileFile, &s.profile)
	return s
}

func (s shown) same(o shown) bool {
	return sameFile(s.passwd, o.passwd) && sameFile(s.group, o.group) && sameFile(s.profile, o.profile)
}

func sameFile(a, b unix.Stat_t) bool { return a.Dev == b.Dev && a.Ino == b.Ino }

// keepNames gives running servers their names back when the machine's files were
// replaced. It costs three looks at files as long as they were not.
func (d *Driver) keepNames() {
	if d.personFor(account{}) == nil {
		return
	}
	now := lookAtShown()
	if d.shown.same(now) {
		return
	}
	d.shown = now
	records, err := d.files.all()
	if err != nil {
		d.log.Error("running servers' accounts may have lost their names", "error", err)
		return
	}
	for _, rec := range records {
		if rec.State != running || rec.Person == nil || !rec.alive() {
			continue
		}
		if err := reintroduce(rec, d.files.dir); err != nil {
			d.log.Warn("a running server's account has no name any more, until it is started anew", "server_id", rec.ServerID, "error", err)
		}
	}
}

// reintroduce shows, in the view of a running server, those files again that are the
// machine's own there.
func reintroduce(rec record, scratch string) error {
	machine := map[string]unix.Stat_t{}
	for _, path := range []string{passwdFile, groupFile, profileFile} {
		var s unix.Stat_t
		if unix.Stat(path, &s) == nil {
			machine[path] = s
		}
	}
	return onThreadThatEnds(func() error {
		if entered, err := enterView(rec); err != nil || !entered {
			return err
		}
		return rec.Person.show(rec.UID, rec.UID, scratch, func(path string) bool {
			var s unix.Stat_t
			was, there := machine[path]
			return there && unix.Stat(path, &s) == nil && sameFile(s, was)
		})
	})
}

// onThreadThatEnds runs what changes its thread for good. The thread goes with it: no
// other work may see what it sees.
func onThreadThatEnds(work func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // the first thread never ends; while it is held here, another takes the work
			defer runtime.UnlockOSThread()
			result <- onThreadThatEnds(work)
			return
		}
		result <- work()
	}()
	return <-result
}

// enterView makes the thread see the file system as the record's process does. It enters
// no view but those that introduce makes: not the machine's own, where the process has
// none because none could be made; and none that the person has made in a user namespace
// of theirs, where everything could lie anywhere.
func enterView(rec record) (entered bool, err error) {
	view, err := os.Open(procPath(rec.PID, "ns/mnt"))
	if err != nil {
		return false, err
	}
	defer view.Close()
	if !rec.alive() { // if it is, the process id was nobody else's when the view was opened
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
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // setns wants a thread with a root folder of its own
		return false, err
	}
	if err := unix.Setns(int(view.Fd()), unix.CLONE_NEWNS); err != nil {
		return false, err
	}
	return true, nil
}

// nsGetUserNS asks for the user namespace that owns another one, see ioctl_nsfs(2).
const nsGetUserNS = 0xb701

// extend shows a file with a text at its end. One that is not there stays so, and one
// that knows the id (0: none) already stays as it is.
func extend(path, scratch string, id uint32, text string) error {
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

// silence hides the socket of the name service's cache, which would answer for the
// machine's files.
func silence(folder, scratch string) error {
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

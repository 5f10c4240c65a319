package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// Programs ask who they run as: 'I have no name!' is what a terminal said, ssh and
// ssh-keygen gave up, and git wanted to know more.
func TestPersonHasANameInTheirServer(t *testing.T) {
	needRoot(t)
	needPrograms(t, "ssh-keygen", "git")
	f := newFixture(t)
	before, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	const name = "user1"
	for line, want := range map[string]string{
		"whoami": name, "id -un": name, "id -gn": name, "stat -c '%U %G' .": name + " " + name,
		"getent passwd $(id -u) | cut -d: -f6": n.Folder,
		"eval echo ~" + name:                   n.Folder,
		"ls -ld . | cut -d' ' -f3,4":           name + " " + name,
		"head -1 /etc/passwd | cut -d: -f1":    "root",
		"ssh-keygen -q -t ed25519 -N '' -f key && cut -d' ' -f1,3 key.pub | cut -d@ -f1":                "ssh-ed25519 " + name,
		"ssh -G localhost >/dev/null 2>&1 && echo ssh":                                                  "ssh",
		"git init -q r && cd r && EMAIL=a@b.c git commit -q --allow-empty -m x && git log --format=%an": name,
		"bash -ic true 2>&1 | grep -c 'no name'":                                                        "0\nexit status 1",
		"echo x >>/etc/passwd || echo refused":                                                          "refused",
	} {
		got := shell(t, n, line)
		if want == "refused" {
			got = got[max(0, strings.LastIndex(got, "\n")+1):]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	after, err := os.ReadFile("/etc/passwd")
	if err != nil || string(after) != string(before) {
		t.Errorf("the machine's own /etc/passwd is another one: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.opt.DataDir, "servers", "passwd*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// The view of the file system is for the name alone: what an operator mounts later is
// seen in running servers, and a server keeps nobody from unmounting.
func TestOperatorsMountsReachRunningServers(t *testing.T) {
	needRoot(t)
	place := dataDir(t)
	if err := os.Chmod(place, 0o755); err != nil {
		t.Fatal(err)
	}
	// As systemd leaves it: mounts here are shared with views of the file system that are made later.
	if err := unix.Mount(place, place, "", unix.MS_BIND, ""); err != nil {
		t.Skip("this machine lets nobody mount: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(place, unix.MNT_DETACH) })
	if err := unix.Mount("", place, "", unix.MS_SHARED, ""); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	courses := filepath.Join(place, "courses")
	if err := os.Mkdir(courses, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("courses", courses, "tmpfs", 0, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(courses, "data.csv"), []byte("1,2"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := shell(t, n, "cat "+courses+"/data.csv"); got != "1,2" {
		t.Errorf("what was mounted later reads %q", got)
	}
	if err := unix.Unmount(courses, 0); err != nil {
		t.Errorf("it cannot be unmounted: %v", err)
	}
	if got := shell(t, n, "ls "+courses); got != "" {
		t.Errorf("after the unmount there is %q", got)
	}
}

// Names may be switched off, and then nothing is mounted.
func TestUnnamed(t *testing.T) {
	needRoot(t)
	f := newFixture(t, func(o *Options) { o.Unnamed = true })
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	if got := shell(t, n, "id -un 2>/dev/null || echo none"); !strings.Contains(got, "none") {
		t.Errorf("it has the name %q", got)
	}
	mine, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", n.PID))
	if err != nil || theirs != mine {
		t.Errorf("it sees the file system as %s, %v; the hub as %s", theirs, err, mine)
	}
	spawntest.WantState(t, f.driver, 1, spawn.Alive)
}

// inside runs the test once more as a child of the command line, and reports whether this
// is that child.
func inside(t *testing.T, wrapper ...string) bool {
	t.Helper()
	needPrograms(t, wrapper[0])
	if os.Getenv("HUBTEST_INSIDE") == t.Name() {
		return true
	}
	cmd := exec.CommandContext(t.Context(), wrapper[0], append(wrapper[1:], os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")...)
	cmd.Env = append(os.Environ(), "HUBTEST_INSIDE="+t.Name())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

// In a container that may not mount, servers start all the same, and say why.
func TestServersStartWhereNamesCannotBeGiven(t *testing.T) {
	needRoot(t)
	if !inside(t, "setpriv", "--bounding-set=-sys_admin") {
		return
	}
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	if got := shell(t, n, "id -un 2>/dev/null || echo none"); !strings.Contains(got, "none") {
		t.Errorf("it has the name %q, and the test proves nothing", got)
	}
	log, err := f.driver.Logs(t.Context(), 1, 5000)
	if err != nil || !strings.Contains(log, "has no name here") {
		t.Errorf("its log, %v: %s", err, log)
	}
	former := f.driver
	f.Reopen(t) // so that nothing of the former one runs any more
	former.accountFiles = accounts.Files{}
	former.keepAccountNames() // must not mount anything over the machine's own files
	if text, err := os.ReadFile("/etc/passwd"); err != nil || strings.Contains(string(text), ":"+strconv.Itoa(n.UID)+":") {
		t.Errorf("the machine's own /etc/passwd has the person, %v", err)
	}
}

// Whoever makes an account on the machine puts a new file in the place of /etc/passwd,
// which takes the names from what runs; the driver gives them back.
func TestNamesOutliveNewAccountsOfTheMachine(t *testing.T) {
	needRoot(t)
	if !inside(t, "unshare", "--mount", "sh", "-c", `mkdir "$0" && mount -t tmpfs etc "$0" && cp -a /etc/. "$0" && mount --move "$0" /etc && exec "$@"`, dataDir(t)+"/etc") {
		return
	}
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	other := spawntest.Start(t, f.driver, spawntest.Spec(2, 1))
	for range 2 {
		text, err := os.ReadFile("/etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("/etc/passwd+", append(text, "guest:x:4711:4711::/:/bin/sh\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename("/etc/passwd+", "/etc/passwd"); err != nil {
			t.Fatal(err)
		}
		spawntest.Until(t, "the server's account has its name, and knows the new one", func() bool {
			return shell(t, n, "id -un; id -un 4711") == "user1\nguest" && shell(t, other, "id -un") == "user2"
		})
	}
	mounts := shell(t, n, "grep -c ' /etc/' /proc/self/mountinfo")
	if mounts != "3" {
		t.Errorf("%s files are bound below /etc, want passwd, group and profile:\n%s", mounts, shell(t, n, "cat /proc/self/mountinfo"))
	}
	spawntest.WantState(t, f.driver, 1, spawn.Alive)
}

// Where a person's process has made a view of its own, everything could lie anywhere:
// the driver, which is root, stays out.
func TestViewsOfPeoplesOwnMakingAreNotEntered(t *testing.T) {
	needRoot(t)
	needPrograms(t, "unshare")
	cmd := exec.CommandContext(t.Context(), "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "echo made; exec sleep 600")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Skip("this machine makes no user namespaces: ", err)
	}
	info, ok := procs.Lookup(cmd.Process.Pid)
	if !ok {
		t.Fatal("the process is not there")
	}
	eve := accounts.Entry{Name: "eve", Home: "/", Shell: "/bin/sh"}
	if err := eve.Remount(info.Process, 7, 7, t.TempDir()); err == nil || !strings.Contains(err.Error(), "of its own making") {
		t.Errorf("it is entered: %v", err)
	}
	self, ok := procs.Lookup(os.Getpid())
	if !ok {
		t.Fatal("the process table cannot be read")
	}
	if err := eve.Remount(self.Process, 7, 7, t.TempDir()); err != nil {
		t.Errorf("a server that sees what the hub sees: %v", err)
	}
	if text, err := os.ReadFile("/etc/passwd"); err != nil || strings.Contains(string(text), "eve:") {
		t.Errorf("the machine's own /etc/passwd has the person, %v", err)
	}
}

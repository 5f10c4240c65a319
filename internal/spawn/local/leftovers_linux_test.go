package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// hisServer is a server of the same person, one of several.
func hisServer(id, fence int64) spawn.Spec {
	spec := spawntest.Spec(1, fence)
	spec.ServerID, spec.ServerName = id, fmt.Sprintf("s%d", id)
	spec.RunID, spec.Prefix = fmt.Sprintf("run-%d-%d", id, fence), fmt.Sprintf("/user/user1/s%d/", id)
	return spec
}

// hermit lets the server make a process that nothing connects with it.
func hermit(t *testing.T, n spawntest.Answer) procs.Process {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(spawntest.Get(t, n.URL+"hermit")))
	if err != nil || pid < 2 {
		t.Fatal(pid, err)
	}
	info, ok := procs.Lookup(pid)
	if !ok || info.Zombie {
		t.Fatalf("process %d is not there", pid)
	}
	t.Cleanup(func() { _ = info.Signal(unix.SIGKILL) })
	return info.Process
}

// crontab is what the operator lets run under somebody's uid, beside their servers.
func crontab(t *testing.T, uid uint32) procs.Process {
	t.Helper()
	cmd := exec.Command(program, "notebook", "sleep")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	info, ok := procs.Lookup(cmd.Process.Pid)
	if !ok {
		t.Fatal("the process is not to be seen")
	}
	spawntest.Until(t, "later processes are known to be later", func() bool { return innocent(t).Start != info.Start })
	return info.Process
}

// pretender is a process under somebody's uid that looks as if it had a file open, which it
// may not read.
func pretender(t *testing.T, uid uint32, path string) procs.Process {
	t.Helper()
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	cmd := exec.Command(program, "notebook", "sleep")
	cmd.ExtraFiles = []*os.File{file}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { // as init does for what nobody waits for
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	info, ok := procs.Lookup(cmd.Process.Pid)
	if !ok {
		t.Fatal("the process is not to be seen")
	}
	return info.Process
}

// Only another hub can hand the lock of one of its servers to a process. To name a file is
// everybody's right, and makes nobody a server.
func TestProcessThatPretendsToBeAnotherHubsEndsToo(t *testing.T) {
	needRoot(t)
	f := newFixture(t, func(o *Options) { o.KillTimeout = 2 * o.KillTimeout / 10 })
	folder := filepath.Join(t.TempDir(), "servers")
	lock := filepath.Join(folder, "1.lock")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(lock, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	n := spawntest.Start(t, f.driver, hisServer(1, 1))
	hiding := pretender(t, uint32(n.UID), lock)
	wantAlive(t, "what pretends, while the server runs", hiding, true)
	spawntest.Stop(t, f.driver, 1, 1)
	wantAlive(t, "what pretended", hiding, false)
}

func wantAlive(t *testing.T, what string, p procs.Process, want bool) {
	t.Helper()
	if p.Alive() != want {
		t.Errorf("%s, process %v, lives: %t", what, p, !want)
	}
}

// A process that clears its environment and forks twice ends with the last server of its
// person, and with none before.
func TestProcessInHidingEndsWithThePersonsLastServer(t *testing.T) {
	needRoot(t)
	for _, gentle := range []bool{true, false} {
		t.Run(fmt.Sprintf("gentle %t", gentle), func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.KillTimeout = 2 * o.KillTimeout / 10 })
			home, err := f.opt.Homes.Ensure(*hisServer(1, 1).Home)
			if err != nil {
				t.Fatal(err)
			}
			before := crontab(t, home.UID)
			first := spawntest.Start(t, f.driver, hisServer(1, 1))
			hiding := hermit(t, first)
			second := spawntest.Start(t, f.driver, hisServer(2, 1))
			other := spawntest.Start(t, f.driver, spawntest.Spec(3, 1))
			theirs := hermit(t, other)
			if second.UID != first.UID || other.UID == first.UID {
				t.Fatalf("uids %d, %d and %d", first.UID, second.UID, other.UID)
			}
			if err := f.driver.Stop(t.Context(), 1, 1, gentle); err != nil {
				t.Fatal(err)
			}
			wantAlive(t, "what is hiding, while another server runs", hiding, true)
			d := f.Reopen(t) // the hub was started anew meanwhile
			if n := spawntest.Ask(t, d, hisServer(2, 1)); n.PID != second.PID {
				t.Fatalf("the second server is process %d now", n.PID)
			}
			if err := d.Stop(t.Context(), 2, 1, gentle); err != nil {
				t.Fatal(err)
			}
			wantAlive(t, "what was hiding", hiding, false)
			wantAlive(t, "what the operator had started before", before, true)
			wantAlive(t, "somebody else's", theirs, true)
		})
	}
}

// A server that ends by itself ends its person's processes too, once that is seen, also
// where the next one has begun meanwhile.
func TestProcessInHidingOfAServerThatEndedByItself(t *testing.T) {
	needRoot(t)
	f := newFixture(t, func(o *Options) { o.KillTimeout = 2 * o.KillTimeout / 10 })
	first := spawntest.Start(t, f.driver, hisServer(1, 1))
	hiding := hermit(t, first)
	spawntest.Get(t, first.URL+"exit?status=0")
	spawntest.Await(t, f.driver, 1, spawn.Exited)
	spawntest.Start(t, f.driver, hisServer(2, 1))
	spawntest.Stop(t, f.driver, 1, 1)
	wantAlive(t, "what is hiding, while another server runs", hiding, true)
	spawntest.Stop(t, f.driver, 2, 1)
	wantAlive(t, "what was hiding", hiding, false)
}

// A uid that several people have, or the machine's own accounts, is nobody's alone.
func TestProcessesOfASharedUIDAreLeftAlone(t *testing.T) {
	needRoot(t)
	machine := newFixture(t, func(o *Options) { o.SystemUsers = true })
	spec := spawntest.Spec(1, 1)
	spec.UserName = "nobody"
	if who, err := machine.driver.account(t.Context(), spec); err != nil || who.Exclusive {
		t.Errorf("an account of the machine: %+v, %v", who, err)
	}
	f := newFixture(t)
	f.opt.Homes = &sharedHomes{f.opt.Homes}
	n := spawntest.Start(t, f.Reopen(t), spawntest.Spec(1, 1))
	hiding := hermit(t, n)
	spawntest.Stop(t, f.driver, 1, 1)
	wantAlive(t, "somebody's process", hiding, true)
}

// sharedHomes are homes of which no uid is one's alone.
type sharedHomes struct{ Homes }

func (h *sharedHomes) Ensure(c hub.HomeClaim) (hub.HomeRecord, error) {
	r, err := h.Homes.Ensure(c)
	r.Shared = true
	return r, err
}

// Two hubs of one machine may have the same homes: neither ends what the other runs.
func TestServersOfAnotherHubWithTheSameHomesGoOn(t *testing.T) {
	needRoot(t)
	f := newFixture(t)
	other := newFixture(t, func(o *Options) { o.Homes = f.opt.Homes })
	spawntest.Start(t, f.driver, hisServer(1, 1))
	n := spawntest.Start(t, other.driver, hisServer(1, 1))
	pid, err := strconv.Atoi(strings.TrimSpace(spawntest.Get(t, n.URL+"child"))) // has no files of the server's open
	if err != nil {
		t.Fatal(err)
	}
	child, _ := procs.Lookup(pid)
	spawntest.Stop(t, f.driver, 1, 1)
	if again := spawntest.Ask(t, other.driver, hisServer(1, 1)); again.PID != n.PID {
		t.Errorf("process %d answers, not %d", again.PID, n.PID)
	}
	wantAlive(t, "its child", child.Process, true)
}

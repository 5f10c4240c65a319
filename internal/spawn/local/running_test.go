package local

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/accounts"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start processes as somebody else")
	}
}

// The whole suite once more as a user without rights, where servers share its uid.
func TestDriverWithoutRoot(t *testing.T) {
	needRoot(t)
	tmp := dataDir(t)
	if err := os.Chown(tmp, 65533, 65533); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^(TestDriver|TestStop|TestUnlocking|TestRecorded|TestHub)", "-test.v")
	cmd.Dir = tmp
	cmd.Env = []string{"TMPDIR=" + tmp, "HOME=" + tmp}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestServerRunsAsItsOwnUser(t *testing.T) {
	needRoot(t)
	f := newFixture(t)
	f.env = map[string]string{"EXTRA": "1", "JUPYTERHUB_USER": "renamed"}
	n := spawntest.Start(t, f.driver, f.spec(7, 1))
	home := f.home(t, spawntest.Spec(7, 1))
	info, err := os.Stat(home)
	if err != nil {
		t.Fatal(err)
	}
	uid := int(disk.Owner(info))
	if uid < int(DefaultUIDRange()[0]) {
		t.Errorf("uid %d is none of the range", uid)
	}
	want := spawntest.Answer{URL: n.URL, PID: n.PID, UID: uid, GID: uid, Folder: home, Groups: n.Groups}
	if diff := cmp.Diff(want, n); diff != "" || len(n.Groups) != 0 {
		t.Errorf("groups %v; %s", n.Groups, diff)
	}
	var env []string
	if err := json.Unmarshal([]byte(spawntest.Get(t, n.URL+"env")), &env); err != nil {
		t.Fatal(err)
	}
	slices.Sort(env)
	wantEnv := []string{
		"EXTRA=1", "HOME=" + home, "JUPYTERHUB_API_TOKEN=secret-7-1", "JUPYTERHUB_SERVICE_URL=" + strings.TrimSuffix(n.URL, "/") + "/",
		"JUPYTERHUB_USER=renamed", "LANG=C.UTF-8", "LOGNAME=user7", "PATH=/usr/bin:/bin", "SHELL=" + accounts.DefaultShell(), "USER=user7",
	}
	if diff := cmp.Diff(wantEnv, env); diff != "" {
		t.Error(diff)
	}
	for _, file := range []string{"cmdline", "status"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", n.PID, file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "secret") || file == "status" && !strings.Contains(string(text), "NoNewPrivs:\t1") {
			t.Errorf("%s: %s", file, text)
		}
	}
}

func TestServerReadsNobodyElsesThings(t *testing.T) {
	needRoot(t)
	dir := dataDir(t)
	for _, name := range []string{"atrium.sqlite", "atrium.sqlite-wal", "admin-credentials.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("secret"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := newFixture(t, func(o *Options) { o.DataDir = dir })
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	other := spawntest.Start(t, f.driver, spawntest.Spec(2, 1))
	mine, theirs := f.home(t, spawntest.Spec(1, 1)), f.home(t, spawntest.Spec(2, 1))
	if err := os.WriteFile(filepath.Join(theirs, "notes"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		dir, filepath.Join(dir, "homes"), theirs, filepath.Join(theirs, "notes"), filepath.Join(dir, "homes", ".atrium"),
		filepath.Join(dir, "servers"), f.driver.files.lock(1), f.driver.files.record(1), f.driver.logs.File(1),
		filepath.Join(dir, "atrium.sqlite"), filepath.Join(dir, "atrium.sqlite-wal"), filepath.Join(dir, "admin-credentials.json"),
		filepath.Join(dir, "node-id"), fmt.Sprintf("/proc/%d/environ", other.PID), fmt.Sprintf("/proc/%d/environ", os.Getpid()),
		"/proc/self/fd/1",
	} {
		if text, ok := spawntest.Try(t, n.URL+"read?path="+path); ok {
			t.Errorf("the server reads %s", path)
		} else if !strings.Contains(text, "permission denied") {
			t.Errorf("%s: %s; want permission denied", path, text)
		}
	}
	for _, path := range []string{mine, "/proc/self/environ"} {
		spawntest.Get(t, n.URL+"read?path="+path) // else the above means nothing
	}
}

// innocent is a process that has nothing to do with servers.
func innocent(t *testing.T) procs.Info {
	t.Helper()
	cmd := exec.Command(program, "notebook", "sleep")
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
	return info
}

func TestRecordedProcessIDThatIsSomebodyElses(t *testing.T) {
	p := innocent(t)
	for name, rec := range map[string]record{
		"another start":      {PID: p.PID, ProcStart: "1", BootID: procs.BootID()},
		"another boot":       {PID: p.PID, ProcStart: p.Start, BootID: "00000000-0000-0000-0000-000000000000"},
		"no boot id":         {PID: p.PID, ProcStart: p.Start},
		"the hub itself":     {PID: os.Getpid(), ProcStart: "1", BootID: procs.BootID()},
		"no process id":      {PID: 0, ProcStart: p.Start, BootID: procs.BootID()},
		"everybody, in kill": {PID: -1, ProcStart: p.Start, BootID: procs.BootID()},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			rec.ServerID, rec.Fence, rec.State, rec.UID, rec.Port = 1, 1, running, 1234, 1
			rec.URL = rec.upstream() + "/user/user1/"
			if err := f.driver.files.write(rec); err != nil {
				t.Fatal(err)
			}
			spawntest.WantState(t, f.driver, 1, spawn.Exited)
			if err := f.driver.Stop(t.Context(), 1, 1, true); err != nil {
				t.Error(err)
			}
			if err := f.driver.files.write(rec); err != nil {
				t.Fatal(err)
			}
			spawntest.Start(t, f.driver, spawntest.Spec(1, 2))
			if !p.Alive() {
				t.Fatal("the process was ended")
			}
		})
	}
}

func TestUnlockingDoesNotHideAServer(t *testing.T) {
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	spawntest.Get(t, n.URL+"unlock")
	if held, err := f.driver.files.held(1); err != nil || held {
		t.Fatalf("held %t, %v: the server could not unlock, and the test proves nothing", held, err)
	}
	d := f.Reopen(t)
	spawntest.WantState(t, d, 1, spawn.Alive)
	if next := spawntest.Start(t, d, spawntest.Spec(1, 2)); next.PID == n.PID {
		t.Error("the former run lives on")
	}
	if unix.Kill(n.PID, 0) == nil && (record{PID: n.PID}).alive() {
		t.Errorf("process %d of the former run lives", n.PID)
	}
}

func TestStopEndsAllProcesses(t *testing.T) {
	for _, gentle := range []bool{true, false} {
		t.Run(fmt.Sprintf("gentle %t", gentle), func(t *testing.T) {
			f := newFixture(t, func(o *Options) {
				o.InterruptTimeout, o.TermTimeout, o.KillTimeout = 100*time.Millisecond, 100*time.Millisecond, 5*time.Second
			})
			n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
			pids := []int{n.PID}
			for _, what := range []string{"child", "orphan"} {
				pid, err := strconv.Atoi(strings.TrimSpace(spawntest.Get(t, n.URL+what)))
				if err != nil || pid < 2 {
					t.Fatal(what, pid, err)
				}
				pids = append(pids, pid)
			}
			spawntest.Get(t, n.URL+"stubborn")
			var all []procs.Process
			for _, pid := range pids {
				info, ok := procs.Lookup(pid)
				if !ok {
					t.Fatalf("process %d is not there", pid)
				}
				all = append(all, info.Process)
			}
			if err := f.driver.Stop(t.Context(), 1, 1, gentle); err != nil {
				t.Fatal(err)
			}
			for i, p := range all {
				if p.Alive() {
					t.Errorf("process %d of %v lives", i, pids)
				}
			}
		})
	}
}

// A server that has ended by itself may have left processes; the next start ends them.
func TestStartEndsWhatAnEndedRunHasLeft(t *testing.T) {
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	pid, err := strconv.Atoi(strings.TrimSpace(spawntest.Get(t, n.URL+"child")))
	if err != nil {
		t.Fatal(err)
	}
	left, _ := procs.Lookup(pid)
	spawntest.Get(t, n.URL+"exit?status=0")
	spawntest.Await(t, f.driver, 1, spawn.Exited)
	if !left.Alive() {
		t.Fatal("the child ended, and the test proves nothing")
	}
	spawntest.Start(t, f.driver, spawntest.Spec(1, 2))
	if left.Alive() {
		t.Error("the former run's child lives")
	}
}

func TestInterruptReachesTheServer(t *testing.T) {
	signal.Ignore(unix.SIGINT) // as for a hub started in the background by a shell
	defer signal.Reset(unix.SIGINT)
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	if err := unix.Kill(n.PID, unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := spawntest.Await(t, f.driver, 1, spawn.Exited); !strings.Contains(status.Reason, "SIGINT") {
		t.Errorf("%q, want it ended by SIGINT", status.Reason)
	}
}

// orphanedHelper leaves a process as a hub would that is killed between making it
// and telling it what to do.
func orphanedHelper(t *testing.T, f *fixture, spec spawn.Spec) (*helper, job) {
	t.Helper()
	lock, err := f.driver.files.tryLock(spec.ServerID)
	if err != nil || lock == nil {
		t.Fatal(lock, err)
	}
	who, err := f.driver.account(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	port, err := f.driver.ports.Pick(t.Context(), spec.ServerID, 0)
	if err != nil {
		t.Fatal(err)
	}
	rec := record{ServerID: spec.ServerID, Fence: spec.Fence, RunID: spec.RunID, State: starting, Nonce: "nonce", UID: who.UID, Port: port}
	rec.URL = rec.upstream() + spec.Prefix
	if err := f.driver.files.write(rec); err != nil {
		t.Fatal(err)
	}
	output, err := f.driver.logs.Begin(spec.ServerID)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	h, err := fork(program, lock.file, output)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.handOver(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the machine's init would
		_, _ = unix.Wait4(h.pid, nil, 0, nil)
	})
	return h, job{
		Record: rec, RecordFile: f.driver.files.record(spec.ServerID), Drop: f.driver.root, UID: who.UID, GID: who.GID, Home: who.Home,
		Argv: f.opt.Command, Env: f.driver.environment(spec, who, command{argv: f.opt.Command}, rec.URL),
	}
}

func TestHubKilledBeforeTheProcessKnowsItsJob(t *testing.T) {
	spec := spawntest.Spec(1, 3)
	t.Run("it goes on", func(t *testing.T) {
		f := newFixture(t)
		h, j := orphanedHelper(t, f, spec)
		d := f.Reopen(t)
		spawntest.WantState(t, d, 1, spawn.Pending)
		started := make(chan error, 1)
		go func() { started <- d.Start(t.Context(), spec) }()
		if err := h.sendJob(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if err := <-started; err != nil {
			t.Error(err)
		}
		if n := spawntest.Ask(t, d, spec); n.PID != h.pid {
			t.Errorf("process %d answers, want %d and no other", n.PID, h.pid)
		}
		spawntest.Stop(t, d, 1, 3)
	})
	t.Run("it ends", func(t *testing.T) {
		f := newFixture(t)
		h, _ := orphanedHelper(t, f, spec)
		d := f.Reopen(t)
		stopped := make(chan error, 1)
		go func() { stopped <- d.Stop(t.Context(), 1, 3, true) }()
		if err := h.job.Close(); err != nil { // what the kernel does for a process that is killed
			t.Fatal(err)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		spawntest.WantState(t, d, 1, spawn.Absent)
		_ = h.status.Close()
	})
	t.Run("the run is not wanted any more", func(t *testing.T) {
		f := newFixture(t)
		h, j := orphanedHelper(t, f, spec)
		if err := f.driver.files.write(record{ServerID: 1, Fence: 4, State: stopped}); err != nil {
			t.Fatal(err)
		}
		if err := h.sendJob(t.Context(), j); err == nil || !strings.Contains(err.Error(), "stopped or started anew") {
			t.Errorf("%v, want a refusal", err)
		}
		spawntest.WantState(t, f.driver, 1, spawn.Absent)
	})
	t.Run("nothing was made yet", func(t *testing.T) {
		f := newFixture(t)
		if err := f.driver.files.write(record{ServerID: 1, Fence: 3, RunID: spec.RunID, State: starting, Nonce: "n"}); err != nil {
			t.Fatal(err)
		}
		d := f.Reopen(t)
		spawntest.WantState(t, d, 1, spawn.Absent)
		spawntest.Start(t, d, spec)
	})
}

func TestProgramThatCannotBeRun(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Command = []string{"/nowhere/jupyterhub-singleuser"} })
	err := f.driver.Start(t.Context(), spawntest.Spec(1, 1))
	if !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "/nowhere/jupyterhub-singleuser cannot be run as uid") {
		t.Errorf("%v, want a sentence with the program", err)
	}
	status := spawntest.WantState(t, f.driver, 1, spawn.Exited)
	if !strings.Contains(status.Reason, "no such file") {
		t.Errorf("reason %q", status.Reason)
	}
}

func TestHubEndsWhileAServerStarts(t *testing.T) {
	f := newFixture(t)
	h, j := orphanedHelper(t, f, spawntest.Spec(1, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.sendJob(ctx, j); err == nil {
		t.Fatal("it waited")
	}
	d := f.Reopen(t)
	spawntest.Start(t, d, spawntest.Spec(1, 1))
	spawntest.Stop(t, d, 1, 1)
}

// A server that was killed is not taken for a living one because the kernel has not
// cleared it away yet: whoever starts it right then would be told that it runs.
func TestKilledServerIsSeenToHaveEndedAtOnce(t *testing.T) {
	f := newFixture(t)
	for fence := range int64(20) {
		n := spawntest.Start(t, f.driver, spawntest.Spec(1, fence+1))
		if err := unix.Kill(n.PID, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		status, err := f.driver.Inspect(t.Context(), 1)
		if err != nil || status.State != spawn.Exited || !strings.Contains(status.Reason, "SIGKILL") {
			t.Fatalf("run %d: %+v, %v", fence+1, status, err)
		}
	}
	// The same where another hub had started it, whose child it is not.
	n := spawntest.Start(t, f.driver, spawntest.Spec(2, 1))
	other := f.Reopen(t)
	if err := unix.Kill(n.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status, err := other.Inspect(t.Context(), 2); err != nil || status.State != spawn.Exited {
		t.Errorf("of another hub: %+v, %v", status, err)
	}
	_, _ = unix.Wait4(n.PID, nil, 0, nil)
}

func TestServerEndedUnseen(t *testing.T) {
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	if err := f.driver.Close(); err != nil {
		t.Fatal(err)
	}
	p, _ := procs.Lookup(n.PID)
	if err := p.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	spawntest.Until(t, "it is dead", func() bool { return !p.Alive() })
	status := spawntest.WantState(t, f.Reopen(t), 1, spawn.Exited)
	if status.Reason != reasonUnseen {
		t.Errorf("reason %q", status.Reason)
	}
	_, _ = unix.Wait4(n.PID, nil, 0, nil)
}

func TestLogStaysSmall(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.LogMaxBytes = 2000 })
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	for i := range 30 {
		spawntest.Get(t, n.URL+"print?text="+strings.Repeat("x", 100)+strconv.Itoa(i))
	}
	spawntest.Get(t, n.URL+"print?text=last")
	text, err := f.driver.Logs(t.Context(), 1, 10_000)
	if err != nil || len(text) > 2000 || !strings.HasPrefix(text, "[the older part") || !strings.HasSuffix(text, "x29\nlast\n") {
		t.Errorf("%d bytes, %v: %s", len(text), err, text)
	}
}

func TestSystemUsers(t *testing.T) {
	needRoot(t)
	f := newFixture(t, func(o *Options) { o.SystemUsers = true })
	for name, want := range map[string]string{"root": "never runs as root", "daemon": "belongs to the system", "no-such-person": "no account", "0": "no account", "-h": "no account"} {
		spec := spawntest.Spec(1, 1)
		spec.UserName = name
		if err := f.driver.Start(t.Context(), spec); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	spec := spawntest.Spec(1, 1)
	spec.UserName = "nobody"
	who, err := f.driver.account(t.Context(), spec)
	if err != nil || who.UID != 65534 || who.Name != "nobody" || len(who.Groups) == 0 {
		t.Errorf("%+v, %v", who, err)
	}
}

// The binary may be replaced, or deleted, while the hub runs.
func TestHubsOwnBinaryStartsServers(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/self/exe"); err == nil && sameBinary(self) == self {
		t.Error("the file would be run, whatever is in it by then")
	}
	f := newFixture(t, func(o *Options) { o.Executable = self })
	spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
}

package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// cgroupFolder is a folder that looks like a cgroup with these controllers.
func cgroupFolder(t *testing.T, controllers string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cgroup.controllers"), []byte(controllers), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each run has a cgroup of its own with the limits, and its process is in it before it is
// the person's. A folder stands for the kernel's: what the limits do is not shown here.
func TestServerStartsInACgroupWithItsLimits(t *testing.T) {
	needRoot(t)
	dir := cgroupFolder(t, "cpuset cpu io memory pids")
	f := newFixture(t, func(o *Options) {
		o.Limits, o.LimitMeans.Cgroup = hub.Limits{Memory: 2 << 30, CPU: 1.5, Processes: 200, OpenFiles: 1000}, dir
	})
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	rec, err := f.driver.files.read(1)
	if err != nil {
		t.Fatal(err)
	}
	if got := filepath.Dir(rec.Group); got != filepath.Join(dir, "atrium-servers-"+f.driver.Node()) || !strings.HasPrefix(filepath.Base(rec.Group), "1-") {
		t.Errorf("its cgroup is %s", rec.Group)
	}
	found := map[string]string{}
	for _, name := range []string{"memory.max", "memory.swap.max", "cpu.max", "pids.max", "cgroup.procs"} {
		text, err := os.ReadFile(filepath.Join(rec.Group, name))
		if err != nil {
			t.Error(err)
		}
		found[name] = string(text)
	}
	want := map[string]string{
		"memory.max": "2147483648", "memory.swap.max": "0", "cpu.max": "150000 100000", "pids.max": "200", "cgroup.procs": strconv.Itoa(n.PID),
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	said, err := f.driver.Limits(1)
	if diff := cmp.Diff([]string{
		"memory 2 GiB for all processes together", "1.5 processor cores", "200 processes and threads", "1000 open files in each process",
	}, said); diff != "" || err != nil {
		t.Error(diff, err)
	}
	data := limitsOf(t, shell(t, n, "cat /proc/self/limits"))["Max data size"]
	if data != "unlimited unlimited" {
		t.Errorf("a limit of each process beside that of all: %s", data)
	}
	// The kernel would have taken the process from the list.
	if err := os.Remove(filepath.Join(rec.Group, "cgroup.procs")); err != nil {
		t.Fatal(err)
	}
}

// Each limit is held by what there is for it, and says so.
func TestLimitsAreHeldByWhateverThereIs(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Limits, o.LimitMeans.Cgroup = hub.Limits{Memory: 2 << 30, CPU: 1, Processes: 200}, cgroupFolder(t, "pids hugetlb")
	})
	p := f.driver.limits.Plan(f.opt.Limits, true)
	if diff := cmp.Diff([]string{"memory 2 GiB for each process", "200 processes and threads"}, p.Enforced); diff != "" {
		t.Error(diff)
	}
	if p.Group != (cgroup.Limits{Processes: 200}) || len(p.Late) != 1 {
		t.Errorf("%+v", p)
	}
	for i, want := range []string{"the cgroup of the hub has no controller memory", "the cgroup of the hub has no controller cpu"} {
		if len(p.Unenforced) != 2 || !strings.Contains(p.Unenforced[i], want) {
			t.Errorf("%q, want %q", p.Unenforced, want)
		}
	}
}

// A kernel that refuses a limit, or to let the process in, is no reason to start without.
func TestServerDoesNotStartWithoutItsCgroup(t *testing.T) {
	dir := cgroupFolder(t, "pids")
	f := newFixture(t, func(o *Options) { o.Limits, o.LimitMeans.Cgroup = hub.Limits{Processes: 200}, dir })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	err := f.driver.Start(t.Context(), f.spec(1, 1))
	if !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "limits of the notebook server could not be set") {
		t.Error(err)
	}
}

func TestHubThatIsToUseCgroupsRefusesToDoWithout(t *testing.T) {
	for name, tc := range map[string]struct {
		means limits.Means
		want  string
	}{
		"no cgroup there":      {limits.Means{Cgroup: t.TempDir()}, "is no cgroup"},
		"a controller lacking": {limits.Means{Means: limits.MeansCgroup, Cgroup: cgroupFolder(t, "cpu pids")}, "no controller memory"},
	} {
		f := newFixture(t)
		f.opt.Limits, f.opt.LimitMeans = hub.Limits{Memory: 1 << 30, CPU: 1}, tc.means
		if err := f.driver.Close(); err != nil {
			t.Fatal(err)
		}
		d, err := New(f.opt)
		if err != nil {
			t.Fatal(err)
		}
		f.driver = d
		if err := d.Check(t.Context()); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// kernelGroup makes a cgroup of the kernel's, without limits.
func kernelGroup(t *testing.T) string {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var fs unix.Statfs_t
		if unix.Statfs(root, &fs) != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
			continue
		}
		if dir, err := os.MkdirTemp(root, "atrium-test-"); err == nil {
			t.Cleanup(func() { // where the test failed
				if err := errors.Join(cgroup.Kill(context.WithoutCancel(t.Context()), dir), cgroup.Remove(dir)); err != nil {
					t.Error(err)
				}
			})
			return dir
		}
	}
	t.Skip("no cgroup of version 2 can be made here")
	return ""
}

// What clears its environment and forks twice is known by its cgroup, also where servers
// share a user id.
func TestStopEndsWhateverIsInTheServersCgroup(t *testing.T) {
	needRoot(t)
	for _, restarted := range []bool{false, true} {
		f := newFixture(t)
		n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
		group := kernelGroup(t)
		if err := cgroup.Enter(group, n.PID); err != nil {
			t.Fatal(err)
		}
		rec, err := f.driver.files.read(1)
		if err != nil {
			t.Fatal(err)
		}
		rec.Group, rec.ExclusiveUID = group, false
		if err := f.driver.files.write(rec); err != nil {
			t.Fatal(err)
		}
		hidden := hermit(t, n)
		d := f.driver
		if restarted {
			f.Reopen(t)
			d = f.driver
		}
		if err := d.Stop(t.Context(), 1, 1, false); err != nil {
			t.Fatal(err)
		}
		if hidden.Alive() {
			t.Error("a process of the server lives on")
		}
		if _, err := os.Stat(group); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its cgroup is left: %v", err)
		}
	}
}

// A gentle stop gives it the time to save its work, too.
func TestGentleStopAsksWhateverIsInTheServersCgroup(t *testing.T) {
	needRoot(t)
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	group := kernelGroup(t)
	rec, err := f.driver.files.read(1)
	if err != nil {
		t.Fatal(err)
	}
	rec.Group, rec.ExclusiveUID = group, false
	if err := errors.Join(cgroup.Enter(group, n.PID), f.driver.files.write(rec)); err != nil {
		t.Fatal(err)
	}
	saver := `trap "echo saved >saved; exit" TERM; echo >ready; while :; do sleep 0.1; done`
	shell(t, n, "exec 4>&-; env -i setsid sh -c '"+saver+"' </dev/null >/dev/null 2>&1 &")
	spawntest.Until(t, "it is ready", func() bool { return shell(t, n, "ls") == "ready" })
	if err := f.driver.Stop(t.Context(), 1, 1, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(f.home(t, spawntest.Spec(1, 1)), "saved")); err != nil {
		t.Errorf("it was ended without a word: %v", err)
	}
}

// A server that has ended by itself leaves what it started; the next start ends that.
func TestStartEndsWhatIsLeftInTheFormerCgroup(t *testing.T) {
	needRoot(t)
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	group := kernelGroup(t)
	rec, err := f.driver.files.read(1)
	if err != nil {
		t.Fatal(err)
	}
	rec.Group, rec.ExclusiveUID = group, false
	if err := errors.Join(cgroup.Enter(group, n.PID), f.driver.files.write(rec)); err != nil {
		t.Fatal(err)
	}
	hidden := hermit(t, n)
	spawntest.Get(t, n.URL+"exit?status=0")
	spawntest.Start(t, f.driver, spawntest.Spec(1, 2))
	if hidden.Alive() {
		t.Error("a process of the former run lives on")
	}
	if _, err := os.Stat(group); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its cgroup is left: %v", err)
	}
}

// Who went over the memory is told so, and not that the machine is small.
func TestServerThatTheKernelEndedForItsMemory(t *testing.T) {
	for events, want := range map[string]string{"oom_kill 0\n": "SIGKILL", "oom_kill 2\n": "together used more memory than they may"} {
		f := newFixture(t)
		n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
		rec, err := f.driver.files.read(1)
		if err != nil {
			t.Fatal(err)
		}
		rec.Group = t.TempDir()
		err = errors.Join(f.driver.files.write(rec), os.WriteFile(filepath.Join(rec.Group, "memory.events"), []byte("max 7\n"+events), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Kill(n.PID, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if status := spawntest.Await(t, f.driver, 1, spawn.Exited); !strings.Contains(status.Reason, want) {
			t.Errorf("%q, want %q", status.Reason, want)
		}
	}
}

package cgroup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test's binary is also a hub that looks for its cgroup.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "open" {
		answer := opened{}
		o := Options{Node: "n", systemd: "/nowhere", controllers: os.Args[2:]}
		o.complete()
		tr, err := Open(o)
		if err != nil {
			answer.Err = err.Error()
		}
		answer.Dir = tr.Dir()
		answer.Own, _ = o.own()
		_ = json.NewEncoder(os.Stdout).Encode(answer)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type opened struct{ Dir, Own, Err string }

// kernelRoot is where the machine has cgroups of version 2.
func kernelRoot(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Skip(err)
	}
	root := mounted(string(mounts), "/")
	if root == "" {
		t.Skip("no cgroups of version 2 are mounted")
	}
	return root
}

// group makes a cgroup of the kernel's.
func group(t *testing.T, root string) string {
	t.Helper()
	dir, err := os.MkdirTemp(root, "atrium-test-")
	if err != nil {
		t.Skip("no cgroup can be made here: ", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(Kill(ctx, dir), Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// inside is a command that will be in a cgroup from its first moment.
func inside(t *testing.T, dir string, argv ...string) *exec.Cmd {
	t.Helper()
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(folder.Fd())}
	return cmd
}

// within runs a command in a cgroup until the test ends.
func within(t *testing.T, dir string, argv ...string) *os.Process {
	t.Helper()
	cmd := inside(t, dir, argv...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process
}

// open lets a hub that is in a cgroup look for its own.
func open(t *testing.T, dir, controller string) (answer opened) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := inside(t, dir, self, "open", controller).Output()
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Processes that make others, and belong to nobody any more, end with their group; so
// they do on kernels that have no word for it.
func TestKillEndsWhateverIsInTheGroup(t *testing.T) {
	root := kernelRoot(t)
	for name, kill := range map[string]func(string) error{"cgroup.kill": killAll, "frozen": killFrozen} {
		t.Run(name, func(t *testing.T) {
			dir := group(t, root)
			bystander := within(t, group(t, root), "sleep", "1000")
			// A process that begets, and its orphans.
			within(t, dir, "sh", "-c", "while :; do (setsid sleep 1000 &) ; sleep 0.01; done")
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for ctx.Err() == nil && len(Members(dir)) < 5 {
				time.Sleep(time.Millisecond)
			}
			for ctx.Err() == nil && len(Members(dir)) > 0 {
				if err := kill(dir); err != nil {
					t.Fatal(err)
				}
			}
			if left := Members(dir); len(left) > 0 {
				t.Fatalf("left: %v", left)
			}
			if err := errors.Join(Kill(ctx, dir), Remove(dir), Remove(dir)); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the group is still there: %v", err)
			}
			if bystander.Signal(syscall.Signal(0)) != nil {
				t.Error("a process of another group was ended")
			}
		})
	}
}

func TestKillNeverEndsTheHubItself(t *testing.T) {
	dir := group(t, kernelRoot(t))
	own, err := (&Options{proc: "/proc/self"}).own()
	if err != nil {
		t.Fatal(err)
	}
	if err := Enter(dir, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	err = Kill(t.Context(), dir)
	if back := Enter(own, os.Getpid()); back != nil {
		t.Fatal(back)
	}
	if err == nil || !strings.Contains(err.Error(), "the hub itself") {
		t.Error(err)
	}
}

// Without the controllers there are no files for limits: the group is not left half made.
func TestGroupWithoutItsLimitsIsNotMade(t *testing.T) {
	tr := &Tree{dir: group(t, kernelRoot(t))}
	if err := tr.Make("1-abc", Limits{Memory: 1 << 30}); err == nil {
		t.Error("the kernel took a limit")
	}
	if _, err := os.Stat(tr.Group("1-abc")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a group without limits is left: %v", err)
	}
}

// shareable is a controller that cgroups below the root can have.
func shareable(t *testing.T, root string) string {
	t.Helper()
	on, err := os.ReadFile(filepath.Join(root, "cgroup.subtree_control"))
	if err != nil {
		t.Skip(err)
	}
	if names := strings.Fields(string(on)); len(names) > 0 {
		return names[0]
	}
	there, _ := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	for _, name := range []string{"hugetlb", "misc", "rdma"} { // that change nothing for whoever sets no limit
		if slices.Contains(strings.Fields(string(there)), name) && write(root, "cgroup.subtree_control", "+"+name) == nil {
			t.Cleanup(func() {
				if err := write(root, "cgroup.subtree_control", "-"+name); err != nil {
					t.Error(err)
				}
			})
			return name
		}
	}
	t.Skip("cgroups below the root can have no controllers here")
	return ""
}

// A hub that is alone in a cgroup, as in a container, moves below and shares it out.
func TestHubMovesOutOfItsOwnCgroup(t *testing.T) {
	root := kernelRoot(t)
	controller := shareable(t, root)
	dir := group(t, root)
	got := open(t, dir, controller)
	if got.Err != "" || got.Dir != filepath.Join(dir, "atrium-servers-n") || got.Own != filepath.Join(dir, "hub") {
		t.Errorf("%+v", got)
	}
	text, err := os.ReadFile(filepath.Join(got.Dir, "cgroup.subtree_control"))
	if err != nil || strings.TrimSpace(string(text)) != controller {
		t.Errorf("%v: servers get %q, want %s", err, text, controller)
	}
	// Why a hub under systemd must be put below: nothing can be started in the cgroup any more.
	if err := Enter(dir, os.Getpid()); !errors.Is(err, unix.EBUSY) {
		t.Errorf("a process entered a cgroup that shares out: %v", err)
	}
}

// With somebody else beside it, the hub goes back and does without.
func TestHubThatIsNotAloneStaysWhereItIs(t *testing.T) {
	root := kernelRoot(t)
	controller := shareable(t, root)
	dir := group(t, root)
	within(t, dir, "sleep", "1000")
	got := open(t, dir, controller)
	if !strings.Contains(got.Err, "cannot share out") || got.Own != dir || got.Dir != "" {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "hub")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was made is left: %v", err)
	}
}

// As systemd 254 does it for Delegate=yes with DelegateSubgroup=hub, and as older versions
// do, which know Delegate alone.
func TestHubInADelegatedCgroup(t *testing.T) {
	root := kernelRoot(t)
	controller := shareable(t, root)
	dir := group(t, root)
	if err := unix.Setxattr(dir, "user.delegate", []byte("1"), 0); err != nil {
		t.Skip("no attributes here: ", err)
	}
	if got := open(t, dir, controller); !strings.Contains(got.Err, "DelegateSubgroup=hub") || got.Own != dir {
		t.Errorf("in the cgroup itself: %+v", got)
	}
	sub := filepath.Join(dir, "hub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time as after a restart, with a server
		got := open(t, sub, controller)
		if got.Err != "" || got.Dir != filepath.Join(dir, "atrium-servers-n") || got.Own != sub {
			t.Fatalf("%+v", got)
		}
		tr := &Tree{dir: got.Dir}
		name := fmt.Sprintf("server-%d", len(Members(got.Dir)))
		if err := tr.Make(name, Limits{}); err != nil {
			t.Fatal(err)
		}
		within(t, tr.Group(name), "sleep", "1000")
	}
	if servers := Members(filepath.Join(dir, "atrium-servers-n")); len(servers) != 2 {
		t.Errorf("servers: %v", servers)
	}
}

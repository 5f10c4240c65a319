package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree is a folder that looks like a cgroup with these controllers.
func tree(t *testing.T, controllers string) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "cgroup.controllers", controllers+"\n")
	put(t, dir, "cgroup.subtree_control", "")
	put(t, dir, "cgroup.procs", "")
	put(t, dir, "cgroup.type", "domain\n")
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files are the names and contents of a folder's files.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		if !e.IsDir() {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			found[e.Name()] = strings.TrimSpace(string(text))
		}
	}
	return found
}

func TestGroupHasItsLimitsBeforeAnybodyIsInIt(t *testing.T) {
	base := tree(t, "cpuset cpu io memory pids")
	tr, err := Open(Options{Dir: base, Node: "node1"})
	if err != nil {
		t.Fatal(err)
	}
	if tr.Dir() != filepath.Join(base, "atrium-servers-node1") || !tr.Has(Memory) || !tr.Has(CPU) || !tr.Has(Processes) || tr.Has("io") {
		t.Errorf("%+v", tr)
	}
	if err := tr.Make("7-abc", Limits{Memory: 2 << 30, CPU: 1.5, Processes: 200}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"memory.max": "2147483648", "memory.swap.max": "0", "cpu.max": "150000 100000", "pids.max": "200"}
	if diff := cmp.Diff(want, files(t, tr.Group("7-abc"))); diff != "" {
		t.Error(diff)
	}
	if err := Enter(tr.Group("7-abc"), 4711); err != nil || files(t, tr.Group("7-abc"))["cgroup.procs"] != "4711" {
		t.Errorf("%v: %v", err, files(t, tr.Group("7-abc")))
	}
	if err := tr.Make("8-def", Limits{Processes: 100}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"pids.max": "100"}, files(t, tr.Group("8-def"))); diff != "" {
		t.Errorf("what has no limit is left alone: %s", diff)
	}
	if err := tr.Make("7-abc", Limits{Processes: 100}); !errors.Is(err, os.ErrExist) {
		t.Errorf("a group of somebody else is taken: %v", err)
	}
}

// Who is in the cgroup itself is moved below, or nothing could be shared out.
func TestHolderOfAGivenCgroupIsMovedBelow(t *testing.T) {
	base := tree(t, "memory")
	put(t, base, "cgroup.procs", "12\n34\n")
	tr, err := Open(Options{Dir: base, Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	if moved := files(t, filepath.Join(base, "hub"))["cgroup.procs"]; moved != "34" { // the last one written; the kernel keeps both
		t.Errorf("moved: %q", moved)
	}
	for _, dir := range []string{base, tr.Dir()} {
		if on := files(t, dir)["cgroup.subtree_control"]; on != "+memory" {
			t.Errorf("%s: %q", dir, on)
		}
	}
}

// The second unit that keeps the place is started anew while the hub runs: what was there is gone.
func TestPlaceThatWasMadeAnewIsArrangedAgain(t *testing.T) {
	base := tree(t, "cpu memory pids")
	tr, err := Open(Options{Dir: base, Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(tr.Dir()), os.RemoveAll(filepath.Join(base, "hub"))); err != nil {
		t.Fatal(err)
	}
	put(t, base, "cgroup.subtree_control", "")
	put(t, base, "cgroup.procs", "77\n")
	if err := tr.Make("1-abc", Limits{Processes: 100}); err != nil {
		t.Fatal(err)
	}
	if got := files(t, tr.Group("1-abc"))["pids.max"]; got != "100" {
		t.Errorf("pids.max is %q", got)
	}
	if moved := files(t, filepath.Join(base, "hub"))["cgroup.procs"]; moved != "77" || files(t, base)["cgroup.subtree_control"] == "" {
		t.Errorf("moved: %q", moved)
	}
	if err := os.RemoveAll(tr.Dir()); err != nil {
		t.Fatal(err)
	}
	put(t, base, "cgroup.controllers", "pids\n")
	if err := tr.Make("2-abc", Limits{Memory: 1 << 30}); err == nil || !strings.Contains(err.Error(), "not what it was") {
		t.Errorf("with less than before: %v", err)
	}
}

func TestOldGroupsAreSwept(t *testing.T) {
	tr, err := Open(Options{Dir: tree(t, "pids"), Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1-old", "2-mine"} {
		if err := os.MkdirAll(filepath.Join(tr.Group(name), "below"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tr.Sweep(func(dir string) bool { return dir == tr.Group("2-mine") })
	entries, err := os.ReadDir(tr.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		if e.IsDir() {
			left = append(left, e.Name())
		}
	}
	if !slices.Equal(left, []string{"2-mine"}) {
		t.Errorf("left: %q", left)
	}
}

func TestOwnCgroupIsFound(t *testing.T) {
	const v1 = "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	for name, tc := range map[string]struct{ groups, mounts, want string }{
		"systemd":                 {"0::/system.slice/atrium.service\n", "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/system.slice/atrium.service"},
		"both versions":           {"4:memory:/x\n0::/\n", v1 + "36 30 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/unified"},
		"a part is mounted":       {"0::/a/b/c\n", "35 24 0:30 /a/b /cg rw - cgroup2 cgroup2 rw\n", "/cg/c"},
		"another part":            {"0::/a/bc\n", "35 24 0:30 /a/b /cg rw - cgroup2 cgroup2 rw\n", ""},
		"a blank in the path":     {"0::/x y\n", `35 24 0:30 / /my\040cg rw - cgroup2 cgroup2 rw` + "\n", "/my cg/x y"},
		"version 1 alone":         {"4:memory:/x\n", v1, ""},
		"version 2 not mounted":   {"0::/x\n", v1, ""},
		"no cgroups in the table": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{proc: t.TempDir()}
			put(t, o.proc, "cgroup", tc.groups)
			put(t, o.proc, "mountinfo", tc.mounts)
			if dir, err := o.own(); dir != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%q, %v; want %q", dir, err, tc.want)
			}
		})
	}
	if _, err := (&Options{proc: t.TempDir()}).own(); err == nil || err.Error() != "this machine has no cgroups" {
		t.Error(err)
	}
}

// at makes it look as if this process were in a cgroup below a folder.
func at(t *testing.T, base, group string) Options {
	t.Helper()
	o := Options{Node: "n", proc: t.TempDir(), systemd: filepath.Join(t.TempDir(), "none")}
	put(t, o.proc, "cgroup", "0::"+group+"\n")
	put(t, o.proc, "mountinfo", "35 24 0:30 / "+base+" rw - cgroup2 cgroup2 rw\n")
	return o
}

func TestWhyTheHubMayMakeNoCgroups(t *testing.T) {
	base := tree(t, "memory cpu pids")
	put(t, filepath.Join(base, "atrium.service"), "cgroup.type", "domain\n")
	root := tree(t, "memory")
	if err := os.Remove(filepath.Join(root, "cgroup.type")); err != nil {
		t.Fatal(err)
	}
	systemd := at(t, base, "/atrium.service")
	systemd.systemd = t.TempDir()
	for name, tc := range map[string]struct {
		o    Options
		want string
	}{
		"a unit without Delegate": {systemd, "was not delegated"},
		"the root of the machine": {at(t, root, "/"), "root cgroup"},
		"no controller":           {Options{Dir: tree(t, "hugetlb")}, "none of the controllers cpu, memory, pids"},
		"no cgroup":               {Options{Dir: t.TempDir()}, "is no cgroup"},
		"no folder":               {Options{Dir: "/no/such/folder"}, "no such file"},
	} {
		if _, err := Open(tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if _, err := Look(tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s, looked at: %v, want %q", name, err, tc.want)
		}
	}
	if after := files(t, base); after["cgroup.subtree_control"] != "" {
		t.Errorf("something was changed all the same: %v", after)
	}
}

func TestLimitsThatNoControllerHolds(t *testing.T) {
	all := Limits{Memory: 1, CPU: 1, Processes: 1}
	if got := (Limits{CPU: 1}).Lacking(all); !slices.Equal(got, []string{Memory, Processes}) {
		t.Errorf("%q", got)
	}
	if got := all.Lacking(all); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestEndForLackOfMemoryIsSeen(t *testing.T) {
	dir := t.TempDir()
	if OutOfMemory(dir) || OutOfMemory("") {
		t.Error("without a word of the kernel")
	}
	put(t, dir, "memory.events", "low 0\nmax 31\noom 2\noom_kill 0\n")
	if OutOfMemory(dir) {
		t.Error("nobody was killed")
	}
	put(t, dir, "memory.events", "low 0\nmax 31\noom 2\noom_kill 1\n")
	if !OutOfMemory(dir) {
		t.Error("somebody was killed")
	}
}

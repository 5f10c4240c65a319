package pyenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/wheeltest"
)

func versions(t *testing.T, e Env) map[string]string {
	t.Helper()
	got, err := e.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func lacks(t *testing.T, e Env, opt Options) bool {
	t.Helper()
	got, err := e.Lacks(opt)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What is asked for comes into the environment that is there, and changes nothing in it.
func TestPackagesAreInstalledOnce(t *testing.T) {
	opt := options(t)
	e := provision(t, opt)
	wheeltest.Write(t, opt.Dir, "sums", "1.0", "sums", nil)
	wheeltest.Write(t, opt.Dir, "tiny", "2.0", "jupyterhub-singleuser", nil)
	list := filepath.Join(opt.Dir, "packages.txt")
	if err := os.WriteFile(list, []byte("# for cs101\nsums\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opt.Packages = []string{"-r " + list, "tiny"}
	if !lacks(t, e, opt) {
		t.Fatal("nothing is missing")
	}
	said := &bytes.Buffer{}
	opt.Progress = said
	e, err := Install(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if got := versions(t, e); got["sums"] != "1.0" || got["tiny"] != "1.0" {
		t.Errorf("there are %v, want sums, and tiny as it was", got)
	}
	if out := runAsUser(t, opt, filepath.Join(e.Dir, "bin", "sums")); out != "sums 1.0\n" {
		t.Errorf("the program says %q", out)
	}
	if !strings.Contains(said.String(), "Installing packages for notebooks") || !strings.Contains(said.String(), "done") {
		t.Errorf("it says %q", said)
	}
	said.Reset()
	if _, err := Install(t.Context(), opt); err != nil || said.Len() > 0 || lacks(t, e, opt) {
		t.Errorf("a second time: %v, and it says %q", err, said)
	}
	wheeltest.Write(t, opt.Dir, "more", "1.0", "more", nil)
	if err := os.WriteFile(list, []byte("sums\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !lacks(t, e, opt) {
		t.Error("a line that was added to the file goes unseen")
	}
	if e, err = Install(t.Context(), opt); err != nil || versions(t, e)["more"] != "1.0" {
		t.Errorf("with one more: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(opt.Dir, ".packages-*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// A slip in the list neither harms what is there nor keeps the hub from starting.
func TestPackagesThatCannotBeInstalled(t *testing.T) {
	opt := options(t)
	e := provision(t, opt)
	opt.Packages = []string{"no-such-package"}
	_, err := Install(t.Context(), opt)
	if !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "no-such-package") || !strings.Contains(err.Error(), "spawner.local.python.packages") ||
		!strings.Contains(err.Error(), "The packages for notebooks could not be installed") {
		t.Errorf("%v, want the package and the key named", err)
	}
	if now, err := Current(opt.Dir); err != nil || now.Dir != e.Dir || !lacks(t, now, opt) {
		t.Errorf("after that it is %q, %v", now.Dir, err)
	}
	if _, err := Upgrade(t.Context(), opt); !hub.Is(err, hub.Unavailable) {
		t.Errorf("an upgrade with it: %v", err)
	}
	if now, err := Current(opt.Dir); err != nil || now.Dir != e.Dir {
		t.Errorf("after the upgrade that failed it is %q, %v", now.Dir, err)
	}
	if folders, _ := all(opt.Dir); len(folders) != 1 {
		t.Errorf("there lie %v", folders)
	}
	// A hub that needs other versions makes an environment without the packages, rather than none.
	opt.requirements = []string{"tiny==1.0", "pip"}
	opt.Logger = silent()
	now, err := Provision(t.Context(), opt)
	if err != nil || now.Dir == e.Dir || !lacks(t, now, opt) {
		t.Errorf("with other requirements it is %q, %v", now.Dir, err)
	}
	opt.Packages = []string{"-r " + filepath.Join(opt.Dir, "missing.txt")}
	if _, err := Install(t.Context(), opt); !hub.Is(err, hub.Invalid) || !strings.Contains(err.Error(), "missing.txt") {
		t.Errorf("without its file: %v", err)
	}
}

// Newer versions come in an environment of their own: under what runs nothing changes.
func TestUpgradeLeavesRunningServersTheirs(t *testing.T) {
	opt := options(t)
	opt.requirements = []string{"tiny"}
	first := provision(t, opt)
	wheeltest.Write(t, opt.Dir, "tiny", "2.0", "jupyterhub-singleuser", nil)
	wheeltest.Write(t, opt.Dir, "sums", "1.0", "sums", nil)
	opt.Packages = []string{"sums"}
	second, err := Upgrade(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := Current(opt.Dir); err != nil || now.Dir != second.Dir || second.Dir == first.Dir {
		t.Errorf("the current one is %q, %v; the first was %q, the second is %q", now.Dir, err, first.Dir, second.Dir)
	}
	before, after := versions(t, first), versions(t, second)
	want := []Difference{{Name: "sums", After: "1.0"}, {Name: "tiny", Before: "1.0", After: "2.0"}}
	if diff := cmp.Diff(want, Compare(before, after)); diff != "" {
		t.Error(diff)
	}
	if lacks(t, second, opt) {
		t.Error("the packages are not known to be in it")
	}
	if again, err := Provision(t.Context(), opt); err != nil || again.Dir != second.Dir {
		t.Errorf("the next start of the hub uses %q, %v", again.Dir, err)
	}
	if removed, err := Remove(opt.Dir, func(f string) bool { return f == first.Dir }); err != nil || len(removed) > 0 {
		t.Errorf("in use, and removed: %v, %v", removed, err)
	}
	removed, err := Remove(opt.Dir, func(string) bool { return false })
	if err != nil || cmp.Diff([]string{first.Dir}, removed) != "" {
		t.Errorf("removed: %v, %v", removed, err)
	}
	if out := runAsUser(t, opt, second.Program()); out != "tiny 2.0\n" {
		t.Errorf("the program says %q", out)
	}
}

// An environment that a version before made is used, and gets what it lacks.
func TestEnvironmentOfFormerVersionIsAdopted(t *testing.T) {
	opt := options(t)
	made := provision(t, opt)
	former := filepath.Join(opt.Dir, formerName())
	for _, err := range []error{
		os.Rename(made.Dir, former), os.Remove(filepath.Join(opt.Dir, currentName)), os.RemoveAll(filepath.Join(former, ownFolder)),
		os.WriteFile(filepath.Join(former, markerName), []byte(`{"requirements":["tiny==1.0"],"python":"`+made.Python()+`"}`), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	e, err := Provision(t.Context(), opt)
	if err != nil || e.Dir != former {
		t.Fatalf("it is %q, %v", e.Dir, err)
	}
	if _, err := os.Stat(e.loginShell()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(former, markerName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: what is installed is the hub's business", info, err)
	}
}

func TestCurrentLeadsNowhereElse(t *testing.T) {
	opt := options(t)
	if _, err := Current(opt.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with nothing there: %v", err)
	}
	if err := os.Symlink("../elsewhere", filepath.Join(opt.Dir, currentName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Current(opt.Dir); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("with a link that leads out: %v", err)
	}
}

// JupyterLab asks whether it may fetch news, and then fetches it: not here. Notebooks run
// the first Python on PATH, and so do the packages' programs, but for the server's own.
func TestNewJupyterLabAsksForNoNews(t *testing.T) {
	e := provision(t, options(t))
	read := func(name string) (value map[string]any) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(e.Dir, name))
		if err == nil {
			err = json.Unmarshal(text, &value)
		}
		if err != nil {
			t.Error(err)
		}
		return value
	}
	news := map[string]any{"@jupyterlab/apputils-extension:notification": map[string]any{"fetchNews": "false", "checkForUpdates": false}}
	if diff := cmp.Diff(news, read("share/jupyter/lab/settings/overrides.d/atrium.json")); diff != "" {
		t.Error(diff)
	}
	kernel := []any{"/usr/bin/env", "python3", "-m", "ipykernel_launcher"}
	if diff := cmp.Diff(kernel, read("share/jupyter/kernels/python3/kernel.json")["argv"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"extension_manager": "readonly"}, read("etc/jupyter/jupyter_server_config.json")["LabApp"]); diff != "" {
		t.Error(diff)
	}
	if err := e.writeOwn(); err != nil { // once more changes nothing
		t.Error(err)
	}
	if diff := cmp.Diff(kernel, read("share/jupyter/kernels/python3/kernel.json")["argv"]); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(e.Dir, ownFolder, "bin", "jupyterhub-singleuser")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the server would run in people's own Python: %v", err)
	}
}

func TestScriptsWithoutTheirFirstLines(t *testing.T) {
	e := Env{Dir: "/data/python/env-1"}
	for text, want := range map[string]string{
		"#!/data/python/env-1/bin/python3\nimport x\n":                                     "import x\n",
		"#!/bin/sh\n'''exec' \"/data/python/env-1/bin/python3\" \"$0\" \"$@\"\n' '''\nx\n": "x\n",
		"#!/bin/sh\necho\n":            "-",
		"#!/usr/bin/perl\n":            "-",
		"\x7fELF":                      "-",
		"":                             "-",
		"#!/data/python/env-11/bin/py": "-",
	} {
		got, ok := e.script([]byte(text))
		if ok != (want != "-") || ok && string(got) != want {
			t.Errorf("%q: %q, %t", text, got, ok)
		}
	}
}

func TestFilesOfPackageLists(t *testing.T) {
	for line, want := range map[string]string{
		"-r /etc/atrium/packages.txt": "/etc/atrium/packages.txt", "--requirement=/x": "/x", "-c /x": "/x",
		"numpy": "", "-r": "", "-refuse": "", "requests": "", "--index-url https://x": "",
	} {
		if got := ListFile(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

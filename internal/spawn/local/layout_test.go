package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
)

func TestModesOfTheDataDirectory(t *testing.T) {
	needRoot(t)
	f := newFixture(t)
	got := map[string]fs.FileMode{}
	for _, name := range []string{".", "node-id", "homes", "servers"} {
		info, err := os.Stat(filepath.Join(f.opt.DataDir, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = info.Mode().Perm()
	}
	if diff := cmp.Diff(map[string]fs.FileMode{".": 0o711, "node-id": 0o600, "homes": 0o711, "servers": 0o700}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNodeStaysTheSame(t *testing.T) {
	f := newFixture(t)
	node := f.driver.Node()
	if f.Reopen(t); f.driver.Node() != node || len(node) < 20 {
		t.Errorf("%q, then %q", node, f.driver.Node())
	}
}

// noHomes is a folder with homes that nobody asks for.
type noHomes struct{ dir string }

func (h noHomes) Dir() string                                        { return h.dir }
func (h noHomes) Path(hub.HomeRecord) string                         { return h.dir }
func (h noHomes) Ensure(hub.HomeClaim) (r hub.HomeRecord, err error) { return r, nil }

func TestDataDirectoriesThatAreRefused(t *testing.T) {
	needRoot(t)
	dir := dataDir(t)
	for _, folder := range []struct {
		name string
		mode fs.FileMode
	}{{"closed", 0o700}, {"closed/data", 0o711}, {"shared", 0o777}} {
		if err := errors.Join(os.Mkdir(filepath.Join(dir, folder.name), 0o700), os.Chmod(filepath.Join(dir, folder.name), folder.mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"closed/data": "closed is closed to others (mode 0700)",
		"shared":      "Everybody can write",
		"file/data":   "cannot be made",
	} {
		d, err := New(Options{
			DataDir: filepath.Join(dir, path), Executable: program, Lookup: environment(nil), Command: []string{"true"}, Homes: noHomes{dir},
		})
		if err == nil {
			err = errors.Join(d.Check(t.Context()), d.Close())
		}
		if !hub.Is(err, hub.Unavailable) && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestUIDRanges(t *testing.T) {
	for _, c := range []struct {
		from, to uint32
		want     string
	}{
		{0, 100000, "below 1000"},
		{999, 100000, "below 1000"},
		{100000, 100000, "a first and a last"},
		{60000, 70000, "nobody"},
		{70000, 1<<32 - 1, "no uid"},
		{200000, 300000, ""},
	} {
		err := checkUIDRange([2]uint32{c.from, c.to})
		if c.want == "" && err != nil && !strings.Contains(err.Error(), "container") || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d to %d: %v, want %q", c.from, c.to, err, c.want)
		}
	}
}

func TestMapped(t *testing.T) {
	for _, c := range []struct {
		text     string
		from, to uint32
		want     bool
	}{
		{"         0          0 4294967295\n", 200000, 300000, true},
		{"0 100000 65536\n", 200000, 300000, false},
		{"0 100000 65536\n", 1000, 65535, true},
		{"0 100000 65536\n", 1000, 65536, false},
		{"1 100000 65536\n0 1000 1\n", 0, 65536, true},
		{"0 0 1000\n2000 2000 1000\n", 500, 2500, false},
		{"", 1, 2, false},
	} {
		if got := isMapped(c.text, [2]uint32{c.from, c.to}); got != c.want {
			t.Errorf("%d to %d in %q: %t", c.from, c.to, c.text, got)
		}
	}
}

// tree makes files (with content) and folders (name ends in a slash), all open to
// everybody but what is below "closed/".
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := dataDir(t)
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		content = strings.ReplaceAll(content, "DIR", dir)
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "closed"), 0o700); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return dir
}

func TestRunnableByOthers(t *testing.T) {
	dir := tree(t, map[string]string{
		"closed/python":       "\x7fELF",
		"open/python":         "\x7fELF",
		"open/binary":         "\x7fELF",
		"closed/binary":       "\x7fELF",
		"link-to-closed":      "-> closed/binary",
		"link-to-open":        "-> DIR/open/binary",
		"closed/link-to-open": "-> ../open/binary",
		"link-to-link":        "-> closed/link-to-open",
		"loop":                "-> loop",
		"good-script":         "#!DIR/open/python -E\n",
		"bad-script":          "#! DIR/closed/python\n",
		"venv/bin/python":     "-> DIR/closed/python",
		"venv/bin/script":     "#!DIR/venv/bin/python\n",
		"env-script":          "#!/usr/bin/env python\n",
		"env-s-script":        "#!/usr/bin/env -S python -E\n",
		"long-bad":            "#!/bin/sh\n'''exec' \"DIR/closed/python\" \"$0\" \"$@\"\n' '''\n",
		"long-good":           "#!/bin/sh\n'''exec' DIR/open/python \"$0\" \"$@\"\n' '''\n",
		"endless":             "#!DIR/endless\n",
		"empty":               "",
	})
	if err := os.WriteFile(filepath.Join(dir, "not-executable"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		program, path string
		want          bool
	}{
		{"open/binary", "", true},
		{"closed/binary", "", false},
		{"link-to-closed", "", false},
		{"link-to-open", "", true},
		{"link-to-link", "", false},
		{"loop", "", false},
		{"missing", "", false},
		{"not-executable", "", false},
		{"good-script", "", true},
		{"bad-script", "", false},
		{"venv/bin/script", "", false},
		{"env-script", "open", true},
		{"env-script", "closed", false},
		{"env-script", "nowhere", false},
		{"env-s-script", "open", true},
		{"long-bad", "", false},
		{"long-good", "", true},
		{"endless", "", false},
		{"empty", "", true},
	} {
		err := runnableByOthers(filepath.Join(dir, c.program), filepath.Join(dir, c.path), 4)
		if (err == nil) != c.want {
			t.Errorf("%s with %q in PATH: %v, want runnable %t", c.program, c.path, err, c.want)
		}
	}
}

func TestCommandFoundOnPath(t *testing.T) {
	needRoot(t)
	dir := tree(t, map[string]string{
		"closed/jupyterhub-singleuser":    "#!/bin/sh\n",
		"open/bin/jupyterhub-singleuser":  "#!/bin/sh\n",
		"open/pyvenv.cfg":                 "",
		"later/bin/jupyterhub-singleuser": "#!/bin/sh\n",
	})
	path := strings.Join([]string{filepath.Join(dir, "closed"), filepath.Join(dir, "open/bin"), filepath.Join(dir, "later/bin")}, ":")
	f := newFixture(t, func(o *Options) {
		o.Command = nil
		o.Lookup = environment(map[string]string{"PATH": path})
	})
	got, err := f.driver.command()
	if err != nil || cmp.Diff([]string{filepath.Join(dir, "open/bin/jupyterhub-singleuser")}, got.argv) != "" {
		t.Errorf("%v, %v", got.argv, err)
	}
	if got, _ := f.driver.argv.get(); got.venv != filepath.Join(dir, "open") {
		t.Errorf("in the virtual environment %q", got.venv)
	}
}

package local

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/atriumhub/atrium/internal/spawn/local/pyenv"
	"github.com/atriumhub/atrium/internal/spawn/local/uservenv"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
	"github.com/atriumhub/atrium/internal/testkit/wheeltest"
)

// shell runs a line of sh as the person, in their server.
func shell(t *testing.T, n spawntest.Answer, line string) string {
	t.Helper()
	return strings.TrimSpace(spawntest.Get(t, n.URL+"shell?run="+url.QueryEscape(line)))
}

func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("HUBTEST_REQUIRE") == "1" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// managed is a driver over a managed environment that is there already: one with the
// package shared in it, and with packages for pip in a folder. Its notebook server is
// the suite's.
func managed(t *testing.T) (f *fixture, wheels string) {
	t.Helper()
	needPrograms(t, "python3")
	dir, template := dataDir(t), template(t)
	env := filepath.Join(dir, "python", "env-1")
	run(t, "mkdir", "-p", filepath.Dir(env))
	run(t, "cp", "-a", filepath.Join(template, "env"), env)
	// Programs say where their Python is.
	run(t, "sh", "-c", `grep -rIl "#!$0" "$1/bin" | xargs sed -i "1s,$0,$1,"`, filepath.Join(template, "env"), env)
	if err := os.Symlink("env-1", filepath.Join(dir, "python", "current")); err != nil {
		t.Fatal(err)
	}
	wheels = filepath.Join(template, "wheels")
	f = newFixture(t, func(o *Options) { o.DataDir, o.Command, o.OwnPython = dir, nil, true })
	f.env = map[string]string{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "PIP_NO_CACHE_DIR": "1"}
	return f, wheels
}

// made is the folder with what managed copies; making it takes seconds.
var made struct {
	sync.Mutex
	dir string
}

func template(t *testing.T) string {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.dir != "" {
		return made.dir
	}
	dir, err := os.MkdirTemp("", "local-test-python-")
	if err != nil {
		t.Fatal(err)
	}
	env, wheels := filepath.Join(dir, "env"), filepath.Join(dir, "wheels")
	run(t, "mkdir", wheels)
	run(t, "chmod", "755", dir, wheels)
	for _, w := range [][2]string{{"shared", "1.0"}, {"shared", "2.0"}, {"mine", "1.0"}, {"user", "1.0"}} {
		wheeltest.Write(t, wheels, w[0], w[1], w[0], nil)
	}
	version := run(t, "/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
	marker, err := json.Marshal(map[string]any{"requirements": pyenv.Requirements(), "python": version})
	if err != nil {
		t.Fatal(err)
	}
	run(t, "/usr/bin/python3", "-m", "venv", env)
	run(t, filepath.Join(env, "bin", "pip"), "install", "-q", "--no-index", "--find-links", wheels, "shared==1.0")
	for path, text := range map[string]string{
		"bin/jupyterhub-singleuser": fmt.Sprintf("#!/bin/sh\nexec %s notebook\n", program), "complete.json": string(marker),
	} {
		if err := os.WriteFile(filepath.Join(env, path), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	made.dir = dir
	return dir
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// 'pip install' was refused with 'Permission denied', or went to a place where notebooks
// did not look: it works at once, in a place of the person's own, in whatever way it is
// called, and reaches nobody else.
func TestPipInstallWorksAtOnce(t *testing.T) {
	f, _ := managed(t)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	where := uservenv.Dir(n.Folder)
	version := func(name string) string { return "python -c 'import " + name + "; print(" + name + ".__version__)'" }
	for _, c := range [][2]string{
		{"python -c 'import sys; print(sys.prefix)'", where},
		{version("shared"), "1.0"},
		{"shared", "shared 1.0"}, // the managed environment's program
		{"python -m pip install -q mine", ""},
		{version("mine"), "1.0"},
		{"mine", "mine 1.0"},
		{"pip install -q --user user", ""},
		{version("user"), "1.0"},
		{"user", "user 1.0"},
		{"pip install -q -U shared 2>/dev/null", ""}, // newer than the managed one
		{version("shared"), "2.0"},
		{"shared", "shared 2.0"},
		{"mkdir -p .local/bin && printf '#!/bin/sh\\necho tool\\n' >.local/bin/tool && chmod +x .local/bin/tool && tool", "tool"},
		{"pip uninstall -q -y shared", ""},
		{version("shared"), "1.0"},
		{"pip list --format=freeze | grep -c -e mine -e user -e shared", "3"},
		{"pip3 --version | grep -c " + filepath.Join(f.opt.DataDir, "python", "env-1"), "1"},
		{"/usr/bin/python3 -c 'import shared' 2>&1 | tail -1", "ModuleNotFoundError: No module named 'shared'"}, // the system's own Python
	} {
		if got := shell(t, n, c[0]); got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
	}
	other := spawntest.Start(t, f.driver, f.spec(2, 2))
	if got := shell(t, other, "mine || echo none"); !strings.HasSuffix(got, "none") {
		t.Errorf("somebody else: %q", got)
	}
}

// The person may ruin the place, or delete it; the next start makes what is missing.
func TestRuinedPlaceKeepsNoServerFromStarting(t *testing.T) {
	f, _ := managed(t)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	where := uservenv.Dir(n.Folder)
	managedPython := filepath.Join(f.opt.DataDir, "python", "env-1", "bin", "python3") // the server's
	for i, c := range []struct{ ruin, try, want string }{
		{"rm -r " + where, "python -c 'import shared, sys; print(sys.prefix)'", where},
		{"rm " + where + "/bin/* && echo x >" + where + "/pyvenv.cfg", "python -c 'import shared, sys; print(sys.prefix)'", where},
		{"for d in " + where + "/lib/*/site-packages; do echo 'raise SystemExit(3)' >$d/sitecustomize.py; done", managedPython + " -c 'import shared; print(1)'", "1"},
		// Nothing can be made there: the managed environment's Python is the first on PATH.
		{"rm -r " + where + " && touch " + where, "python -c 'import shared, sys; print(sys.prefix)'", filepath.Join(f.opt.DataDir, "python", "env-1")},
	} {
		if got := shell(t, n, c.ruin); got != "" {
			t.Fatalf("%s: %s", c.ruin, got)
		}
		n = spawntest.Start(t, f.driver, f.spec(1, int64(i+2)))
		if got := shell(t, n, c.try); got != c.want {
			t.Errorf("after %s: %q, want %q", c.ruin, got, c.want)
		}
	}
	log, err := f.driver.Logs(t.Context(), 1, 5000)
	if err != nil || !strings.Contains(log, "could not be made") {
		t.Errorf("its log, %v: %s", err, log)
	}
}

// Login scripts set PATH anew on many systems: terminals, and every shell that somebody
// makes a login shell, find Python, pip and Jupyter all the same.
func TestLoginShellHasTheNotebooksPython(t *testing.T) {
	f, _ := managed(t)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	where := uservenv.Dir(n.Folder)
	// Their own login script, which ends in a PATH without any of it.
	shell(t, n, `echo 'PATH=/opt/theirs:/usr/bin:/bin; export THEIRS=1' >.profile`)
	terminal := filepath.Join(f.opt.DataDir, "python", "env-1", "share", "atrium", "login-shell")
	for line, want := range map[string]string{
		"echo 'command -v python pip; echo $THEIRS' | " + terminal:     where + "/bin/python\n" + where + "/bin/pip\n1",
		"echo 'echo $PATH' | " + terminal + " | tr ':' '\n' | tail -3": "/opt/theirs\n/usr/bin\n/bin",
		"echo 'command -v python' | SHELL=/bin/sh " + terminal:         where + "/bin/python",
	} {
		if got := shell(t, n, line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if !f.driver.root {
		return // nothing can be added to /etc/profile
	}
	shell(t, n, "rm .profile")
	for _, line := range []string{"bash -lc 'command -v python'", "sh -lc 'command -v python'", "env -u PATH bash -lc 'command -v python'"} {
		if got := shell(t, n, line); got != where+"/bin/python" {
			t.Errorf("%s: %q", line, got)
		}
	}
}

// Servers that start after an upgrade use the new environment, those that run keep theirs.
func TestUpgradedPythonIsForServersThatStartThen(t *testing.T) {
	f, _ := managed(t)
	n := spawntest.Start(t, f.driver, f.spec(1, 1))
	dir := filepath.Join(f.opt.DataDir, "python")
	run(t, "cp", "-a", filepath.Join(dir, "env-1"), filepath.Join(dir, "env-2"))
	run(t, "ln", "-sfn", "env-2", filepath.Join(dir, "current"))
	later := spawntest.Start(t, f.driver, f.spec(2, 2))
	for _, c := range []struct {
		of   spawntest.Answer
		want string
	}{{n, "env-1"}, {later, "env-2"}} {
		if got := shell(t, c.of, "echo ${JUPYTER_PATH%%:*}"); got != filepath.Join(dir, c.want, "share", "jupyter") {
			t.Errorf("it is in %s, want %s", got, c.want)
		}
	}
	for _, want := range [][]string{nil, {filepath.Join(dir, "env-1")}} {
		removed, err := UnusedPython(f.opt)
		if err != nil || cmp.Diff(want, removed) != "" {
			t.Errorf("removed: %v, %v; want %v", removed, err, want)
		}
		spawntest.Stop(t, f.driver, 1, 1)
	}
}

// Several servers of one person start at once, and each brings the place up to date.
func TestServersOfOnePersonShareTheirPlace(t *testing.T) {
	f, _ := managed(t)
	c, err := f.driver.command()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	var all errgroup.Group
	for range 20 {
		all.Go(func() error { return uservenv.For(c.own).Create(home) })
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := run(t, filepath.Join(uservenv.Dir(home), "bin", "python"), "-c", "import shared, sys; print(sys.prefix)"); got != uservenv.Dir(home) {
		t.Errorf("it is %q", got)
	}
	for _, dir := range []string{"", "bin"} {
		entries, err := os.ReadDir(filepath.Join(uservenv.Dir(home), dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.Contains(e.Name(), "atrium") {
				t.Errorf("it leaves %s", e.Name())
			}
		}
	}
}

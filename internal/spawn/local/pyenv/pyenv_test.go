package pyenv

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/wheeltest"
)

func lookup(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

// options are those of an environment in a folder that every uid can pass through,
// with packages from a folder alone.
func options(t *testing.T) Options {
	t.Helper()
	dir, err := os.MkdirTemp("", "pyenv-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Dir: dir, Path: "/usr/bin:/bin", Progress: &bytes.Buffer{}, requirements: []string{"tiny==1.0"},
		Lookup: lookup(map[string]string{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": dir, "PIP_NO_CACHE_DIR": "1"}),
	}
	if os.Geteuid() == 0 {
		opt.User = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	return opt
}

// needPython skips where no interpreter would do: then there is nothing to try.
func needPython(t *testing.T, opt Options) {
	t.Helper()
	if opt.Logger == nil {
		opt.Logger = silent()
	}
	if _, err := opt.findPython(t.Context()); err != nil {
		if os.Getenv("HUBTEST_REQUIRE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func writeTiny(t *testing.T, dir string) {
	t.Helper()
	wheeltest.Write(t, dir, "tiny", "1.0", "jupyterhub-singleuser", map[string]string{
		"share/jupyter/kernels/python3/kernel.json": `{"argv": ["python", "-m", "ipykernel_launcher"], "language": "python"}`,
	})
}

// provision gives the options an environment with the tiny package: a copy of one, since
// making it takes seconds. Its tiny program alone does not run there.
func provision(t *testing.T, opt Options) Env {
	t.Helper()
	needPython(t, opt)
	e := Env{Dir: filepath.Join(opt.Dir, "env-1")}
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", template(t).Dir, e.Dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := errors.Join(e.writeOwn(), use(e)); err != nil {
		t.Fatal(err)
	}
	writeTiny(t, opt.Dir)
	e, err := Current(opt.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// made is the environment that provision copies.
var made struct {
	sync.Once
	dir string
	env Env
	err error
}

func template(t *testing.T) Env {
	t.Helper()
	made.Do(func() {
		if made.dir, made.err = os.MkdirTemp("", "pyenv-test-"); made.err != nil {
			return
		}
		writeTiny(t, made.dir)
		made.env, made.err = Provision(t.Context(), Options{
			Dir: made.dir, Path: "/usr/bin:/bin", requirements: []string{"tiny==1.0"},
			Lookup: lookup(map[string]string{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": made.dir, "PIP_NO_CACHE_DIR": "1"}),
		})
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return made.env
}

func TestMain(m *testing.M) {
	status := m.Run()
	if made.dir != "" {
		_ = os.RemoveAll(made.dir)
	}
	os.Exit(status)
}

func TestProvision(t *testing.T) {
	opt := options(t)
	needPython(t, opt)
	writeTiny(t, opt.Dir)
	old := syscall.Umask(0o077) // the hub's own; the servers' users must reach what is made all the same
	defer syscall.Umask(old)
	said := &bytes.Buffer{}
	opt.Progress = said
	e, err := Provision(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if out := runAsUser(t, opt, e.Program()); out != "tiny 1.0\n" {
		t.Errorf("the program says %q", out)
	}
	for _, want := range []string{"a minute or two", "virtual environment", "installing 1 packages", "done"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the progress does not mention %q:\n%s", want, said)
		}
	}

	said.Reset()
	again, err := Provision(t.Context(), opt)
	if err != nil || again.Dir != e.Dir || said.Len() > 0 {
		t.Errorf("a second time: %q, %v, and it says %q", again.Dir, err, said)
	}
	// What was cut short is made anew.
	if err := os.Remove(filepath.Join(e.Dir, markerName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Provision(t.Context(), opt); err != nil || !strings.Contains(said.String(), "done") {
		t.Errorf("without its mark: %v, and it says %q", err, said)
	}
}

func TestProvisionSaysWhatPipSaid(t *testing.T) {
	opt := options(t)
	needPython(t, opt)
	_, err := Provision(t.Context(), opt) // no wheel
	if !hub.Is(err, hub.Unavailable) {
		t.Fatalf("%v, want an error for the operator", err)
	}
	for _, want := range []string{"tiny==1.0", "HTTPS_PROXY", "spawner.local.command"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not mention %q: %v", want, err)
		}
	}
}

// fakePython writes a script that answers as an interpreter would.
func fakePython(t *testing.T, dir, name, answer string) {
	t.Helper()
	script := fmt.Sprintf("#!/bin/sh\necho '%s'\n", answer)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindPython(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers map[string]string
		want    string
		errs    []string
	}{
		{"right", map[string]string{"python3": `{"path":"/x/python3.12","major":3,"minor":12,"missing":[]}`}, "/x/python3.12", nil},
		{"a later one", map[string]string{
			"python3":    `{"path":"/x/python3.9","major":3,"minor":9,"missing":[]}`,
			"python3.11": `{"path":"/x/python3.11","major":3,"minor":11,"missing":[]}`,
		}, "/x/python3.11", nil},
		{"old", map[string]string{"python3": `{"path":"/x/python3.9","major":3,"minor":9,"missing":[]}`}, "",
			[]string{"Python 3.10 or newer is needed", "only 3.9", "spawner.local.command"}},
		{"without venv", map[string]string{"python3": `{"path":"/x/python3.11","major":3,"minor":11,"missing":["venv","ensurepip"]}`}, "",
			[]string{"/x/python3.11 has no venv and no ensurepip", "spawner.local.command"}},
		{"none", nil, "", []string{"Python 3.10 or newer is needed", "none was found", "apt install python3 python3-venv", "spawner.local.command"}},
		{"broken", map[string]string{"python3": "no JSON"}, "", []string{"none was found"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := options(t)
			opt.Logger = silent()
			for name, answer := range c.answers {
				fakePython(t, opt.Dir, name, answer)
			}
			opt.Path, opt.only = opt.Dir, true
			got, err := opt.findPython(t.Context())
			if got != c.want || (err != nil) != (c.errs != nil) {
				t.Fatalf("%q, %v; want %q", got, err, c.want)
			}
			for _, want := range c.errs {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not mention %q: %v", want, err)
				}
			}
		})
	}
}

// A Python that only the hub itself can run is none.
func TestFindPythonClosed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root has users who may do less")
	}
	opt := options(t)
	opt.Logger = silent()
	closed := filepath.Join(opt.Dir, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	fakePython(t, closed, "python3", `{"path":"/x/python3.12","major":3,"minor":12,"missing":[]}`)
	opt.Path, opt.only = closed, true
	_, err := opt.findPython(t.Context())
	if err == nil || !strings.Contains(err.Error(), closed+"/python3 cannot be executed by the users") {
		t.Errorf("%v, want it passed over with the reason", err)
	}
}

func TestEnvironmentHasNoSecrets(t *testing.T) {
	opt := options(t)
	opt.Path = "/bin"
	opt.Lookup = lookup(map[string]string{
		"ATRIUM_ADMIN_PASSWORD": "hush", "JUPYTERHUB_API_TOKEN": "hush", "https_proxy": "http://proxy", "HTTPS_PROXY": "http://PROXY",
		"PIP_INDEX_URL": "http://index", "PYTHONPATH": "/elsewhere",
	})
	want := []string{"PATH=/bin", "PYTHONUNBUFFERED=1", "https_proxy=http://proxy", "HTTPS_PROXY=http://PROXY", "PIP_INDEX_URL=http://index"}
	if diff := cmp.Diff(want, opt.environment()); diff != "" {
		t.Error(diff)
	}
}

func TestProgressReadsPip(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, 0)
	for _, piece := range []string{
		"Collecting jupyterlab==4", ".6.* (from x)\n  Down", "loading jupyterlab.whl\nCollecting async-lru>=1.0.0\n",
		"Installing collected packages: a, b, c\n", strings.Repeat("x", 3*maxLine),
	} {
		if n, err := p.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
		if piece[0] == '.' && *p.doing.Load() != "fetching jupyterlab" {
			t.Errorf("it is %q", *p.doing.Load())
		}
	}
	if out.String() != "  installing 3 packages\n" || len(p.partial) > maxLine {
		t.Errorf("%q, %d bytes kept", out.String(), len(p.partial))
	}
}
func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func runAsUser(t *testing.T, opt Options, program string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: opt.User}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
	return string(out)
}

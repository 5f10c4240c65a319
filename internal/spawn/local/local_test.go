package local

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// program is a copy of the test's binary that every uid can run.
var program string

// The test's binary is also the hub's, and the notebook server's.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case ExecArgument:
			os.Exit(ExecMain(os.Stdin, os.Stderr))
		case "notebook":
			spawntest.Notebook(os.Args[2:])
		}
	}
	os.Exit(withProgram(m))
}

func withProgram(m *testing.M) int {
	dir, err := os.MkdirTemp("", "local-test-")
	if err == nil {
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "program")
		err = copyProgram(dir)
	}
	if err != nil {
		_, _ = io.WriteString(os.Stderr, "copy the test's binary: "+err.Error()+"\n")
		return 1
	}
	status := m.Run()
	if made.dir != "" {
		_ = os.RemoveAll(made.dir)
	}
	if err := goleak.Find(); err != nil && status == 0 {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		return 1
	}
	return status
}

func copyProgram(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	if err := to.Close(); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// fixture is a driver over a data directory of its own.
type fixture struct {
	opt    Options
	driver *Driver
	env    map[string]string // that runs are launched with, by spec
}

func (f *fixture) Driver() spawn.Driver { return f.driver }

func (f *fixture) Reopen(t *testing.T) spawn.Driver {
	t.Helper()
	if err := f.driver.Close(); err != nil {
		t.Fatal(err)
	}
	f.driver = f.open(t)
	return f.driver
}

func (f *fixture) open(t *testing.T) *Driver {
	t.Helper()
	d, err := New(f.opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

// dataDir is a folder that every uid can pass through, unlike t.TempDir.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "local-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// openHomes makes the homes of a data directory.
func openHomes(t *testing.T, dir string) *homedir.Place {
	t.Helper()
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	place, err := homedir.Open(homedir.Options{
		Dir: filepath.Join(dir, "homes"), HubID: "hub", Root: os.Geteuid() == 0, UIDRange: DefaultUIDRange(), Registry: filepath.Join(t.TempDir(), "uids"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := place.Close(); err != nil {
			t.Error(err)
		}
	})
	return place
}

// home is where the home of a specification lies.
func (f *fixture) home(t *testing.T, spec spawn.Spec) string {
	t.Helper()
	r, err := f.opt.Homes.Ensure(*spec.Home)
	if err != nil {
		t.Fatal(err)
	}
	return f.opt.Homes.Path(r)
}

// spec is a specification with the environment of the fixture, and the limits that servers
// usually have.
func (f *fixture) spec(serverID, fence int64) spawn.Spec {
	return f.launched(spawntest.Spec(serverID, fence))
}

func (f *fixture) launched(spec spawn.Spec) spawn.Spec {
	spec.Launch = hub.Launch{Environment: f.env, Limits: f.opt.Limits}
	return spec
}

// newFixture makes a driver; what still runs at the test's end is killed.
func newFixture(t *testing.T, change ...func(*Options)) *fixture {
	t.Helper()
	f := &fixture{opt: Options{
		DataDir: dataDir(t), Command: []string{program, "notebook"}, Executable: program,
		Lookup:           environment(map[string]string{"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "ATRIUM_ADMIN_PASSWORD": "hush"}),
		InterruptTimeout: 10 * time.Second, TermTimeout: 10 * time.Second, KillTimeout: 10 * time.Second,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}}
	for _, c := range change {
		c(&f.opt)
	}
	if f.opt.Homes == nil {
		f.opt.Homes = openHomes(t, f.opt.DataDir)
	}
	f.driver = f.open(t)
	t.Cleanup(func() { f.end(t) })
	return f
}

func (f *fixture) end(t *testing.T) {
	records, err := f.driver.files.all()
	if err != nil {
		t.Error(err)
	}
	for _, rec := range records {
		if err := f.driver.Stop(context.WithoutCancel(t.Context()), rec.ServerID, rec.Fence, false); err != nil {
			t.Error(err)
		}
	}
	if err := f.driver.Close(); err != nil {
		t.Error(err)
	}
}

func TestDriver(t *testing.T) {
	spawntest.Run(t, func(t *testing.T) spawntest.Harness { return newFixture(t) })
}

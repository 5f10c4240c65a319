package e2e_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// Bad input ends the start with one clear sentence and status 1.
func TestStartThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		opt     options
		prepare func(t *testing.T, h *hub)
		words   []string
	}{
		{
			name:  "unknown key",
			opt:   options{Config: "listen: 127.0.0.1:1\nspawner:\n  lokal:\n    command: [x]\n"},
			words: []string{"lokal", "3", "atrium.yaml"},
		},
		{name: "port in use", prepare: usePort, words: []string{"in use", "--listen"}},
		{name: "data directory is a file", prepare: dataIsFile, words: []string{"data directory", "--data-dir"}},
		{name: "schema of a newer version", prepare: newerSchema, words: []string{"newer"}},
		{name: "broken database", prepare: breakDatabase, words: []string{"atrium.sqlite"}},
		{name: "another hub", prepare: anotherHub, words: []string{"Another hub"}},
		{name: "no Python", opt: options{Config: "log:\n  level: warn\n"}, prepare: withoutPython, words: []string{"Python", "spawner.local.command"}},
		{
			name:  "database that is away",
			opt:   options{Config: trivialConfig() + "log:\n  level: error\ndatabase: postgres://nobody:hunter2@127.0.0.1:1/none\n"},
			words: []string{"127.0.0.1:1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.opt.Config == "" {
				test.opt.Config = trivialConfig()
			}
			h := newHub(t, test.opt)
			if test.prepare != nil {
				test.prepare(t, h)
			}
			h.Launch()
			said := h.Fails()
			for _, words := range test.words {
				if !strings.Contains(said, words) {
					t.Errorf("no %q in what it says:\n%s", words, said)
				}
			}
			lines := strings.Split(strings.TrimSpace(said), "\n")
			if last := lines[len(lines)-1]; strings.Count(said, "atrium: ") != 1 || !strings.HasPrefix(last, "atrium: ") {
				t.Errorf("it doesn't end with one sentence:\n%s", said)
			}
			for _, bad := range []string{"panic", "goroutine", "hunter2", "errno"} {
				if strings.Contains(said, bad) {
					t.Errorf("%q in what it says:\n%s", bad, said)
				}
			}
			t.Log(strings.TrimSpace(said))
		})
	}
}

// withoutPython shuts the hub up in a folder with nothing but itself: it also looks
// for interpreters where systems have theirs, whatever PATH says.
func withoutPython(t *testing.T, h *hub) {
	needRoot(t)
	text, err := os.ReadFile(programs.Atrium)
	if err == nil {
		err = os.WriteFile(filepath.Join(h.dir, "atrium"), text, 0o755)
	}
	// As much of /proc as the hub needs to know where its own binary is.
	self := filepath.Join(h.dir, "proc", "self")
	err = errors.Join(err, os.MkdirAll(self, 0o755), os.Symlink("/atrium", filepath.Join(self, "exe")), os.Mkdir(filepath.Join(h.dir, "tmp"), 0o1777))
	if err != nil {
		t.Fatal(err)
	}
	h.root = h.dir
}

func usePort(t *testing.T, h *hub) {
	l, err := net.Listen("tcp", h.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
}

func dataIsFile(t *testing.T, h *hub) {
	if err := os.WriteFile(h.DataDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func anotherHub(t *testing.T, h *hub) {
	h.Start()
	first := h.cmd
	t.Cleanup(func() { _ = first.Process.Kill() })
	h.Addr = hubtest.FreeAddr(t)
}

func newerSchema(t *testing.T, h *hub) {
	h.Start()
	h.Stop()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no Python to change the database with")
	}
	script := `import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("insert into goose_db_version (version_id, is_applied) values (99999, 1)")
db.commit()`
	if out, err := exec.Command(python, "-c", script, filepath.Join(h.DataDir, "atrium.sqlite")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func breakDatabase(t *testing.T, h *hub) {
	if err := os.Mkdir(h.DataDir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.DataDir, "atrium.sqlite"), []byte(strings.Repeat("no database at all\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
}

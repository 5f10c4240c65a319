// Package hubtest starts hubs as programs, Atrium's binary and a real JupyterHub, for
// tests that look at them from outside, and finds what such tests need.
package hubtest

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Variable is the value that scripts/with-test-env sets. Without it the test is skipped,
// or fails where HUBTEST_REQUIRE=1 says that nothing may be.
func Variable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	switch {
	case value != "":
	case os.Getenv("HUBTEST_REQUIRE") == "1":
		t.Fatalf("%s is not set: run this through scripts/with-test-env, after make setup", name)
	default:
		t.Skipf("%s is not set: run this through scripts/with-test-env, after make setup", name)
	}
	return value
}

// MakeFolder makes a folder that other uids can enter, unlike testing's: as root
// notebook servers have uids of their own.
func MakeFolder(pattern string) (string, error) {
	dir, err := os.MkdirTemp("/tmp", pattern)
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// Folder is MakeFolder's, until the test ends.
func Folder(t *testing.T) string {
	t.Helper()
	dir, err := MakeFolder("hubtest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Log(err)
		}
	})
	return dir
}

// Programs are what tests start, each a path.
type Programs struct{ Atrium, Notebook string }

// Build puts the programs into a folder: Atrium as HUBTEST_BIN names it, or built, and
// the small notebook server. It is given the way to the checkout's root.
func Build(dir, root string) (Programs, error) {
	p := Programs{Atrium: filepath.Join(dir, "atrium"), Notebook: filepath.Join(dir, "notebook")}
	if err := goBuild(p.Notebook, filepath.Join(root, "e2e", "notebook")); err != nil {
		return p, err
	}
	given := os.Getenv("HUBTEST_BIN")
	if given == "" {
		return p, goBuild(p.Atrium, root)
	}
	// A copy: the checkout may lie under somebody's home, which other uids cannot enter.
	text, err := os.ReadFile(given)
	if err != nil {
		return p, err
	}
	return p, os.WriteFile(p.Atrium, text, 0o755)
}

func goBuild(to, folder string) error {
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", to, ".")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", folder, err, out)
	}
	return os.Chmod(to, 0o755)
}

// Environment is the test's own without what would reach into what it starts.
func Environment() []string {
	var env []string
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "PATH", "HOME", "LANG", "TMPDIR":
			env = append(env, v)
		}
	}
	return append(env, "TZ=UTC")
}

// FreeAddr is a host:port on which nobody listens.
func FreeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Quote writes a value as JSON, which is YAML too, and for texts, numbers and lists Python.
func Quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // a test's own values
		panic(err)
	}
	return string(text)
}

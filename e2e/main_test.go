// Package e2e_test looks at the built binary from outside: its command line, its
// HTTP, real JupyterLab servers behind it, and the machine's processes. Each test
// is named after what it shows.
package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs are what the tests start, in a folder that every uid can reach.
var programs struct{ atrium, notebook string }

func TestMain(m *testing.M) { os.Exit(setUp(m)) }

func setUp(m *testing.M) int {
	dir, err := openFolder("hubtest-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

func build(dir string) error {
	programs.atrium, programs.notebook = filepath.Join(dir, "atrium"), filepath.Join(dir, "notebook")
	if err := goBuild(programs.notebook, "./notebook"); err != nil {
		return err
	}
	given := os.Getenv("HUBTEST_BIN")
	if given == "" {
		return goBuild(programs.atrium, "..")
	}
	// A copy: the checkout may lie under somebody's home, which other uids cannot enter.
	text, err := os.ReadFile(given)
	if err != nil {
		return err
	}
	return os.WriteFile(programs.atrium, text, 0o755)
}

func goBuild(to, from string) error {
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", from, err, out)
	}
	return os.Chmod(to, 0o755)
}

// openFolder makes a folder that other uids can enter, unlike t.TempDir's: as root
// the notebook servers run under uids of their own.
func openFolder(pattern string) (string, error) {
	dir, err := os.MkdirTemp("/tmp", pattern)
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// tool is the value of a variable that scripts/with-test-env sets. Without it the
// test is skipped, or fails where nothing may be skipped.
func tool(t *testing.T, name string) string {
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

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only as root does each person have a uid of their own")
	}
}

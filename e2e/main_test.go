// Package e2e_test looks at the built binary from outside: its command line, its
// HTTP, real JupyterLab servers behind it, and the machine's processes. Each test
// is named after what it shows.
package e2e_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// programs are what the tests start, in a folder that every uid can reach.
var programs hubtest.Programs

func TestMain(m *testing.M) { os.Exit(setUp(m)) }

func setUp(m *testing.M) int {
	dir, err := hubtest.MakeFolder("hubtest-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if programs, err = hubtest.Build(dir, ".."); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only as root does each person have a uid of their own")
	}
}

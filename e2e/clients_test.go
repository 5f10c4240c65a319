package e2e_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// runClient runs a Python program of e2e/clients. The secret goes in on standard
// input.
func runClient(t *testing.T, secret, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python(t), append([]string{"clients/" + program}, args...)...)
	cmd.Env = hubtest.Environment()
	cmd.Stdin = strings.NewReader(secret + "\n")
	words, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, words)
	}
	return string(words)
}

// A1 to A7: the calls of 'Using JupyterHub API' run as written, with Python's requests.
func TestCallsOfTheAPIDocument(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	words := runClient(t, adminPassword, "seed.py", h.URL+"/hub/api", "admin")
	for _, promise := range []string{"A1 ok", "A2 ok", "A3 ok", "A4 ok", "A5 ok", "A6 ok", "A7 token ok", "A7 Bearer ok"} {
		if !strings.Contains(words, promise+"\n") {
			t.Errorf("not shown: %s\n%s", promise, words)
		}
	}
}

// A client library that nobody here wrote, unmodified.
func TestPublishedClientLibrary(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t)})
	if words := runClient(t, adminToken, "jhub.py", h.URL); !strings.Contains(words, "all done") {
		t.Error(words)
	}
}

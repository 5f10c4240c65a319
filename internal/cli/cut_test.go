package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/command"
)

// called runs a command against a JupyterHub that answers so, by method and path
// below /hub/api; anything else is 404.
func called(t *testing.T, answers map[string]string, args ...string) (status int, out, talk string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/hub/api")]
		switch {
		case r.URL.Path == "/hub/api/":
			fmt.Fprint(w, `{"version":"5.4.0"}`)
		case r.URL.Path == "/hub/api/user":
			fmt.Fprint(w, `{"kind":"user","name":"admin","admin":true,"scopes":[]}`)
		case !known:
			w.WriteHeader(http.StatusNotFound)
		case answer == "401":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			fmt.Fprint(w, answer)
		}
	}))
	t.Cleanup(server.Close)
	var stdout, stderr bytes.Buffer
	e := &command.Env{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Environ: []string{
		"JUPYTERHUB_URL=" + server.URL, "JUPYTERHUB_TOKEN=a-token-of-tests", "HOME=" + t.TempDir(),
	}}
	status = exitStatus(t.Context(), run(t.Context(), newRoot(e), args), "atrium", &stderr)
	return status, stdout.String(), stderr.String()
}

// A command that is broken off half-way tells what it did, and what it did not.
func TestBrokenOffHalfWay(t *testing.T) {
	for name, tc := range map[string]struct {
		answers map[string]string
		args    []string
		out     []string
	}{
		"tokens": {
			map[string]string{"DELETE /users/admin/tokens/a1": "", "DELETE /users/admin/tokens/a2": "401", "DELETE /users/admin/tokens/a3": ""},
			[]string{"tokens", "revoke", "a1", "a2", "a3", "--json"},
			[]string{`"id":"a1","status":"revoked"`, `"id":"a2","status":"not_done"`, `"id":"a3","status":"not_done"`},
		},
		"the second group": {
			map[string]string{"POST /groups/one": `{"name":"one","users":[]}`, "POST /groups/two": "401"},
			[]string{"groups", "create", "one", "two", "--users", "ada", "--concurrency", "1", "--json"},
			[]string{`"group":"one","status":"created"`, `"group":"two","status":"not_done"`},
		},
		"the members": {
			map[string]string{"POST /groups/one": `{"name":"one","users":[]}`, "GET /groups/one": "401"},
			[]string{"groups", "create", "one", "--users", "ada", "--json"},
			[]string{`"group":"one","status":"created"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, talk := called(t, tc.answers, tc.args...)
			if status != command.ExitSomeFailed {
				t.Errorf("status %d", status)
			}
			for _, text := range tc.out {
				if !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(out, " ", ""), "\n", ""), text) {
					t.Errorf("the answer has no %s:\n%s\n%s", text, out, talk)
				}
			}
			if strings.Contains(talk, "nothing was done") || strings.Contains(talk, "Authentication failed") {
				t.Errorf("it says %s", talk)
			}
		})
	}
}

// Flags that exclude each other are a wrong usage like any other.
func TestFlagsThatExcludeEachOther(t *testing.T) {
	for _, args := range [][]string{
		{"tokens", "create", "--scope", "read:users", "--role", "user"}, {"groups", "create", "lab", "--users", "ada", "--file", "users.csv"},
		{"users", "create", "users.csv", "--force-change", "--no-force-change"},
	} {
		if status, _, talk := called(t, nil, args...); status != command.ExitUsage || !strings.Contains(talk, "--help") {
			t.Errorf("%s: status %d: %s", args, status, talk)
		}
	}
}

// Quiet or not, each row that fails is told.
func TestQuietTellsWhatFailed(t *testing.T) {
	status, _, talk := called(t, map[string]string{"GET /users": "[]"}, "users", "set-admin", "--quiet", "ghost")
	if status != command.ExitSomeFailed || !strings.Contains(talk, "User not found: ghost") {
		t.Errorf("status %d: %q", status, talk)
	}
}

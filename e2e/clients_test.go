package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
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

// jupyterhub-idle-culler, as it is published in its first and its second major version,
// stops servers that nobody uses, and no others.
func TestIdleCuller(t *testing.T) {
	for version, interpreter := range map[string]string{
		"2.0": python(t), "1.4": filepath.Join(hubtest.Variable(t, "HUBTEST_CLIENTS"), "culler1", "bin", "python"),
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cullsTheIdle(t, interpreter)
		})
	}
}

func cullsTheIdle(t *testing.T, interpreter string) {
	command, _ := json.Marshal([]string{interpreter, "-m", "jupyterhub_idle_culler", "--timeout=3", "--cull-every=1", "--api-page-size=1"})
	h := startHub(t, options{Config: trivialConfig() + `
services:
  - name: idle-culler
    command: ` + string(command) + `
roles:
  - name: idle-culler
    scopes: ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    services: [idle-culler]
`})
	admin := h.Admin()
	idle, busy := admin.NewUser("idle"), admin.NewUser("busy")
	idle.StartServer("idle")
	busy.StartServer("busy")
	work := func() {
		now := time.Now().UTC().Format(time.RFC3339Nano)
		busy.Do(http.MethodPost, "/hub/api/users/busy/activity",
			map[string]any{"servers": map[string]any{"": map[string]any{"last_activity": now}}, "last_activity": now}, http.StatusOK)
	}
	eventually(t, "the idle server is stopped", startPatience, func() bool {
		work()
		return !admin.Server("idle").Ready
	})
	if !admin.Server("busy").Ready {
		t.Error("the busy one is stopped, too")
	}
	eventually(t, "the busy one is stopped once it rests", startPatience, func() bool { return !admin.Server("busy").Ready })
}

// JupyterHub's documented OAuth flow, by a library that knows nothing of hubs: with and
// without the redirect_uri, and with both kinds of PKCE.
func TestDocumentedOAuthFlow(t *testing.T) {
	script := sharedScript(t, "clients/oauth_service.py")
	for name, args := range map[string][]string{
		"with redirect_uri":                   {"named"},
		"without redirect_uri":                {"left-out"},
		"with redirect_uri and PKCE S256":     {"named", "S256"},
		"without redirect_uri and PKCE plain": {"left-out", "plain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command, _ := json.Marshal(append([]string{python(t), script}, args...))
			h := startHub(t, options{Config: whoamiConfig(hubtest.FreeAddr(t), "    command: "+string(command))})
			b := h.Browser()
			b.LogIn("admin", adminPassword, "")
			eventually(t, "the service answers", startPatience, func() bool {
				return b.Open("/services/whoami/").Status != http.StatusServiceUnavailable
			})
			me := b.visit("/services/whoami/")
			if me.Name != "admin" || me.Kind != "user" {
				t.Errorf("it takes the administrator for %+v", me)
			}
			if again := b.visit("/services/whoami/"); again.Name != "admin" {
				t.Errorf("it has forgotten them: %+v", again)
			}
		})
	}
}

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// python is the interpreter beside jupyterhub-singleuser.
func python(t *testing.T) string {
	t.Helper()
	return filepath.Join(filepath.Dir(hubtest.Variable(t, "HUBTEST_JUPYTER")), "python")
}

// whoamiScript is the service's program.
func whoamiScript(t *testing.T) string {
	t.Helper()
	return sharedScript(t, "whoami/whoami.py")
}

// sharedScript is a copy of a program where other accounts can read it too.
func sharedScript(t *testing.T, file string) string {
	t.Helper()
	dir := hubtest.Folder(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const whoamiToken = "token-of-the-whoami-service"

// whoamiConfig declares the service, which everybody may use.
func whoamiConfig(addr, more string) string {
	return trivialConfig() + fmt.Sprintf(`
services:
  - name: whoami
    url: http://%s
%s
roles:
  - name: user
    scopes: [self, "access:services!service=whoami"]
`, addr, more)
}

// runService runs an external service until the test ends.
func runService(t *testing.T, env []string, command ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(hubtest.Environment(), env...)
	words := &output{}
	cmd.Stdout, cmd.Stderr = words, words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the service's words:\n%s", words)
		}
	})
}

type whoami struct {
	Name, Kind string
	Scopes     []string
}

// visit opens the service as somebody who has a session, and agrees to what it asks.
func (b *browser) visit(path string) whoami {
	b.t.Helper()
	p := b.Open(path)
	if strings.Contains(p.Path, "/hub/api/oauth2/authorize") {
		at := strings.TrimPrefix(p.Path, strings.TrimPrefix(b.base, "http://"+mustParse(b.t, b.base).Host))
		p = b.Send(http.MethodPost, at, url.Values{"_xsrf": {p.XSRF(b.t)}}, nil)
	}
	if p.Status != http.StatusOK {
		b.t.Fatalf("%s: status %d at %s: %s", path, p.Status, p.Path, shorten(p.Body))
	}
	var me whoami
	decode(b.t, p.Body, &me)
	return me
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// JupyterHub's own HubOAuth, as it is published, logs people in to a service that
// somebody else runs. When they log out, they are out there too, whatever the service
// remembers.
func TestExternalServiceLogsPeopleIn(t *testing.T) {
	script, addr := whoamiScript(t), hubtest.FreeAddr(t)
	h := startHub(t, options{Config: whoamiConfig(addr, "    api_token: "+whoamiToken)})
	b := h.Browser()
	b.LogIn("admin", adminPassword, "")
	if p := b.Open("/services/whoami/"); p.Status != http.StatusServiceUnavailable || !strings.Contains(string(p.Body), "The service does not answer") {
		t.Errorf("before it runs: status %d: %s", p.Status, shorten(p.Body))
	}

	runService(t, []string{
		"JUPYTERHUB_SERVICE_NAME=whoami", "JUPYTERHUB_API_TOKEN=" + whoamiToken, "JUPYTERHUB_API_URL=" + h.URL + "/hub/api",
		"JUPYTERHUB_BASE_URL=/", "JUPYTERHUB_SERVICE_PREFIX=/services/whoami/", "JUPYTERHUB_SERVICE_URL=http://" + addr,
		"JUPYTERHUB_CLIENT_ID=service-whoami", "JUPYTERHUB_OAUTH_ACCESS_SCOPES=" + `["access:services!service=whoami"]`,
	}, python(t), script)
	eventually(t, "the service answers", startPatience, func() bool {
		return b.Open("/services/whoami/").Status != http.StatusServiceUnavailable
	})
	me := b.visit("/services/whoami/")
	if me.Name != "admin" || me.Kind != "user" {
		t.Errorf("it takes the administrator for %+v", me)
	}
	for _, scope := range me.Scopes {
		if scope != "access:services!service=whoami" && !strings.HasPrefix(scope, "read:users:") {
			t.Errorf("the service may %s in their name", scope)
		}
	}

	stranger := h.Browser()
	if p := stranger.Open("/services/whoami/"); !strings.HasPrefix(p.Path, "/hub/login") {
		t.Errorf("somebody unknown ends at %s", p.Path)
	}
	// With the other's cookie of the service alone, too.
	stranger.SetCookie("/services/whoami/", "service-whoami", b.Cookie("/services/whoami/", "service-whoami"))
	if p := stranger.Open("/services/whoami/"); !strings.HasPrefix(p.Path, "/hub/login") {
		t.Errorf("a cookie without its session opens %s: %s", p.Path, shorten(p.Body))
	}
	b.Open("/hub/logout")
	if p := b.Open("/services/whoami/"); !strings.HasPrefix(p.Path, "/hub/login") {
		t.Errorf("after the logout %s is open: %s", p.Path, shorten(p.Body))
	}

	// A service's token says who it is; the routes name it.
	var self struct{ Kind, Name string }
	h.As(whoamiToken).Get("/hub/api/user", &self)
	if self.Kind != "service" || self.Name != "whoami" {
		t.Errorf("%+v", self)
	}
	var routes map[string]struct{ Target string }
	h.Admin().Get("/hub/api/proxy", &routes)
	if routes["/services/whoami/"].Target != "http://"+addr {
		t.Errorf("routes %v", routes)
	}
}

func (a *api) servicePID(name string) int {
	var s struct{ PID int }
	a.Get("/hub/api/services/"+name, &s)
	return s.PID
}

// The hub runs a service itself, under a base URL: with a token that nobody wrote down,
// again when it ends, and no longer than itself.
func TestManagedService(t *testing.T) {
	command, _ := json.Marshal([]string{python(t), whoamiScript(t)})
	h := startHub(t, options{
		Base:   "/jupyter",
		Config: "base_url: /jupyter/\n" + whoamiConfig(hubtest.FreeAddr(t), "    oauth_no_confirm: true\n    environment: {GREETING: hello}\n    command: "+string(command)),
	})
	b := h.Browser()
	b.LogIn("admin", adminPassword, "")
	up := func() bool { return b.Open("/services/whoami/").Status == http.StatusOK }
	eventually(t, "the service answers", startPatience, up)
	if me := b.visit("/services/whoami/"); me.Name != "admin" {
		t.Errorf("it takes the administrator for %+v", me)
	}
	admin := h.Admin()
	pid := admin.servicePID("whoami")
	env := environOf(t, pid)
	token := env["JUPYTERHUB_API_TOKEN"]
	if env["GREETING"] != "hello" || token == "" || env["ATRIUM_ADMIN_TOKEN"] != "" {
		t.Errorf("its environment: greeting %q, %d characters of a token, the administrator's token %q", env["GREETING"], len(token), env["ATRIUM_ADMIN_TOKEN"])
	}

	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs again", startPatience, func() bool { now := admin.servicePID("whoami"); return now != 0 && now != pid })
	eventually(t, "the service answers again", startPatience, up)

	pid = admin.servicePID("whoami")
	h.Kill()
	eventually(t, "a hub that was killed takes it along", startPatience, func() bool { return !alive(pid) })
	h.Start()
	eventually(t, "the service answers after a restart", startPatience, func() bool { return admin.servicePID("whoami") != 0 && up() })
	pid = admin.servicePID("whoami")
	if now := environOf(t, pid)["JUPYTERHUB_API_TOKEN"]; now != token { // other hubs of the database gave it the same
		t.Errorf("its token has changed with the restart: %d characters", len(now))
	}
	if words := h.Stop(); strings.Contains(words, token) || !strings.Contains(words, "whoami listens") {
		t.Error("the log has the service's token, or not what it printed")
	}
	if alive(pid) {
		t.Errorf("process %d outlives the hub", pid)
	}
}

// A service that the hub runs, for which a whole address is registered, is told the path
// of its callback, as by JupyterHub, and HubOAuth logs people in by it; and one that may
// have all of a person's scopes has them.
func TestManagedServiceWithAWholeRedirectURILogsPeopleIn(t *testing.T) {
	t.Parallel()
	command, _ := json.Marshal([]string{python(t), whoamiScript(t)})
	h := startHub(t, options{Config: whoamiConfig(hubtest.FreeAddr(t), "    oauth_no_confirm: true\n    oauth_client_allowed_scopes: [inherit]\n"+
		"    oauth_redirect_uri: http://{addr}/services/whoami/oauth_callback\n    command: "+string(command))})
	b := h.Browser()
	b.LogIn("admin", adminPassword, "")
	eventually(t, "the service answers", startPatience, func() bool { return b.Open("/services/whoami/").Status == http.StatusOK })
	if got := environOf(t, h.Admin().servicePID("whoami"))["JUPYTERHUB_OAUTH_CALLBACK_URL"]; got != "/services/whoami/oauth_callback" {
		t.Errorf("it is told %q", got)
	}
	me := b.visit("/services/whoami/")
	if me.Name != "admin" || !slices.Contains(me.Scopes, "admin:users") || !slices.Contains(me.Scopes, "access:servers") {
		t.Errorf("it takes the administrator for %+v", me)
	}
}

func environOf(t *testing.T, pid int) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for v := range strings.SplitSeq(string(text), "\x00") {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	return env
}

func alive(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// A notebook that uses the hub's API, with its server's token and with that of whoever
// opened it, may what the configuration says.
func TestNotebookUsesTheHubsAPIAsConfigured(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{
		Config: jupyterConfig(t) + "auth:\n  dummy:\n    password: open sesame\n",
		Env: []string{
			`ATRIUM_SPAWNER_SERVER_TOKEN_SCOPES=["users:activity!user","access:servers!server","read:tokens!user"]`,
			`ATRIUM_SPAWNER_OAUTH_CLIENT_ALLOWED_SCOPES=["read:servers!user"]`,
		},
	})
	admin := h.Admin()
	admin.NewUser("alice")
	admin.StartServer("alice")
	b := h.Browser()
	if lab := b.LogIn("alice", "open sesame", "/user/alice/lab"); lab.Status != http.StatusOK || !strings.HasPrefix(lab.Path, "/user/alice/lab") {
		t.Fatalf("her lab leads to %s with status %d", lab.Path, lab.Status)
	}
	const ask = `
import json, os, urllib.error, urllib.request
def status(path):
    request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + path, headers={"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]})
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as e:
        return e.code
print(status("/users/alice/tokens"), status("/groups"), json.loads(os.environ["JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES"]))`
	if got := strings.TrimSpace(b.Notebook("alice").StartKernel().Run(ask)); got != "200 403 ['read:servers!user']" {
		t.Errorf("a notebook says %q", got)
	}
	var list struct {
		Tokens []struct {
			Client string   `json:"oauth_client"`
			Scopes []string `json:"scopes"`
		} `json:"api_tokens"`
	}
	admin.Get("/hub/api/users/alice/tokens", &list)
	found := false
	for _, token := range list.Tokens {
		if token.Client == "Server at /user/alice/" {
			found = true
			if !slices.Contains(token.Scopes, "read:servers!user=alice") || slices.Contains(token.Scopes, "servers!user=alice") {
				t.Errorf("by her browser the server may %v", token.Scopes)
			}
		}
	}
	if !found {
		t.Errorf("the server has no token of hers: %+v", list.Tokens)
	}
}

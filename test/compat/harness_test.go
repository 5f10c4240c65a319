// Package compat_test sends one list of requests to a real JupyterHub and to Atrium,
// and compares the answers. What differs on purpose is in differences_test.go, each
// with its reason; anything else that differs fails.
package compat_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

const (
	adminName  = "admin"
	adminToken = "0123456789abcdef0123456789abcdef"
	password   = "everybody's password"

	patience = hubtest.Patience
	poll     = 25 * time.Millisecond
)

// tools are the programs that the comparison starts, besides JupyterHub.
type tools = hubtest.Programs

func findTools(t *testing.T) tools {
	t.Helper()
	hubtest.Variable(t, "HUBTEST_PYTHON") // without it nothing need be built
	found, err := hubtest.Build(hubtest.Folder(t), "../..")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// side is one of the two hubs, with what was learnt of it so far.
type side struct {
	addr string // host:port
	*hubtest.Process

	saved    map[string]string  // placeholders: ids, tokens and codes of this hub
	tokens   map[string]string  // by credential
	sessions map[string]*cookie // by person
}

// startBoth starts the two hubs with equal configurations.
func startBoth(t *testing.T) (jupyterhub, atrium *side) {
	t.Helper()
	found := findTools(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "service at %s\n", r.URL.Path)
	}))
	t.Cleanup(backend.Close)
	d := declare(backend.URL)
	jupyterhub, atrium = startJupyterHub(t, found, d), startAtrium(t, found, d)
	for _, s := range []*side{jupyterhub, atrium} {
		s.awaitReady(t)
	}
	return jupyterhub, atrium
}

func newSide(addr string, p *hubtest.Process) *side {
	return &side{
		addr: addr, Process: p, saved: map[string]string{}, tokens: map[string]string{"": adminToken}, sessions: map[string]*cookie{},
	}
}

func (s *side) awaitReady(t *testing.T) {
	t.Helper()
	s.Await(t, func() bool { return s.statusOf(t, "/hub/api/") == http.StatusOK })
}

func (s *side) statusOf(t *testing.T, path string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

const jupyterhubConfig = `import json
declared = json.loads(%[1]s)
c.DummyAuthenticator.password = %[2]s
c.JupyterHub.load_roles = declared["roles"]
c.JupyterHub.load_groups = declared["groups"]
c.JupyterHub.custom_scopes = declared["custom_scopes"]
c.JupyterHub.services = declared["services"]
c.JupyterHub.named_server_limit_per_user = %[3]d
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": %[4]d, "slow_stop_timeout": %[4]d}
c.Spawner.http_timeout = %[5]d
c.Spawner.oauth_client_allowed_scopes = ["read:servers!user", "list:groups"]
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", "read:users:name!user", "admin:users"]
`

func startJupyterHub(t *testing.T, found tools, d declared) *side {
	t.Helper()
	addr := hubtest.FreeAddr(t)
	return newSide(addr, hubtest.StartJupyterHub(t, hubtest.JupyterHub{
		URL: "http://" + addr, Token: adminToken, Command: notebookCommand(found),
		Config: fmt.Sprintf(jupyterhubConfig, hubtest.Quote(hubtest.Quote(d)), hubtest.Quote(password), namedLimit, slowSeconds, startSeconds),
	}))
}

const atriumConfig = `admin: {username: %[1]s}
auth: {dummy: {password: %[2]s}}
servers: {named_limit: %[3]d, stop_with_hub: true}
tokens: {limit: %[11]d}
spawner:
  slow_start_wait: %[4]ds
  slow_stop_wait: %[4]ds
  http_timeout: %[10]ds
  oauth_client_allowed_scopes: ["read:servers!user", "list:groups"]
  server_token_scopes: ["users:activity!user", "access:servers!server", "read:users:name!user", "admin:users"]
  local: {command: %[5]s}
roles: %[6]s
groups: %[7]s
custom_scopes: %[8]s
services: %[9]s
`

func startAtrium(t *testing.T, found tools, d declared) *side {
	t.Helper()
	addr := hubtest.FreeAddr(t)
	return newSide(addr, hubtest.StartAtrium(t, hubtest.Atrium{
		Program: found.Atrium, Addr: addr, Password: password, Token: adminToken,
		Config: fmt.Sprintf(atriumConfig, hubtest.Quote(adminName), hubtest.Quote(password), namedLimit, slowSeconds,
			hubtest.Quote(notebookCommand(found)), hubtest.Quote(d.Roles), hubtest.Quote(d.Groups), hubtest.Quote(d.CustomScopes),
			hubtest.Quote(d.Services), startSeconds, tokenLimit),
	}))
}

// notebookCommand is the small server: for one person it never gets to listen, for
// another it fails.
func notebookCommand(found tools) []string {
	return []string{found.Notebook, "--slow", slowPerson, "--fail", brokenPerson}
}

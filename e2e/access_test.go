package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// An administrator who is one no more is out of others' servers: within 5 s their open
// websockets are closed, and what the notebook server remembers of them opens no other.
func TestDemotedAdministratorIsOutOfServers(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t) + "auth:\n  dummy:\n    password: open sesame\n"})
	admin := h.Admin()
	alice := admin.NewUser("alice")
	alice.StartServer("alice")
	boss := admin.NewUser("boss")
	admin.Do(http.MethodPatch, "/hub/api/users/boss", map[string]any{"admin": true}, http.StatusOK)
	browser := h.Browser()
	lab := browser.LogIn("boss", "open sesame", "/user/alice/lab")
	if strings.Contains(lab.Path, "/hub/api/oauth2/authorize") {
		lab = browser.Send(http.MethodPost, lab.Path, url.Values{"_xsrf": {lab.XSRF(t)}}, nil)
	}
	if lab.Status != http.StatusOK || !strings.HasPrefix(lab.Path, "/user/alice/lab") {
		t.Fatalf("another's lab leads to %s with status %d", lab.Path, lab.Status)
	}
	byCookie := browser.Notebook("alice").StartKernel()
	byToken := boss.Notebook("alice").Connect(byCookie.ID)
	owner := alice.Notebook("alice").Connect(byCookie.ID)
	for _, k := range []*kernel{byCookie, byToken, owner} {
		if got := k.Run("6*7"); got != "42" {
			t.Fatalf("6*7 is %q", got)
		}
	}
	before := time.Now()
	admin.Do(http.MethodPatch, "/hub/api/users/boss", map[string]any{"admin": false}, http.StatusOK)
	for name, k := range map[string]*kernel{"cookie": byCookie, "token": byToken} {
		if !k.Closed(time.Until(before.Add(revokedWithin))) {
			t.Errorf("the websocket opened with a %s is still open %s later", name, revokedWithin)
		}
	}
	channels := "api/kernels/" + byCookie.ID + "/channels"
	for name, n := range map[string]*notebook{"cookie": browser.Notebook("alice"), "token": boss.Notebook("alice")} {
		n.header.Set("Connection", "Upgrade")
		n.header.Set("Upgrade", "websocket")
		n.header.Set("Sec-Websocket-Version", "13")
		n.header.Set("Sec-Websocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
		if got, err := n.Try(http.MethodGet, channels, ""); err != nil || got.Status != http.StatusForbidden {
			t.Errorf("another websocket with the %s: status %d (%v), want 403", name, got.Status, err)
		}
	}
	if got, err := browser.Notebook("alice").Try(http.MethodGet, "api/kernels", ""); err != nil || got.Status != http.StatusForbidden {
		t.Errorf("the server's API with the cookie: status %d (%v), want 403", got.Status, err)
	}
	if got := owner.Run("6*9"); got != "54" {
		t.Errorf("the owner's kernel says %q", got)
	}
}

// A teacher whose role opens the servers of a class works with a student's notebook
// server by a token of their own, as a grading script does; and not with others'.
func TestTeachersTokenOpensServersOfTheClass(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t) + `
roles:
  - name: teacher
    scopes: ["access:servers!group=class"]
    users: [teacher]
groups:
  class: {users: [alice]}
`})
	admin := h.Admin()
	teacher := admin.TokenOf("teacher")
	admin.StartServer("alice")
	admin.StartServer("admin")
	if got := teacher.Notebook("alice").StartKernel().Run("6*7"); got != "42" {
		t.Errorf("6*7 is %q", got)
	}
	if got, err := teacher.Notebook("admin").Try(http.MethodGet, "api/kernels", ""); err != nil || got.Status != http.StatusForbidden {
		t.Errorf("a server of somebody else: status %d (%v), want 403", got.Status, err)
	}
}

package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// revokedWithin is what the hub promises.
const revokedWithin = 5 * time.Second

// A person is revoked: within 5 s their open kernel websockets are closed, their
// notebook cookie with the session id dropped or forged is useless, and their
// tokens answer 403.
func TestRevokedPersonIsOut(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t) + "auth:\n  dummy:\n    password: open sesame\n"})
	admin := h.Admin()
	alice := admin.NewUser("alice")
	alice.StartServer("alice")
	browser := h.Browser()
	if lab := browser.LogIn("alice", "open sesame", "/user/alice/lab"); lab.Status != http.StatusOK || !strings.HasPrefix(lab.Path, "/user/alice/lab") {
		t.Fatalf("logging in leads to %s with status %d", lab.Path, lab.Status)
	}
	byCookie := browser.Notebook("alice").StartKernel()
	byToken := alice.Notebook("alice").Connect(byCookie.ID)
	for _, k := range []*kernel{byCookie, byToken} {
		if got := k.Run("6*7"); got != "42" {
			t.Fatalf("6*7 is %q", got)
		}
	}
	before := time.Now()
	admin.Do(http.MethodPost, "/hub/api/users/alice/revoke", nil, http.StatusOK, http.StatusNoContent)
	for name, k := range map[string]*kernel{"cookie": byCookie, "token": byToken} {
		if !k.Closed(time.Until(before.Add(revokedWithin))) {
			t.Errorf("the websocket opened with a %s is still open %s later", name, revokedWithin)
		}
	}
	alice.Do(http.MethodGet, "/hub/api/user", nil, http.StatusForbidden)
	if got, err := alice.Notebook("alice").Try(http.MethodGet, "api/kernels", ""); err != nil || got.Status != http.StatusForbidden {
		t.Errorf("the server's API with the token: %d (%v), want 403", got.Status, err)
	}
	session := browser.Cookie("/", "jupyterhub-session-id")
	if session == "" {
		t.Fatal("the browser has no session id")
	}
	for _, test := range []struct{ name, value string }{
		{"as it was", session}, {"dropped", ""}, {"forged", strings.Repeat("0", len(session))},
	} {
		browser.SetCookie("/", "jupyterhub-session-id", test.value)
		if got, err := browser.Notebook("alice").Try(http.MethodGet, "api/kernels", ""); err != nil || got.Status != http.StatusForbidden {
			t.Errorf("session id %s: the server's API answers %d (%v), want 403", test.name, got.Status, err)
		}
		if lab := browser.Open("/user/alice/lab"); !strings.HasPrefix(lab.Path, "/hub/login") {
			t.Errorf("session id %s: the notebook leads to %s with status %d, want the login", test.name, lab.Path, lab.Status)
		}
	}
}

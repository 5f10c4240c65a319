package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var claimField = regexp.MustCompile(`name="claim" value="([^"]+)"`)

// Claim logs somebody in for the first time, which sets their password.
func (b *browser) Claim(name, password, next string) page {
	b.t.Helper()
	second := b.LogIn(name, password, next)
	ticket := claimField.FindSubmatch(second.Body)
	if ticket == nil {
		b.t.Fatalf("%s is not asked for the password again (status %d): %s", name, second.Status, shorten(second.Body))
	}
	return b.Send(http.MethodPost, "/hub/login?next="+url.QueryEscape(next), url.Values{
		"username": {name}, "password": {password}, "claim": {string(ticket[1])}, "_xsrf": {second.XSRF(b.t)},
	}, nil)
}

// Native users set their password on first login, as the guide says; an administrator
// does not, nor does a program.
func TestFirstLoginSetsThePassword(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	admin := h.Admin()
	const chosen = "seven brown foxes"
	admin.Do(http.MethodPost, "/hub/api/users/student01", nil, http.StatusCreated)
	admin.Do(http.MethodPost, "/hub/api/users/teacher01", map[string]any{"admin": true}, http.StatusCreated)

	h.As("").Do(http.MethodPost, "/hub/api/authorizations/token", map[string]any{"username": "student01", "password": chosen}, http.StatusForbidden)
	if p := h.Browser().LogIn("teacher01", chosen, ""); p.Status != http.StatusForbidden || claimField.Match(p.Body) {
		t.Errorf("an administrator without a password: %d %s", p.Status, shorten(p.Body))
	}
	b := h.Browser()
	if p := b.Claim("student01", chosen, "/hub/home"); p.Path != "/hub/home" || p.Status != http.StatusOK {
		t.Errorf("the first login leads to %s with status %d", p.Path, p.Status)
	}
	var u struct{ Password string }
	admin.Get("/hub/api/users/student01", &u)
	if u.Password != "set" {
		t.Errorf("the password is %s", u.Password)
	}
	var log struct{ Items []struct{ Action string } }
	admin.Get("/hub/api/audit?action=user.claim&target=student01", &log)
	if len(log.Items) != 1 {
		t.Errorf("the audit log has %v", log.Items)
	}
	if p := h.Browser().LogIn("student01", "another password", ""); p.Status != http.StatusForbidden {
		t.Errorf("another password: %d", p.Status)
	}
}

// A new password ends what was open, notebooks too, and until it is changed there is
// nothing else.
func TestForcedPasswordChange(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t)})
	admin := h.Admin()
	admin.Do(http.MethodPost, "/hub/api/users/student01", nil, http.StatusCreated)
	b := h.Browser()
	b.Claim("student01", "seven brown foxes", "/hub/home")
	admin.StartServer("student01")
	if p := b.Open("/user/student01/lab"); p.Status != http.StatusOK || p.Path != "/user/student01/lab" {
		t.Fatalf("their server: %s with status %d", p.Path, p.Status)
	}
	open := b.Notebook("student01").StartKernel()

	admin.Do(http.MethodPost, "/hub/admin/api/set-password", map[string]any{"username": "student01", "password": "Welcome123"}, http.StatusOK)
	if !open.Closed(revokedWithin) {
		t.Errorf("the websocket of an open notebook is still open after %s", revokedWithin)
	}
	if p := b.Open("/hub/home"); !strings.HasPrefix(p.Path, "/hub/login") {
		t.Errorf("the open session goes on: %s", p.Path)
	}
	const forced = "/hub/change-password"
	if p := b.LogIn("student01", "Welcome123", "/user/student01/lab"); !strings.HasPrefix(p.Path, forced) {
		t.Errorf("the login leads to %s", p.Path)
	}
	for _, path := range []string{"/hub/home", "/hub/token", "/hub/spawn", "/user/student01/lab"} {
		if p := b.Open(path); !strings.HasPrefix(p.Path, forced) {
			t.Errorf("%s leads to %s with status %d", path, p.Path, p.Status)
		}
	}
	if p := b.Open("/hub/api/user"); p.Status != http.StatusForbidden {
		t.Errorf("the API: status %d", p.Status)
	}
	form := b.Open(forced + "?next=/hub/token")
	done := b.Send(http.MethodPost, forced+"?next=/hub/token", url.Values{
		"_xsrf": {form.XSRF(t)}, "old_password": {"Welcome123"},
		"new_password": {"eight brown foxes"}, "new_password_confirmation": {"eight brown foxes"},
	}, nil)
	if done.Path != "/hub/token" || done.Status != http.StatusOK {
		t.Errorf("the change leads to %s with status %d", done.Path, done.Status)
	}
	if p := b.Open("/user/student01/lab"); p.Status != http.StatusOK || p.Path != "/user/student01/lab" {
		t.Errorf("their server afterwards: %s with status %d", p.Path, p.Status)
	}
}

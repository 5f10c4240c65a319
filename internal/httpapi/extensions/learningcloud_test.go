package extensions_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// cloudMessage is the message of a failure, which these endpoints say twice.
func cloudMessage(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	e := httpapitest.JSONBody[struct{ Error, Message string }](t, w)
	if e.Error == "" || e.Error != e.Message {
		t.Errorf("%d %s: error and message are not the same", w.Code, w.Body)
	}
	return e.Message
}

func TestCloudSetPassword(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	root, _ := h.User("root", true), h.User("bob", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(h.User("eve", false)))
	const path = "/hub/admin/api/set-password"
	for _, c := range []struct {
		name, body string
		as         httpapitest.Asker
		status     int
		message    string
	}{
		{"nobody", `{"username": "bob", "password": "seven brown foxes"}`, httpapitest.Anonymous, 403, "credentials"},
		{"a person", `{"username": "bob", "password": "seven brown foxes"}`, person, 403, "admin:passwords"},
		{"a person, not JSON", `{`, person, 403, "admin:passwords"},
		{"a token of an administrator that may less", `{"username": "bob", "password": "seven brown foxes"}`, httpapitest.Bearer(h.Token(root, "list:users")), 403, "admin:passwords"},
		{"a token that may do less than bob", `{"username": "bob", "password": "seven brown foxes"}`, httpapitest.Bearer(h.Token(root, "admin:users!user=bob")), 403, "which you do not have"},
		{"not JSON", `{`, admin, 400, "JSON"},
		{"no name", `{"password": "seven brown foxes"}`, admin, 400, "needed"},
		{"no password", `{"username": "bob"}`, admin, 400, "needed"},
		{"of GitHub", `{"username": "github:bob", "password": "seven brown foxes"}`, admin, 400, "GitHub"},
		{"too short", `{"username": "bob", "password": "short"}`, admin, 400, "at least 8 characters"},
		{"too common", `{"username": "bob", "password": "password1", "force_change": false}`, admin, 400, "everybody tries"},
		{"who is not there", `{"username": "zed", "password": "seven brown foxes"}`, admin, 404, ""},
	} {
		w := h.Do("POST", path, c.body, c.as)
		if w.Code != c.status || !strings.Contains(cloudMessage(t, w), c.message) {
			t.Errorf("%s: %d %s, want %d and %q", c.name, w.Code, w.Body, c.status, c.message)
		}
	}
	if w := h.Do("GET", path, "", admin); w.Code != http.StatusMethodNotAllowed || cloudMessage(t, w) == "" {
		t.Errorf("GET: %d %s", w.Code, w.Body)
	}
	set := func(body string, as ...httpapitest.Asker) {
		t.Helper()
		if w := h.Do("POST", path, body, as...); w.Code != http.StatusOK || httpapitest.JSONBody[map[string]string](t, w)["message"] == "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	set(`{"username": " BOB ", "password": "Welcome123"}`, admin)
	httpapitest.WantRedirect(t, "to be changed", h.Visitor().LogIn("bob", "Welcome123", ""), "/hub/change-password")
	set(`{"username": "bob", "password": "seven brown foxes", "force_change": false, "colour": 1}`, admin)
	h.LoggedIn("bob", "seven brown foxes")
	browser := h.Browser(root)
	if w := h.Do("POST", path, `{"username": "bob", "password": "eight brown foxes"}`, browser); w.Code != http.StatusForbidden {
		t.Errorf("cookies without XSRF: %d", w.Code)
	}
	set(`{"username": "bob", "password": "eight brown foxes", "force_change": false}`, browser, httpapitest.WithXSRF(h.XSRFOf(browser)))
	h.LoggedIn("bob", "eight brown foxes")
}

func TestCloudInBulk(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithClaims)
	root := h.User("root", true)
	h.User("bob", false)
	admin := httpapitest.Bearer(h.Token(root))
	post := func(path, body string, status int) map[string]any {
		t.Helper()
		w := h.Do("POST", "/hub/admin/api/"+path, body, admin)
		if w.Code != status {
			t.Errorf("%s %s: %d %s, want %d", path, body, w.Code, w.Body, status)
		}
		if status >= 400 {
			cloudMessage(t, w)
			return nil
		}
		return httpapitest.JSONBody[map[string]any](t, w)
	}
	for _, body := range []string{
		`{`, `[]`, `{}`, `{"users": []}`, `{"users": [1]}`, `{"users": [{"username": "bob"}]}`,
		`{"users": [{"username": "bob", "password": "seven brown foxes"}, {"username": "github:x", "password": "seven brown foxes"}]}`,
		`{"users": [` + strings.TrimSuffix(strings.Repeat(`{"username": "bob", "password": "x"},`, 1001), ",") + `]}`,
	} {
		post("batch-set-password", body, 400)
	}
	got := post("batch-set-password", `{"force_change": false, "users": [{"username": "bob", "password": "seven brown foxes"},
		{"username": "zed", "password": "seven brown foxes"}, {"username": "root", "password": "short"}]}`, 200)
	want := map[string]any{"success": 1.0, "failed": 2.0, "results": []any{
		map[string]any{"username": "bob", "status": "success"},
		map[string]any{"username": "zed", "status": "failed", "error": "There is no user zed"},
		map[string]any{"username": "root", "status": "failed", "error": "The password is too short. Use at least 8 characters."},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("batch-set-password (-want +got):\n%s", diff)
	}
	h.LoggedIn("bob", "seven brown foxes")

	got = post("provision-users", `{"admin": false, "force_change": true, "quota": {"amount": 5}, "users": [{"username": "New1", "password": "seven brown foxes"},
		{"username": "new2"}, {"username": "bob", "password": "another one of his"}, {"username": "new3", "password": "short"}]}`, 200)
	noQuotas := []any{"Quotas are not enabled on this hub"}
	want = map[string]any{"results": []any{
		map[string]any{"username": "new1", "status": "success", "created": true, "password_set": true, "quota_set": false, "warnings": noQuotas},
		map[string]any{"username": "new2", "status": "success", "created": true, "password_set": false, "quota_set": false, "warnings": noQuotas},
		map[string]any{"username": "bob", "status": "existed", "created": false, "password_set": false, "quota_set": false},
		map[string]any{"username": "new3", "status": "failed", "created": false, "password_set": false, "quota_set": false, "error": "The password is too short. Use at least 8 characters."},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("provision-users (-want +got):\n%s", diff)
	}
	h.LoggedIn("bob", "seven brown foxes")
	httpapitest.WantRedirect(t, "new1", h.Visitor().LogIn("new1", "seven brown foxes", ""), "/hub/change-password")
}

func TestCloudGeneratePassword(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	root := h.User("root", true)
	if w := h.Do("GET", "/hub/admin/api/generate-password", "", httpapitest.Bearer(h.Token(h.User("eve", false)))); w.Code != http.StatusForbidden {
		t.Errorf("a person: %d", w.Code)
	}
	seen := map[string]bool{}
	for range 20 {
		w := h.Do("GET", "/hub/admin/api/generate-password", "", h.Browser(root), httpapitest.Fetch("cors", "same-origin", "empty"))
		password := httpapitest.JSONBody[map[string]string](t, w)["password"]
		if len(password) != 16 || strings.ContainsAny(password, "lIO0") || seen[password] {
			t.Errorf("%d %q", w.Code, password)
		}
		seen[password] = true
	}
}

// The Learning Cloud's page for one's own password, as its scripts use it.
func TestCloudChangePassword(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	root := h.User("root", true)
	h.User("bob", false)
	const path, check = "/hub/auth/change-password", "/hub/auth/check-force-password-change"
	if w := h.Do("POST", "/hub/admin/api/set-password", `{"username": "bob", "password": "Welcome123"}`, httpapitest.Bearer(h.Token(root))); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	if w := h.Do("GET", check, "", httpapitest.Anonymous); w.Code != http.StatusForbidden || cloudMessage(t, w) == "" {
		t.Errorf("nobody: %d %s", w.Code, w.Body)
	}
	v := h.Visitor()
	v.LogIn("bob", "Welcome123", "")
	needs := func() bool {
		t.Helper()
		w := v.Get(check, httpapitest.Fetch("cors", "same-origin", "empty"))
		if w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		return httpapitest.JSONBody[map[string]bool](t, w)["needs_password_change"]
	}
	if !needs() {
		t.Error("bob need not change the password")
	}
	form := v.Get(path + "?forced=1")
	httpapitest.WantPage(t, "the form", form, http.StatusOK, `action="/hub/auth/change-password"`, "current_password", "new_password", "confirm_password", "before you go on")
	post := func(old, fresh, again string) *httptest.ResponseRecorder {
		return v.Post(path, url.Values{"_xsrf": {v.Token(form)}, "current_password": {old}, "new_password": {fresh}, "confirm_password": {again}})
	}
	for what, c := range map[string]struct {
		old, fresh, again string
		status            int
	}{
		"missing":  {"", "", "", 400},
		"differ":   {"Welcome123", "seven brown foxes", "seven brown foxed", 400},
		"weak":     {"Welcome123", "password1", "password1", 400},
		"wrong":    {"Welcome124", "seven brown foxes", "seven brown foxes", 403},
		"the same": {"Welcome123", "Welcome123", "Welcome123", 400},
	} {
		httpapitest.WantPage(t, what, post(c.old, c.fresh, c.again), c.status, `role="alert"`)
	}
	httpapitest.WantPage(t, "not changed yet", v.Get(path+"?password_changed=1"), http.StatusOK, "before you go on")
	httpapitest.WantRedirect(t, "changed", post("Welcome123", "seven brown foxes", "seven brown foxes"), path+"?password_changed=1")
	httpapitest.WantPage(t, "and said so", v.Get(path+"?password_changed=1"), http.StatusOK, "is changed")
	if needs() {
		t.Error("bob must change the password again")
	}
	httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK)
}

package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
)

func TestErrorPages(t *testing.T) {
	h := newPageHub(t)
	v := h.loggedIn("ann", "ann's password")
	for _, code := range []string{"404", "503", "424"} {
		wantPage(t, code, v.get("/hub/error/"+code), http.StatusOK, "Status "+code)
	}
	for _, target := range []string{"/hub/error/200", "/hub/error/999", "/hub/error/x", "/hub/none", "/hub/%2e%2e/x", "/hub/spawn/a/b/c", "/hub/user/", "/hub/user-redirect", "/hub/static"} {
		wantPage(t, target, v.get(target), http.StatusNotFound, "There is nothing here")
	}
	wantPage(t, "wrong method", v.send("DELETE", "/hub/home", ""), http.StatusMethodNotAllowed)
	if w := v.get("/hub/api/none"); w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("on the API: %d %s", w.Code, w.Body)
	}
}

// Somebody who took a wrong turn is led on, whatever was wrong with the address, and a
// stranger is told of nobody.
func TestWrongAddressStillHasNavigation(t *testing.T) {
	h := newPageHub(t)
	v, stranger := h.loggedIn("ann", "ann's password"), h.visitor()
	for _, target := range []string{"/hub/nothing", "/hub/spawn/a/b/c", "/hub/%2e%2e/x", "/hub/token/revoke", "/hub/error/404", "/hub/spawn/bob", "/hub/user/bob/lab"} {
		body := v.get(target).Body.String()
		for _, want := range []string{`<nav aria-label="Main">`, `href="/hub/token">Tokens`, `href="/hub/logout">Log out`, `<span class="who">ann</span>`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in\n%s", target, want, body)
			}
		}
		// A script of a notebook page that asks learns nothing of who looks.
		fetched := v.get(target, fetch("cors", "same-origin", "empty")).Body.String()
		if strings.Contains(fetched, "ann</span>") {
			t.Errorf("%s: tells a script who is logged in", target)
		}
		if body := stranger.get(target).Body.String(); strings.Contains(body, "Log out") {
			t.Errorf("%s: a stranger could log out", target)
		}
	}
}

// What programs made for JupyterHub are told is no sentence for people: pages say the
// same in words of their own, and what to do.
func TestPagesSayNothingInTheWordsOfTheAPI(t *testing.T) {
	h := newPageHub(t)
	h.user("bob", false)
	v, stranger := h.loggedIn("ann", "ann's password"), h.visitor()
	form := url.Values{"_xsrf": {v.token(v.get("/hub/token"))}}
	stale := url.Values{"_xsrf": {"of yesterday"}}
	for _, tt := range []struct {
		what string
		w    *httptest.ResponseRecorder
		want string
	}{
		{"somebody else's start", v.get("/hub/spawn/bob"), "not yours to see"},
		{"a start of nobody's", v.get("/hub/spawn/none"), "not yours to see"},
		{"somebody else's progress", v.get("/hub/spawn-pending/bob"), "not yours to see"},
		{"somebody else's stop", v.post("/hub/stop/bob", form), "not yours to see"},
		{"somebody else's server", v.get("/hub/user/bob/lab"), "or it is not shared with you"},
		{"nobody's server", v.get("/hub/user/none/lab"), "or it is not shared with you"},
		{"a share that is over", v.get("/hub/accept-share?code=x"), "Ask for a new one"},
		{"half a share", v.get("/hub/accept-share"), "its code is missing"},
		{"an old form", v.post("/hub/spawn/ann", stale), "open for too long"},
		{"a form without a token", v.post("/hub/spawn/ann", nil), "open for too long"},
		{"a form after the login ended", stranger.post("/hub/spawn/ann", stale), `href="/hub/login?next=%2Fhub%2Fhome">Log in`},
		{"another site's form", v.post("/hub/spawn/ann", form, header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")), "another site"},
		{"an option without a name", v.get("/hub/spawn?opt-=1"), "an option without a name"},
		{"a client that is gone", v.get("/hub/api/oauth2/authorize?client_id=x&response_type=code"), "not known to this hub"},
		{"a wrong way", v.get("/hub/token/revoke"), "Begin at the home page"},
	} {
		body := tt.w.Body.String()
		if tt.w.Code < 400 || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d without %q:\n%s", tt.what, tt.w.Code, tt.want, body)
		}
		for _, bad := range []string{
			"No access to resources", "not authorized", "requires any of", "Missing or invalid", "argument", "_xsrf' ", "XSRF cookie", "Cross-origin request",
			"not found or expired", "Not Found", "Forbidden", "Method Not Allowed",
		} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: says %q to a person:\n%s", tt.what, bad, body)
			}
		}
	}
}

// Any page may read the version, also one whose browser asks first.
func TestVersionIsForAnybody(t *testing.T) {
	h := newPageHub(t)
	for _, method := range []string{"GET", "OPTIONS"} {
		for path, want := range map[string]string{"/hub/api": "*", "/hub/api/": "*", "/hub/api/user": ""} {
			if got := h.do(method, path, "").Header().Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s %s: %q", method, path, got)
			}
		}
	}
}

func TestCSPReport(t *testing.T) {
	h := newPageHub(t)
	v := h.visitor()
	for body, want := range map[string]int{
		`{"csp-report":{"violated-directive":"script-src \u001b[31m","document-uri":"http://hub/?code=SECRET"}}`: 204,
		"not JSON": 204, "": 204, strings.Repeat("x", maxReport+1): 413,
	} {
		if w := v.send("POST", "/hub/security/csp-report", body, header("Origin", "null"), header("Sec-Fetch-Site", "same-origin")); w.Code != want || want == 204 && w.Body.Len() > 0 {
			t.Errorf("%.40q: %d", body, w.Code)
		}
	}
	if log := h.log.String(); strings.Contains(log, "SECRET") || !strings.Contains(log, "script-src") {
		t.Errorf("logged: %s", log)
	}
}

func TestStatic(t *testing.T) {
	h := newPageHub(t, func(c *app.Config, _ *Options) { c.Base = "/under/" })
	v := h.visitor()
	for _, target := range []string{"/under/hub/logo", "/under/hub/static/style.css"} {
		for _, method := range []string{"GET", "HEAD"} {
			if w := v.send(method, target, "", fetch("no-cors", "same-origin", "style")); w.Code != http.StatusOK || (w.Body.Len() > 0) != (method == "GET") {
				t.Errorf("%s %s: %d with %d bytes", method, target, w.Code, w.Body.Len())
			}
		}
	}
	for _, target := range []string{"/under/hub/static/", "/under/hub/static/none.js", "/under/hub/static/%2e%2e/pages.go", "/under/hub/static/..%2fpages.go"} {
		if w := v.get(target); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	wantRedirect(t, "home below a prefix", v.get("/under/hub/home"), "/under/hub/login?next=%2Funder%2Fhub%2Fhome")
}

package site_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/site"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestErrorPages(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	for _, code := range []string{"404", "503", "424"} {
		httpapitest.WantPage(t, code, v.Get("/hub/error/"+code), http.StatusOK, "Status "+code)
	}
	for _, target := range []string{"/hub/error/200", "/hub/error/999", "/hub/error/x", "/hub/none", "/hub/%2e%2e/x", "/hub/spawn/a/b/c", "/hub/user/", "/hub/user-redirect", "/hub/static"} {
		httpapitest.WantPage(t, target, v.Get(target), http.StatusNotFound, "There is nothing here")
	}
	httpapitest.WantPage(t, "wrong method", v.Send("DELETE", "/hub/home", ""), http.StatusMethodNotAllowed)
	if w := v.Get("/hub/api/none"); w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("on the API: %d %s", w.Code, w.Body)
	}
}

// Somebody who took a wrong turn is led on, whatever was wrong with the address, and a
// stranger is told of nobody.
func TestWrongAddressStillHasNavigation(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v, stranger := h.LoggedIn("ann", "ann's password"), h.Visitor()
	for _, target := range []string{"/hub/nothing", "/hub/spawn/a/b/c", "/hub/%2e%2e/x", "/hub/token/revoke", "/hub/error/404", "/hub/spawn/bob", "/hub/user/bob/lab"} {
		body := v.Get(target).Body.String()
		for _, want := range []string{`<nav aria-label="Main">`, `href="/hub/token">Tokens`, `href="/hub/logout">Log out`, `<span class="who">ann</span>`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in\n%s", target, want, body)
			}
		}
		// A script of a notebook page that asks learns nothing of who looks.
		fetched := v.Get(target, httpapitest.Fetch("cors", "same-origin", "empty")).Body.String()
		if strings.Contains(fetched, "ann</span>") {
			t.Errorf("%s: tells a script who is logged in", target)
		}
		if body := stranger.Get(target).Body.String(); strings.Contains(body, "Log out") {
			t.Errorf("%s: a stranger could log out", target)
		}
	}
}

// What programs made for JupyterHub are told is no sentence for people: pages say the
// same in words of their own, and what to do.
func TestPagesSayNothingInTheWordsOfTheAPI(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.User("bob", false)
	v, stranger := h.LoggedIn("ann", "ann's password"), h.Visitor()
	form := url.Values{"_xsrf": {v.Token(v.Get("/hub/token"))}}
	stale := url.Values{"_xsrf": {"of yesterday"}}
	for _, tt := range []struct {
		what string
		w    *httptest.ResponseRecorder
		want string
	}{
		{"somebody else's start", v.Get("/hub/spawn/bob"), "not yours to see"},
		{"a start of nobody's", v.Get("/hub/spawn/none"), "not yours to see"},
		{"somebody else's progress", v.Get("/hub/spawn-pending/bob"), "not yours to see"},
		{"somebody else's stop", v.Post("/hub/stop/bob", form), "not yours to see"},
		{"somebody else's server", v.Get("/hub/user/bob/lab"), "or it is not shared with you"},
		{"nobody's server", v.Get("/hub/user/none/lab"), "or it is not shared with you"},
		{"a share that is over", v.Get("/hub/accept-share?code=x"), "Ask for a new one"},
		{"half a share", v.Get("/hub/accept-share"), "its code is missing"},
		{"an old form", v.Post("/hub/spawn/ann", stale), "open for too long"},
		{"a form without a token", v.Post("/hub/spawn/ann", nil), "open for too long"},
		{"a form after the login ended", stranger.Post("/hub/spawn/ann", stale), `href="/hub/login?next=%2Fhub%2Fhome">Log in`},
		{"another site's form", v.Post("/hub/spawn/ann", form, httpapitest.Header("Sec-Fetch-Site", "cross-site"), httpapitest.Header("Origin", "https://evil.example")), "another site"},
		{"an option without a name", v.Get("/hub/spawn?opt-=1"), "an option without a name"},
		{"a client that is gone", v.Get("/hub/api/oauth2/authorize?client_id=x&response_type=code"), "not known to this hub"},
		{"a wrong way", v.Get("/hub/token/revoke"), "Begin at the home page"},
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
	h := httpapitest.NewWithPages(t)
	for _, method := range []string{"GET", "OPTIONS"} {
		for path, want := range map[string]string{"/hub/api": "*", "/hub/api/": "*", "/hub/api/user": ""} {
			if got := h.Do(method, path, "").Header().Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s %s: %q", method, path, got)
			}
		}
	}
}

func TestCSPReport(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.Visitor()
	for body, want := range map[string]int{
		`{"csp-report":{"violated-directive":"script-src \u001b[31m","document-uri":"http://hub/?code=SECRET"}}`: 204,
		"not JSON": 204, "": 204, strings.Repeat("x", site.MaxReport+1): 413,
	} {
		if w := v.Send("POST", "/hub/security/csp-report", body, httpapitest.Header("Origin", "null"), httpapitest.Header("Sec-Fetch-Site", "same-origin")); w.Code != want || want == 204 && w.Body.Len() > 0 {
			t.Errorf("%.40q: %d", body, w.Code)
		}
	}
	if log := h.Log.String(); strings.Contains(log, "SECRET") || !strings.Contains(log, "script-src") {
		t.Errorf("logged: %s", log)
	}
}

func TestStatic(t *testing.T) {
	h := httpapitest.NewWithPages(t, func(c *app.Config, _ *httpapi.Options) { c.Base = "/under/" })
	v := h.Visitor()
	for _, target := range []string{"/under/hub/logo", "/under/hub/static/style.css"} {
		for _, method := range []string{"GET", "HEAD"} {
			if w := v.Send(method, target, "", httpapitest.Fetch("no-cors", "same-origin", "style")); w.Code != http.StatusOK || (w.Body.Len() > 0) != (method == "GET") {
				t.Errorf("%s %s: %d with %d bytes", method, target, w.Code, w.Body.Len())
			}
		}
	}
	for _, target := range []string{"/under/hub/static/", "/under/hub/static/none.js", "/under/hub/static/%2e%2e/pages.go", "/under/hub/static/..%2fpages.go"} {
		if w := v.Get(target); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
	httpapitest.WantRedirect(t, "home below a prefix", v.Get("/under/hub/home"), "/under/hub/login?next=%2Funder%2Fhub%2Fhome")
}

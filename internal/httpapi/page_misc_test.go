package httpapi

import (
	"net/http"
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

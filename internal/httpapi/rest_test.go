package httpapi

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/servers"
)

func TestMeta(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	h.run(t, []scenario{
		{name: "version", method: "GET", path: "/hub/api", status: 200, want: `{"version": "6.1.1"}`},
		{name: "version with slash", method: "GET", path: "/hub/api/", status: 200, want: `{"version": "6.1.1"}`},
		{name: "version with a bad token", method: "GET", path: "/hub/api/", as: []asker{bearer("wrong")}, status: 200},
		{name: "info", method: "GET", path: "/hub/api/info", as: []asker{admin}, status: 200, want: `{"version": "6.1.1", "atrium": {"version": "1.2.3"}}`},
		{name: "info for a person", method: "GET", path: "/hub/api/info", as: []asker{person}, status: 403, message: "requires any of [read:hub]"},
		{name: "info for nobody", method: "GET", path: "/hub/api/info", status: 403, message: noCredentials},
		{name: "health", method: "GET", path: "/hub/health", status: 200},
		{name: "health by HEAD", method: "HEAD", path: "/hub/health", status: 200},
		{name: "health under the API", method: "GET", path: "/hub/api/health", status: 200},
		{name: "health under the API by HEAD", method: "HEAD", path: "/hub/api/health", status: 200},
		{name: "ready", method: "GET", path: "/hub/health/ready", status: 200},
		{name: "unknown path", method: "GET", path: "/hub/api/nothing", status: 404, message: "Not Found"},
		{name: "unknown path, POST with a form", method: "POST", path: "/hub/api/nothing", body: "a=b", status: 404},
		{name: "unknown path, OPTIONS", method: "OPTIONS", path: "/hub/api/nothing", status: 404},
		{name: "trailing slash", method: "GET", path: "/hub/api/users/", as: []asker{admin}, status: 404},
		{name: "double slash", method: "GET", path: "/hub/api//users", as: []asker{admin}, status: 404},
		{name: "dots", method: "GET", path: "/hub/api/users/../info", as: []asker{admin}, status: 404},
		{name: "wrong method", method: "PUT", path: "/hub/api/users", as: []asker{admin}, status: 405, message: "Method Not Allowed"},
		{name: "HEAD", method: "HEAD", path: "/hub/api/users", as: []asker{admin}, status: 405},
		{name: "HEAD of the version", method: "HEAD", path: "/hub/api", status: 405},
		{name: "OPTIONS", method: "OPTIONS", path: "/hub/api/users/ann/server", status: 200},
	})

	w := h.do("GET", "/hub/api/", "")
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("the version's Access-Control-Allow-Origin is %q", got)
	}
	if got := w.Header().Get("Cross-Origin-Resource-Policy"); got != "" {
		t.Errorf("the version's Cross-Origin-Resource-Policy is %q", got)
	}
	w = h.do("OPTIONS", "/hub/api/users", "")
	if got := w.Header().Get("Access-Control-Allow-Headers"); got != "accept, content-type, authorization" || w.Body.Len() > 0 {
		t.Errorf("OPTIONS: %q, body %q", got, w.Body)
	}
	w = h.do("GET", "/hub/api/user", "", person)
	for name, want := range map[string]string{
		"Content-Type":                 "application/json",
		"Cache-Control":                "no-store",
		"Content-Security-Policy":      "frame-ancestors 'none'; report-uri /hub/security/csp-report; default-src 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Access-Control-Allow-Origin":  "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestReadyFailsWhileTheDatabaseIsAway(t *testing.T) {
	h := newTestHub(t)
	_ = h.db.Close()
	h.run(t, []scenario{
		{name: "not ready", method: "GET", path: "/hub/health/ready", status: 503, message: "database"},
		{name: "alive", method: "GET", path: "/hub/health", status: 200},
	})
}

// What watches the hub learns of a full disk; which one is for those who may know.
func TestReadyFailsWhileTheDiskIsFull(t *testing.T) {
	h := newTestHub(t)
	full := true
	h.app.OnFull(func() (servers.FullDisk, bool) { return servers.FullDisk{Path: "/srv/class"}, full })
	h.run(t, []scenario{
		{name: "not ready", method: "GET", path: "/hub/health/ready", status: 503, message: "The disk is full"},
		{name: "alive", method: "GET", path: "/hub/health", status: 200},
	})
	if w := h.do("GET", "/hub/health/ready", ""); strings.Contains(w.Body.String(), "/srv") {
		t.Errorf("everybody learns where: %s", w.Body)
	}
	full = false
	h.run(t, []scenario{{name: "ready again", method: "GET", path: "/hub/health/ready", status: 200}})
}

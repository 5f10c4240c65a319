package rest_test

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestMeta(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	h.Run(t, []httpapitest.Scenario{
		{Name: "version", Method: "GET", Path: "/hub/api", Status: 200, Want: `{"version": "6.1.1"}`},
		{Name: "version with slash", Method: "GET", Path: "/hub/api/", Status: 200, Want: `{"version": "6.1.1"}`},
		{Name: "version with a bad token", Method: "GET", Path: "/hub/api/", As: []httpapitest.Asker{httpapitest.Bearer("wrong")}, Status: 200},
		{Name: "info", Method: "GET", Path: "/hub/api/info", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"version": "6.1.1", "atrium": {"version": "1.2.3"}}`},
		{Name: "info for a person", Method: "GET", Path: "/hub/api/info", As: []httpapitest.Asker{person}, Status: 403, Message: "requires any of [read:hub]"},
		{Name: "info for nobody", Method: "GET", Path: "/hub/api/info", Status: 403, Message: httpapitest.NoCredentials},
		{Name: "health", Method: "GET", Path: "/hub/health", Status: 200},
		{Name: "health by HEAD", Method: "HEAD", Path: "/hub/health", Status: 200},
		{Name: "health under the API", Method: "GET", Path: "/hub/api/health", Status: 200},
		{Name: "health under the API by HEAD", Method: "HEAD", Path: "/hub/api/health", Status: 200},
		{Name: "ready", Method: "GET", Path: "/hub/health/ready", Status: 200},
		{Name: "unknown path", Method: "GET", Path: "/hub/api/nothing", Status: 404, Message: "Not Found"},
		{Name: "unknown path, POST with a form", Method: "POST", Path: "/hub/api/nothing", Body: "a=b", Status: 404},
		{Name: "unknown path, OPTIONS", Method: "OPTIONS", Path: "/hub/api/nothing", Status: 404},
		{Name: "trailing slash", Method: "GET", Path: "/hub/api/users/", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "double slash", Method: "GET", Path: "/hub/api//users", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "dots", Method: "GET", Path: "/hub/api/users/../info", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "wrong method", Method: "PUT", Path: "/hub/api/users", As: []httpapitest.Asker{admin}, Status: 405, Message: "Method Not Allowed"},
		{Name: "HEAD", Method: "HEAD", Path: "/hub/api/users", As: []httpapitest.Asker{admin}, Status: 405},
		{Name: "HEAD of the version", Method: "HEAD", Path: "/hub/api", Status: 405},
		{Name: "OPTIONS", Method: "OPTIONS", Path: "/hub/api/users/ann/server", Status: 200},
	})

	w := h.Do("GET", "/hub/api/", "")
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("the version's Access-Control-Allow-Origin is %q", got)
	}
	if got := w.Header().Get("Cross-Origin-Resource-Policy"); got != "" {
		t.Errorf("the version's Cross-Origin-Resource-Policy is %q", got)
	}
	w = h.Do("OPTIONS", "/hub/api/users", "")
	if got := w.Header().Get("Access-Control-Allow-Headers"); got != "accept, content-type, authorization" || w.Body.Len() > 0 {
		t.Errorf("OPTIONS: %q, body %q", got, w.Body)
	}
	w = h.Do("GET", "/hub/api/user", "", person)
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
	h := httpapitest.New(t)
	_ = h.DB.Close()
	h.Run(t, []httpapitest.Scenario{
		{Name: "not ready", Method: "GET", Path: "/hub/health/ready", Status: 503, Message: "database"},
		{Name: "alive", Method: "GET", Path: "/hub/health", Status: 200},
	})
}

// What watches the hub learns of a full disk; which one is for those who may know.
func TestReadyFailsWhileTheDiskIsFull(t *testing.T) {
	h := httpapitest.New(t)
	full := true
	h.App.OnFull(func() (servers.FullDisk, bool) { return servers.FullDisk{Path: "/srv/class"}, full })
	h.Run(t, []httpapitest.Scenario{
		{Name: "not ready", Method: "GET", Path: "/hub/health/ready", Status: 503, Message: "The disk is full"},
		{Name: "alive", Method: "GET", Path: "/hub/health", Status: 200},
	})
	if w := h.Do("GET", "/hub/health/ready", ""); strings.Contains(w.Body.String(), "/srv") {
		t.Errorf("everybody learns where: %s", w.Body)
	}
	full = false
	h.Run(t, []httpapitest.Scenario{{Name: "ready again", Method: "GET", Path: "/hub/health/ready", Status: 200}})
}

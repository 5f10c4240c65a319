package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/servers"
)

// A scenario is one request and its answer. Those of a table run one after the
// other on one hub.
type scenario struct {
	name    string
	method  string
	path    string
	body    string
	as      []asker
	status  int
	message string // of an error, or a part of it
	want    string // JSON object: each of its keys must be in the answer with that value
}

func (h *testHub) run(t *testing.T, scenarios []scenario) {
	t.Helper()
	h.t = t
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			w := h.do(c.method, c.path, c.body, c.as...)
			if w.Code != c.status {
				t.Fatalf("%s %s: %d %s, want %d", c.method, c.path, w.Code, w.Body, c.status)
			}
			if w.Code >= 400 {
				if got := message(t, w); !strings.Contains(got, c.message) {
					t.Errorf("message %q, want %q in it", got, c.message)
				}
			}
			if c.want != "" {
				contains(t, w.Body.Bytes(), c.want)
			}
			if got := w.Header().Get("X-Jupyterhub-Version"); got != "6.1.1" {
				t.Errorf("X-JupyterHub-Version is %q", got)
			}
			if w.Header().Get("X-Request-Id") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers are missing: %v", w.Header())
			}
		})
	}
}

func contains(t *testing.T, body []byte, want string) {
	t.Helper()
	var got, part map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if err := json.Unmarshal([]byte(want), &part); err != nil {
		t.Fatal(err)
	}
	have := map[string]any{}
	for key := range part {
		if value, ok := got[key]; ok {
			have[key] = value
		}
	}
	if diff := cmp.Diff(part, have); diff != "" {
		t.Errorf("answer differs (-want +got):\n%s", diff)
	}
}

const (
	noCredentials = "Missing or invalid credentials."
	noAccess      = "No access to resources or resources not found"
	badJSON       = "Invalid JSON in body of request"
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

func TestOutsideTheHub(t *testing.T) {
	for base, cases := range map[string][][2]string{
		"/": {
			{"/", "/hub/"}, {"/hub", "/hub/"}, {"/user/ann/lab?a=b", "/hub/user/ann/lab?a=b"}, {"//evil.example/", "/hub//evil.example/"},
			{"/user/a%2Fb/", "/hub/user/a%2Fb/"},
		},
		"/jhub/": {{"/", "/jhub/hub/"}, {"/jhub/", "/jhub/hub/"}, {"/jhub/hub", "/jhub/hub/"}, {"/else", "/jhub/hub/else"}, {"/jhub/user/x", "/jhub/hub/user/x"}},
	} {
		h := newTestHub(t, func(c *app.Config, _ *Options) { c.Base = base })
		for _, c := range cases {
			w := h.do("GET", "http://example.com"+c[0], "")
			if got := w.Header().Get("Location"); w.Code != 302 || got != c[1] {
				t.Errorf("base %s: %s leads to %d %q, want %q", base, c[0], w.Code, got, c[1])
			}
			if w := h.do("POST", "http://example.com"+c[0], ""); w.Code != 405 {
				t.Errorf("base %s: POST %s is %d", base, c[0], w.Code)
			}
		}
		if w := h.do("GET", base+"hub/api", ""); w.Code != 200 {
			t.Errorf("base %s: the API's root is %d", base, w.Code)
		}
	}
}

func TestETag(t *testing.T) {
	h := newTestHub(t)
	ann := bearer(h.token(h.user("ann", false)))
	w := h.do("GET", "/hub/api/user", "", ann)
	tag := w.Header().Get("Etag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	for _, sent := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if w := h.do("GET", "/hub/api/user", "", ann, header("If-None-Match", sent)); w.Code != 304 || w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d %s", sent, w.Code, w.Body)
		}
	}
	if w := h.do("GET", "/hub/api/user", "", ann, header("If-None-Match", `"other"`)); w.Code != 200 {
		t.Errorf("another tag: %d", w.Code)
	}
}

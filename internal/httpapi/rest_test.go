package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
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

func TestSelf(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", false)
	h.run(t, []scenario{
		{name: "nobody", method: "GET", path: "/hub/api/user", status: 403},
		{name: "bad token", method: "GET", path: "/hub/api/user", as: []asker{bearer("wrong")}, status: 403},
		{
			name: "by token", method: "GET", path: "/hub/api/user", as: []asker{bearer(h.token(ann))}, status: 200,
			want: `{"kind": "user", "name": "ann", "admin": false, "groups": [], "roles": ["user"], "server": null, "pending": null,
				"user_info": null, "session_id": null, "servers": {}, "token_id": "a1"}`,
		},
		{name: "by cookie", method: "GET", path: "/hub/api/user", as: []asker{h.browser(ann)}, status: 200, want: `{"token_id": null, "session_id": null}`},
		{
			name: "a token without scopes still identifies", method: "GET", path: "/hub/api/user", as: []asker{bearer(h.token(ann, []string{}...))}, status: 200,
			want: `{"kind": "user", "name": "ann", "admin": false, "groups": []}`,
		},
		{name: "bearer", method: "GET", path: "/hub/api/user", as: []asker{header("Authorization", "BEARER "+h.token(ann))}, status: 200},
		{name: "two words", method: "GET", path: "/hub/api/user", as: []asker{header("Authorization", "token "+h.token(ann)+" x")}, status: 403},
		{name: "basic", method: "GET", path: "/hub/api/user", as: []asker{header("Authorization", "Basic "+h.token(ann))}, status: 403},
		{name: "in the query", method: "GET", path: "/hub/api/user?token=" + h.token(ann), status: 403},
		{name: "bad token, good cookies", method: "GET", path: "/hub/api/user", as: []asker{bearer("wrong"), h.browser(ann)}, status: 200},
		{
			name: "a planted cookie before the real one", method: "GET", path: "/hub/api/user", status: 200,
			as: []asker{header("Cookie", SessionCookie+"=planted; "+LoginCookie+"=planted"), h.browser(ann)},
		},
	})
	w := h.do("GET", "/hub/api/user", "", bearer(h.token(ann, "read:servers!user")))
	got := jsonBody[map[string]any](t, w)
	if diff := cmp.Diff([]any{"read:servers!user=ann", "read:users:groups!user=ann", "read:users:name!user=ann"}, got["scopes"]); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if _, ok := got["created"]; ok {
		t.Errorf("without read:users there must be no created: %v", got)
	}
}

func TestUsers(t *testing.T) {
	h := newTestHub(t)
	root := h.user("root", true)
	h.update(func(ctx context.Context, tx app.Tx) error {
		_, err := tx.CreateUsers(ctx, []string{"ann", "bob"}, false)
		return err
	})
	ann := h.userNamed("ann")
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	deputy := bearer(h.token(root, "read:users!user=ann"))
	h.run(t, []scenario{
		{name: "list for nobody", method: "GET", path: "/hub/api/users", status: 403, message: noCredentials},
		{name: "list for a person", method: "GET", path: "/hub/api/users", as: []asker{person}, status: 403, message: "requires any of [list:users]"},
		{name: "list, bad state", method: "GET", path: "/hub/api/users?state=odd", as: []asker{admin}, status: 400, message: "Unrecognized state filter"},
		{name: "list, bad state, for a person", method: "GET", path: "/hub/api/users?state=odd", as: []asker{person}, status: 403},
		{name: "list, bad sort", method: "GET", path: "/hub/api/users?sort=--id", as: []asker{admin}, status: 400, message: "sort must be"},
		{name: "list, sort by servers", method: "GET", path: "/hub/api/users?sort=servers", as: []asker{admin}, status: 400},
		{name: "list, bad offset", method: "GET", path: "/hub/api/users?offset=x", as: []asker{admin}, status: 400, message: "must be integers"},
		{name: "list, bad limit", method: "GET", path: "/hub/api/users?limit=1.5", as: []asker{admin}, status: 400},
		{name: "list, bad filter", method: "GET", path: "/hub/api/users?name_filter=%ff", as: []asker{admin}, status: 400},
		{name: "list with a filter that isn't for lists", method: "GET", path: "/hub/api/users", as: []asker{bearer(h.token(root, "list:users!server=ann/"))}, status: 403, message: "Forbidden"},

		{name: "create", method: "POST", path: "/hub/api/users", body: `{"usernames": ["Cyd ", "cyd", "ann"]}`, as: []asker{admin}, status: 201},
		{name: "all there", method: "POST", path: "/hub/api/users", body: `{"usernames": ["ann", "bob"]}`, as: []asker{admin}, status: 409, message: "All 2 users already exist"},
		{name: "one bad name", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan", "a/b"]}`, as: []asker{admin}, status: 400, message: "Invalid username: a/b"},
		{name: "bad names", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan", "a/b", ""]}`, as: []asker{admin}, status: 400, message: "Invalid usernames: a/b, "},
		{name: "and nothing was made", method: "GET", path: "/hub/api/users/dan", as: []asker{admin}, status: 404},
		{name: "no names", method: "POST", path: "/hub/api/users", body: `{"usernames": []}`, as: []asker{admin}, status: 400, message: "Must specify at least one user to create"},
		{name: "no body", method: "POST", path: "/hub/api/users", as: []asker{admin}, status: 400, message: "Must specify at least one user"},
		{name: "a list", method: "POST", path: "/hub/api/users", body: `["dan"]`, as: []asker{admin}, status: 400, message: "Must specify at least one user"},
		{name: "names that are text", method: "POST", path: "/hub/api/users", body: `{"usernames": "dan"}`, as: []asker{admin}, status: 400},
		{name: "names that are numbers", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan", 5]}`, as: []asker{admin}, status: 400, message: "item 2"},
		{name: "unknown key", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan"], "color": "sekrit"}`, as: []asker{admin}, status: 400, message: "Invalid JSON keys: 'color'"},
		{name: "a key of other case", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan"], "Admin": true}`, as: []asker{admin}, status: 400, message: "Invalid JSON keys"},
		{name: "admin that is text", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan"], "admin": "yes"}`, as: []asker{admin}, status: 400},
		{name: "not JSON", method: "POST", path: "/hub/api/users", body: `{"usernames"`, as: []asker{admin}, status: 400, message: badJSON},
		{name: "not UTF-8", method: "POST", path: "/hub/api/users", body: "{\"usernames\": [\"d\xff\"]}", as: []asker{admin}, status: 400, message: badJSON},
		{name: "not JSON, for a person", method: "POST", path: "/hub/api/users", body: `{"usernames"`, as: []asker{person}, status: 403, message: "requires any of [admin:users]"},
		{name: "not JSON, for nobody", method: "POST", path: "/hub/api/users", body: `{"usernames"`, status: 403, message: noCredentials},
		{name: "too deep", method: "POST", path: "/hub/api/users", body: strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), as: []asker{admin}, status: 400, message: badJSON},
		{name: "too large", method: "POST", path: "/hub/api/users", body: strings.Repeat(" ", maxBody+1), as: []asker{admin}, status: 413, message: "larger than 10485760 bytes"},
		{name: "create for a person", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan"]}`, as: []asker{person}, status: 403},
		{
			name: "a filtered scope is not enough without a resource", method: "POST", path: "/hub/api/users", body: `{"usernames": ["dan"]}`,
			as: []asker{bearer(h.token(root, "admin:users!user=dan"))}, status: 403,
		},

		{name: "get", method: "GET", path: "/hub/api/users/ann", as: []asker{admin}, status: 200, want: `{"name": "ann", "kind": "user", "auth_state": null}`},
		{name: "get oneself", method: "GET", path: "/hub/api/users/ann", as: []asker{person}, status: 200, want: `{"name": "ann"}`},
		{name: "get by another spelling", method: "GET", path: "/hub/api/users/%20ANN", as: []asker{admin}, status: 200, want: `{"name": "ann"}`},
		{name: "get another", method: "GET", path: "/hub/api/users/bob", as: []asker{person}, status: 404, message: noAccess},
		{name: "get one who is not there", method: "GET", path: "/hub/api/users/zed", as: []asker{person}, status: 404, message: noAccess},
		{name: "get a slash", method: "GET", path: "/hub/api/users/a%2Fb", as: []asker{admin}, status: 404, message: "Not Found"},
		{name: "get a path", method: "GET", path: "/hub/api/users/%2e%2e", as: []asker{admin}, status: 404},
		{name: "get a NUL", method: "GET", path: "/hub/api/users/a%00", as: []asker{admin}, status: 404},
		{name: "get what isn't UTF-8", method: "GET", path: "/hub/api/users/%ff", as: []asker{admin}, status: 404},
		{name: "plus is no space", method: "GET", path: "/hub/api/users/ann+", as: []asker{admin}, status: 404, message: "Not Found"},
		{name: "get with a filter", method: "GET", path: "/hub/api/users/ann", as: []asker{deputy}, status: 200, want: `{"name": "ann"}`},
		{name: "get with another filter", method: "GET", path: "/hub/api/users/bob", as: []asker{deputy}, status: 404, message: noAccess},
		{name: "get without a scope", method: "GET", path: "/hub/api/users/ann", as: []asker{bearer(h.token(root, "read:hub"))}, status: 404, message: noAccess},
		{name: "get for nobody", method: "GET", path: "/hub/api/users/zed", status: 403, message: noCredentials},

		{name: "create one", method: "POST", path: "/hub/api/users/%C3%84nne", as: []asker{admin}, status: 201, want: `{"name": "änne", "admin": false}`},
		{name: "create one again", method: "POST", path: "/hub/api/users/%C3%A4nne", as: []asker{admin}, status: 409, message: "already exists"},
		{name: "create an administrator", method: "POST", path: "/hub/api/users/eve", body: `{"admin": true}`, as: []asker{admin}, status: 201, want: `{"admin": true, "roles": ["admin", "user"]}`},
		{name: "create with a bad body", method: "POST", path: "/hub/api/users/fay", body: `[1]`, as: []asker{admin}, status: 400},
		{name: "create with a bad name", method: "POST", path: "/hub/api/users/a%2Fb", as: []asker{admin}, status: 400, message: "Invalid username"},

		{name: "patch nothing", method: "PATCH", path: "/hub/api/users/bob", body: `{}`, as: []asker{admin}, status: 200, want: `{"name": "bob", "auth_state": null}`},
		{name: "patch without a body", method: "PATCH", path: "/hub/api/users/bob", as: []asker{admin}, status: 400},
		{name: "patch an unknown key", method: "PATCH", path: "/hub/api/users/bob", body: `{"colour": 1}`, as: []asker{admin}, status: 400, message: "colour"},
		{name: "patch groups", method: "PATCH", path: "/hub/api/users/bob", body: `{"groups": []}`, as: []asker{admin}, status: 400, message: "groups"},
		{name: "patch must_change_password", method: "PATCH", path: "/hub/api/users/bob", body: `{"must_change_password": true}`, as: []asker{admin}, status: 400, message: "must_change_password"},
		{name: "patch a name that is a number", method: "PATCH", path: "/hub/api/users/bob", body: `{"name": 5}`, as: []asker{admin}, status: 400, message: "name must be a string"},
		{name: "rename", method: "PATCH", path: "/hub/api/users/bob", body: `{"name": "Bobby"}`, as: []asker{admin}, status: 200, want: `{"name": "bobby"}`},
		{name: "the old name is gone", method: "GET", path: "/hub/api/users/bob", as: []asker{admin}, status: 404},
		{name: "rename to one who is there", method: "PATCH", path: "/hub/api/users/bobby", body: `{"name": "ann"}`, as: []asker{admin}, status: 400, message: "username must be unique"},
		{name: "rename to a bad name", method: "PATCH", path: "/hub/api/users/bobby", body: `{"name": "a/b"}`, as: []asker{admin}, status: 400, message: "Invalid username"},
		{name: "suspend", method: "PATCH", path: "/hub/api/users/bobby", body: `{"suspended": true}`, as: []asker{admin}, status: 200, want: `{"suspended": true}`},
		{name: "patch one who is not there", method: "PATCH", path: "/hub/api/users/zed", body: `{`, as: []asker{admin}, status: 404},
		{name: "patch for a person", method: "PATCH", path: "/hub/api/users/ann", body: `{"admin": true}`, as: []asker{person}, status: 403, message: "requires any of [admin:users]"},

		{name: "revoke", method: "POST", path: "/hub/api/users/ann/revoke", as: []asker{admin}, status: 204},
		{name: "and the token is nobody's", method: "GET", path: "/hub/api/user", as: []asker{person}, status: 403},

		{name: "delete oneself", method: "DELETE", path: "/hub/api/users/root", as: []asker{admin}, status: 400, message: "Cannot delete yourself!"},
		{name: "delete", method: "DELETE", path: "/hub/api/users/bobby", as: []asker{admin}, status: 204},
		{name: "delete again", method: "DELETE", path: "/hub/api/users/bobby", as: []asker{admin}, status: 404},
	})
}

func (h *testHub) userNamed(name string) (u hub.User) {
	h.t.Helper()
	err := h.db.View(h.t.Context(), func(tx app.Tx) (err error) {
		u, err = tx.UserByName(h.t.Context(), name)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

func TestUserModelByScope(t *testing.T) {
	h := newTestHub(t)
	root := h.user("root", true)
	h.user("ann", false)
	for scope, keys := range map[string]string{
		"read:users":          "admin created groups kind last_activity name pending roles server suspended user_info",
		"read:users:name":     "admin kind name user_info",
		"read:users:groups":   "groups kind name",
		"read:users:activity": "kind last_activity name",
		"read:roles:users":    "admin kind name roles",
		"read:servers":        "admin kind name servers user_info", // it includes read:users:name
	} {
		w := h.do("GET", "/hub/api/users/ann", "", bearer(h.token(root, scope)))
		got := slices.Sorted(maps.Keys(jsonBody[map[string]any](t, w)))
		if want := strings.Fields(keys); !slices.Equal(got, want) {
			t.Errorf("%s shows %v, want %v", scope, got, want)
		}
	}
}

func TestUserListPages(t *testing.T) {
	h := newTestHub(t)
	root := h.user("root", true)
	var names []string
	for i := range 60 {
		names = append(names, "s"+string(rune('a'+i/10))+string(rune('0'+i%10)))
	}
	h.update(func(ctx context.Context, tx app.Tx) error {
		_, err := tx.CreateUsers(ctx, names, false)
		return err
	})
	admin, paged := bearer(h.token(root)), header("Accept", "text/html, Application/JupyterHub-Pagination+JSON")

	list := jsonBody[[]map[string]any](t, h.do("GET", "/hub/api/users", "", admin))
	if len(list) != 61 || list[0]["name"] != "root" || list[60]["name"] != "sf9" {
		t.Errorf("the whole list has %d", len(list))
	}
	type page struct {
		Items      []map[string]any
		Pagination struct {
			Offset, Limit, Total int
			Next                 *struct {
				Offset, Limit int
				URL           string
			}
		} `json:"_pagination"`
	}
	first := jsonBody[page](t, h.do("GET", "http://hub.example/hub/api/users?name_filter=S&include_stopped_servers&sort=-name", "", admin, paged))
	p := first.Pagination
	if len(first.Items) != 50 || p.Offset != 0 || p.Limit != 50 || p.Total != 60 || p.Next == nil || first.Items[0]["name"] != "sf9" {
		t.Fatalf("first page: %d items, %+v", len(first.Items), p)
	}
	next, err := url.Parse(p.Next.URL)
	if err != nil || next.Host != "hub.example" || next.Path != "/hub/api/users" || p.Next.Offset != 50 || p.Next.Limit != 50 {
		t.Fatalf("next is %+v, %v", p.Next, err)
	}
	if q := next.Query(); q.Get("name_filter") != "S" || !q.Has("include_stopped_servers") || q.Get("sort") != "-name" || q.Get("offset") != "50" {
		t.Errorf("next's query is %s", next.RawQuery)
	}
	second := jsonBody[page](t, h.do("GET", p.Next.URL, "", admin, paged))
	if len(second.Items) != 10 || second.Pagination.Next != nil {
		t.Errorf("second page: %d items, next %v", len(second.Items), second.Pagination.Next)
	}
	if w := h.do("GET", "/hub/api/users?limit=0&offset=-2", "", admin); len(jsonBody[[]any](t, w)) != 1 {
		t.Errorf("limit 0 is one: %s", w.Body)
	}
	if w := h.do("GET", "/hub/api/users?offset=99999999999999999999", "", admin); w.Code != 400 {
		t.Errorf("an offset beyond all numbers is %d", w.Code)
	}
	if w := h.do("GET", "/hub/api/users", "", bearer(h.token(root, "list:users!user=sa0", "list:users!user=sa1"))); len(jsonBody[[]any](t, w)) != 2 {
		t.Errorf("a filtered scope sees %s", w.Body)
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

func TestTokens(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.password(ann, "correct horse")
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	const path = "/hub/api/users/ann/tokens"
	h.run(t, []scenario{
		{
			name: "create", method: "POST", path: path, as: []asker{person}, status: 201,
			want: `{"user": "ann", "kind": "api_token", "roles": [], "note": "Requested via api", "expires_at": null, "oauth_client": "JupyterHub", "id": "a3", "session_id": null}`,
		},
		{name: "create for another", method: "POST", path: path, as: []asker{admin}, status: 201, want: `{"user": "ann", "note": "Requested via api by user root"}`},
		{name: "create with all", method: "POST", path: path, body: `{"note": "n", "expires_in": 60, "scopes": ["read:users!user"]}`, as: []asker{person}, status: 201, want: `{"note": "n", "expires_at": "2026-11-22T08:01:00Z"}`},
		{name: "no scopes", method: "POST", path: path, body: `{"scopes": []}`, as: []asker{person}, status: 201},
		{name: "at once", method: "POST", path: path, body: `{"expires_in": 0}`, as: []asker{person}, status: 400, message: "expires_in must be a positive integer or null, not 0"},
		{name: "true is one", method: "POST", path: path, body: `{"expires_in": true}`, as: []asker{person}, status: 201, want: `{"expires_at": "2026-11-22T08:00:01Z"}`},
		{name: "nulls", method: "POST", path: path, body: `{"expires_in": null, "note": null, "scopes": null, "roles": null}`, as: []asker{person}, status: 201},
		{name: "role", method: "POST", path: path, body: `{"roles": ["token"]}`, as: []asker{person}, status: 201, want: `{"roles": []}`},
		{name: "not an object", method: "POST", path: path, body: `["x"]`, as: []asker{person}, status: 400, message: "Body must be a JSON dict or empty"},
		{name: "bad scope", method: "POST", path: path, body: `{"scopes": ["nope"]}`, as: []asker{person}, status: 400},
		{name: "scope that is a number", method: "POST", path: path, body: `{"scopes": [1]}`, as: []asker{person}, status: 400, message: "token scopes must be null or a list of strings"},
		{name: "bad role", method: "POST", path: path, body: `{"roles": ["nope"]}`, as: []asker{person}, status: 400},
		{name: "both", method: "POST", path: path, body: `{"roles": ["token"], "scopes": []}`, as: []asker{person}, status: 400, message: "not both"},
		{name: "beyond the owner", method: "POST", path: path, body: `{"scopes": ["admin:users"]}`, as: []asker{admin}, status: 400, message: "Not assigning requested scopes"},
		{name: "fraction", method: "POST", path: path, body: `{"expires_in": 1.5}`, as: []asker{person}, status: 400, message: "must be null or integer"},
		{name: "negative", method: "POST", path: path, body: `{"expires_in": -1}`, as: []asker{person}, status: 400},
		{name: "too long", method: "POST", path: path, body: `{"expires_in": 99999999999}`, as: []asker{person}, status: 400},
		{name: "beyond all numbers", method: "POST", path: path, body: `{"expires_in": 99999999999999999999999}`, as: []asker{person}, status: 400},
		{name: "a NUL in the note", method: "POST", path: path, body: `{"note": "a\u0000"}`, as: []asker{person}, status: 400},
		{name: "a note that is a number", method: "POST", path: path, body: `{"note": 5}`, as: []asker{person}, status: 400},
		{name: "for one who is not there", method: "POST", path: "/hub/api/users/zed/tokens", as: []asker{admin}, status: 403, message: "not found or no permissions"},
		{name: "for another without the right", method: "POST", path: "/hub/api/users/root/tokens", as: []asker{person}, status: 403},
		{name: "for another without the right, bad body", method: "POST", path: "/hub/api/users/root/tokens", body: `{"note": 5}`, as: []asker{person}, status: 403},
		{name: "nobody", method: "POST", path: path, status: 403},
		{name: "nobody, much", method: "POST", path: path, body: `{"auth": "` + strings.Repeat("x", maxAnonymousBody) + `"}`, status: 413},
		{name: "nobody, bad JSON", method: "POST", path: path, body: `{`, status: 400, message: badJSON},

		{name: "password", method: "POST", path: path, body: `{"auth": {"username": "Ann", "password": "correct horse"}}`, status: 201, want: `{"user": "ann", "note": "Requested via api"}`},
		{
			name: "password from a browser needs no XSRF", method: "POST", path: path, body: `{"auth": {"username": "ann", "password": "correct horse"}}`,
			as: []asker{header("Origin", "http://example.com")}, status: 201,
		},
		{
			name: "password from another site", method: "POST", path: path, body: `{"auth": {"username": "ann", "password": "correct horse"}}`,
			as: []asker{header("Origin", "http://evil.example")}, status: 403,
		},
		{name: "wrong password", method: "POST", path: path, body: `{"auth": {"username": "ann", "password": "wrong"}}`, status: 403, message: "Forbidden"},
		{name: "odd auth", method: "POST", path: path, body: `{"auth": "ann"}`, status: 403},
		{name: "odd password", method: "POST", path: path, body: `{"auth": {"username": "ann", "password": 5}}`, status: 403},
		{name: "password for another", method: "POST", path: "/hub/api/users/root/tokens", body: `{"auth": {"username": "ann", "password": "correct horse"}}`, status: 403},

		{name: "get", method: "GET", path: path + "/a2", as: []asker{person}, status: 200, want: `{"id": "a2", "note": "test"}`},
		{name: "get another's", method: "GET", path: path + "/a1", as: []asker{person}, status: 404},
		{name: "get a bad id", method: "GET", path: path + "/2", as: []asker{person}, status: 404},
		{name: "get an odd id", method: "GET", path: path + "/axx", as: []asker{person}, status: 404},
		{name: "get for nobody", method: "GET", path: path + "/a2", status: 403, message: noCredentials},
		{name: "list another's", method: "GET", path: "/hub/api/users/root/tokens", as: []asker{person}, status: 404, message: noAccess},
		{name: "list with slash", method: "GET", path: path + "/", as: []asker{person}, status: 404},
		{name: "delete", method: "DELETE", path: path + "/a3", as: []asker{person}, status: 204},
		{name: "delete again", method: "DELETE", path: path + "/a3", as: []asker{person}, status: 404},
		{name: "delete one's own", method: "DELETE", path: path + "/a2", as: []asker{person}, status: 204},
		{name: "it works no more", method: "GET", path: "/hub/api/user", as: []asker{person}, status: 403},
	})
	list := jsonBody[struct {
		Tokens []map[string]any `json:"api_tokens"`
	}](t, h.do("GET", path, "", admin))
	if len(list.Tokens) == 0 {
		t.Fatal("no tokens")
	}
	for _, token := range list.Tokens {
		if _, shown := token["token"]; shown {
			t.Errorf("a list shows a secret: %v", token)
		}
	}
	w := h.do("POST", path, `{"auth": {"username": "ann", "password": "correct horse"}}`)
	made := jsonBody[map[string]any](t, w)["token"].(string)
	if w.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(made, hub.TokenPrefix) || len(w.Header()["Set-Cookie"]) > 0 {
		t.Errorf("%v", w.Header())
	}
	if w := h.do("GET", "/hub/api/user", "", bearer(made)); w.Code != 200 {
		t.Errorf("the new token: %d", w.Code)
	}
	if log := h.log.String(); strings.Contains(log, made) || strings.Contains(log, "correct horse") {
		t.Error("a secret is in the log")
	}
}

func TestThrottledPasswords(t *testing.T) {
	h := newTestHub(t)
	h.password(h.user("ann", false), "correct horse")
	const path, wrong = "/hub/api/users/ann/tokens", `{"auth": {"username": "ann", "password": "wrong"}}`
	for range 100 {
		w := h.do("POST", path, wrong)
		if w.Code == http.StatusTooManyRequests {
			if w.Header().Get("Retry-After") == "" || w.Header().Get("Retry-After") == "0" {
				t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
			}
			message(t, w)
			return
		}
	}
	t.Error("100 wrong passwords, and never 429")
}

func TestServers(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.user("bob", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	const server, named = "/hub/api/users/ann/server", "/hub/api/users/ann/servers/"
	h.run(t, []scenario{
		{
			name: "never started", method: "GET", path: server, as: []asker{person}, status: 200,
			want: `{"name": "", "full_name": "ann/", "started": null, "pending": null, "ready": false, "stopped": true, "url": "/user/ann/",
				"user_options": null, "progress_url": "/hub/api/users/ann/server/progress", "full_url": null, "full_progress_url": null,
				"phase": "stopped", "failure": null, "queue_place": null}`,
		},
		{name: "by an empty name", method: "GET", path: named, as: []asker{person}, status: 200, want: `{"name": ""}`},
		{name: "no such", method: "GET", path: named + "x", as: []asker{person}, status: 404},
		{name: "another's", method: "GET", path: "/hub/api/users/bob/server", as: []asker{person}, status: 404, message: noAccess},
		{name: "nobody's", method: "GET", path: "/hub/api/users/zed/server", as: []asker{person}, status: 404, message: noAccess},
		{name: "of one who is not there", method: "GET", path: "/hub/api/users/zed/server", as: []asker{admin}, status: 404, message: "Not Found"},
		{name: "for nobody", method: "GET", path: server, status: 403, message: noCredentials},
		{name: "progress of what does not start", method: "GET", path: server + "/progress", as: []asker{person}, status: 404, message: "is not starting"},
		{name: "progress of no such", method: "GET", path: named + "x/progress", as: []asker{person}, status: 404},
		{name: "stop what does not run", method: "DELETE", path: server, as: []asker{person}, status: 204},

		{name: "start, bad JSON", method: "POST", path: server, body: `{`, as: []asker{person}, status: 400, message: badJSON},
		{name: "start, a list", method: "POST", path: server, body: `[1]`, as: []asker{person}, status: 400, message: "Body must be a JSON object"},
		{name: "start, bad options", method: "POST", path: server, body: `{"user_options": []}`, as: []asker{person}, status: 400, message: "user_options"},
		{name: "start, bad display name", method: "POST", path: named + "x", body: `{"display_name": null}`, as: []asker{person}, status: 400, message: "display_name"},
		{name: "start another's, bad JSON", method: "POST", path: "/hub/api/users/bob/server", body: `{`, as: []asker{person}, status: 404, message: noAccess},
		{name: "start for nobody", method: "POST", path: server, status: 403, message: noCredentials},
		{name: "start", method: "POST", path: server, body: `{"profile": "big", "image": 1}`, as: []asker{person}, status: 202},
		{name: "start again", method: "POST", path: server, as: []asker{person}, status: 202},
		{name: "options are kept", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"user_options": {"profile": "big", "image": 1}, "pending": "spawn", "phase": "queued", "queue_place": 1}`},
		{name: "start a named one", method: "POST", path: named + "lab-2", body: `{"display_name": "My lab", "user_options": {"a": 1}}`, as: []asker{person}, status: 202},
		{
			name: "named", method: "GET", path: named + "LAB-2", as: []asker{person}, status: 200,
			want: `{"name": "lab-2", "display_name": "My lab", "full_name": "ann/lab-2", "url": "/user/ann/lab-2/", "user_options": {"a": 1},
				"progress_url": "/hub/api/users/ann/servers/lab-2/progress", "queue_place": 2}`,
		},
		{name: "bad name", method: "POST", path: named + "a_b", as: []asker{person}, status: 400, message: "Invalid server_name"},
		{name: "bad name with a slash", method: "POST", path: named + "a%2Fb", as: []asker{person}, status: 400, message: "Invalid server_name"},
		{name: "a second named one", method: "POST", path: named + "two", as: []asker{person}, status: 202},
		{name: "one too many", method: "POST", path: named + "three", as: []asker{person}, status: 400, message: "already has the maximum of 2 named servers"},
		{name: "remove the default one", method: "DELETE", path: server, body: `{"remove": true}`, as: []asker{person}, status: 400, message: "Cannot delete the default server"},
		{name: "odd remove", method: "DELETE", path: server, body: `{"remove": "yes"}`, as: []asker{person}, status: 400},
		{name: "stop no such", method: "DELETE", path: named + "x", as: []asker{person}, status: 404, message: "has no server named 'x'"},
		{name: "stop another's", method: "DELETE", path: "/hub/api/users/bob/server", as: []asker{person}, status: 404, message: noAccess},
		{name: "stop", method: "DELETE", path: named + "two", body: `{"remove": true}`, as: []asker{person}, status: 202},
		{name: "start while it stops", method: "POST", path: named + "two", as: []asker{person}, status: 400, message: "pending stop"},
	})

	run := h.begin(h.serverOf(ann, ""))
	h.ready(run)
	h.run(t, []scenario{
		{name: "ready", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"ready": true, "stopped": false, "pending": null, "started": "2026-11-22T08:00:00Z"}`},
		{name: "start what runs", method: "POST", path: server, as: []asker{person}, status: 400, message: "ann/ is already running"},
		{name: "of the person", method: "GET", path: "/hub/api/users/ann", as: []asker{person}, status: 200, want: `{"server": "/user/ann/", "pending": null}`},
		{name: "stop it", method: "DELETE", path: server, as: []asker{person}, status: 202},
		{name: "stop it again", method: "DELETE", path: server, as: []asker{person}, status: 202},
	})
	h.end(run, hub.EventStopped, "")
	h.end(h.serverOf(ann, "two"), hub.EventStopped, "")
	h.run(t, []scenario{
		{name: "stopped", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"stopped": true, "user_options": {"profile": "big", "image": 1}}`},
		{name: "removed", method: "GET", path: named + "two", as: []asker{person}, status: 404},
	})
}

func TestServersOfAUser(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.PublicURL = "https://hub.example" })
	root, ann := h.user("root", true), h.user("ann", false)
	person, admin := bearer(h.token(ann)), bearer(h.token(root))
	h.do("POST", "/hub/api/users/ann/servers/x", "", person)
	type answer struct{ Servers map[string]map[string]any }
	names := func(query string, as asker) []string {
		got := jsonBody[answer](t, h.do("GET", "/hub/api/users/ann"+query, "", as))
		return slices.Sorted(maps.Keys(got.Servers))
	}
	for query, want := range map[string][]string{
		"": {"x"}, "?include_stopped_servers=0": {"x"}, "?include_stopped_servers=False": {"x"},
		"?include_stopped_servers": {"", "x"}, "?include_stopped_servers=1": {"", "x"},
	} {
		if got := names(query, person); !slices.Equal(got, want) {
			t.Errorf("%q shows %q, want %q", query, got, want)
		}
	}
	got := jsonBody[answer](t, h.do("GET", "/hub/api/users/ann", "", admin)).Servers["x"]
	if got["full_url"] != "https://hub.example/user/ann/x/" || got["full_progress_url"] != "https://hub.example/hub/api/users/ann/servers/x/progress" {
		t.Errorf("full URLs: %v, %v", got["full_url"], got["full_progress_url"])
	}
	if _, ok := got["state"]; !ok {
		t.Error("an administrator sees no state")
	}
	if _, ok := jsonBody[answer](t, h.do("GET", "/hub/api/users/ann", "", person)).Servers["x"]["state"]; ok {
		t.Error("a person sees the state")
	}
}

func TestStartWaitsForTheServer(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.SlowStart, o.SlowStop = time.Minute, time.Minute })
	ann := h.user("ann", false)
	person := bearer(h.token(ann))
	type result struct {
		code int
		text string
	}
	request := func(method string, act func(s hub.Server)) result {
		out := make(chan result, 1)
		go func() {
			w := h.do(method, "/hub/api/users/ann/server", "", person)
			out <- result{w.Code, w.Body.String()}
		}()
		want := hub.Queued
		if method == "DELETE" {
			want = hub.Stopping
		}
		var s hub.Server
		eventually(t, "the server is "+string(want), func() bool {
			_ = h.db.View(t.Context(), func(tx app.Tx) (err error) {
				s, err = tx.Server(t.Context(), ann.ID, "")
				return err
			})
			return s.Phase == want
		})
		act(s)
		return <-out
	}
	if got := request("POST", func(s hub.Server) { h.ready(h.begin(s)) }); got.code != 201 || got.text != "" {
		t.Errorf("a start that succeeds: %+v", got)
	}
	if got := request("DELETE", func(s hub.Server) { h.end(s, hub.EventStopped, "") }); got.code != 204 {
		t.Errorf("a stop: %+v", got)
	}
	got := request("POST", func(s hub.Server) { h.end(h.begin(s), hub.EventFailed, "The disk is full.") })
	if got.code != 500 || got.text != `{"status":500,"message":"The disk is full."}` {
		t.Errorf("a start that fails: %+v", got)
	}
	w := h.do("GET", "/hub/api/users/ann/server", "", person)
	contains(t, w.Body.Bytes(), `{"phase": "failed", "failure": "The disk is full.", "stopped": true}`)
	got = request("POST", func(s hub.Server) { h.end(h.begin(s), hub.EventStopped, "") })
	if got.code != 500 || !strings.Contains(got.text, "cancelled") {
		t.Errorf("a start that is cancelled: %+v", got)
	}
}

func TestStartGivesUpWaiting(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.SlowStart = 20 * time.Millisecond })
	person := bearer(h.token(h.user("ann", false)))
	w := h.do("POST", "/hub/api/users/ann/server", "", person)
	if w.Code != 202 || w.Header().Get("Content-Type") != "text/plain" || w.Body.Len() > 0 {
		t.Errorf("%d %q %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

func TestNamedServersOff(t *testing.T) {
	h := newTestHub(t, func(c *app.Config, _ *Options) { c.NamedLimit = 0 })
	person := bearer(h.token(h.user("ann", false)))
	h.run(t, []scenario{
		{name: "start", method: "POST", path: "/hub/api/users/ann/servers/x", as: []asker{person}, status: 400, message: "Named servers are not enabled."},
		{name: "stop", method: "DELETE", path: "/hub/api/users/ann/servers/x", as: []asker{person}, status: 400, message: "Named servers are not enabled."},
		{name: "the default one", method: "POST", path: "/hub/api/users/ann/servers/", as: []asker{person}, status: 202},
	})
}

func TestActivity(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.user("bob", false)
	person := bearer(h.token(ann))
	h.do("POST", "/hub/api/users/ann/server", "", person)
	const path = "/hub/api/users/ann/activity"
	h.run(t, []scenario{
		{name: "own", method: "POST", path: path, body: `{"last_activity": "2026-11-22T08:10:00.123456Z"}`, as: []asker{person}, status: 200},
		{name: "server", method: "POST", path: path, body: `{"servers": {"": {"last_activity": "2026-11-22T09:20:00+01:00"}}}`, as: []asker{person}, status: 200},
		{name: "older is ignored", method: "POST", path: path, body: `{"servers": {"": {"last_activity": "2020-11-22"}}}`, as: []asker{person}, status: 200},
		{name: "no body", method: "POST", path: path, as: []asker{person}, status: 400, message: "body must be a json dict"},
		{name: "neither", method: "POST", path: path, body: `{}`, as: []asker{person}, status: 400, message: "at least one of"},
		{name: "bad time", method: "POST", path: path, body: `{"last_activity": "soon"}`, as: []asker{person}, status: 400, message: "Not a valid timestamp"},
		{name: "a number", method: "POST", path: path, body: `{"last_activity": 5}`, as: []asker{person}, status: 400},
		{name: "the future", method: "POST", path: path, body: `{"last_activity": "2026-11-22T10:00:00Z"}`, as: []asker{person}, status: 400, message: "future"},
		{name: "no such server", method: "POST", path: path, body: `{"servers": {"x": {"last_activity": "2026-11-22T08:10:00Z"}}}`, as: []asker{person}, status: 400, message: "No such server"},
		{name: "bad shape", method: "POST", path: path, body: `{"servers": {"": "2026-11-22T08:10:00Z"}}`, as: []asker{person}, status: 400, message: "servers must be a dict"},
		{name: "bad shape again", method: "POST", path: path, body: `{"servers": {"": {"at": 1}}}`, as: []asker{person}, status: 400, message: "servers must be a dict"},
		{name: "a list", method: "POST", path: path, body: `{"servers": [1]}`, as: []asker{person}, status: 400, message: "servers must be a dict"},
		{name: "another's", method: "POST", path: "/hub/api/users/bob/activity", body: `{"last_activity": "2026-11-22T08:10:00Z"}`, as: []asker{person}, status: 404, message: noAccess},
		{name: "not there", method: "POST", path: "/hub/api/users/zed/activity", body: `{`, as: []asker{bearer(h.token(root))}, status: 404},
		{name: "what was recorded", method: "GET", path: "/hub/api/users/ann/server", as: []asker{person}, status: 200, want: `{"last_activity": "2026-11-22T08:20:00Z"}`},
	})
}

func TestGroups(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.user("bob", false)
	admin, person := bearer(h.token(root)), bearer(h.token(ann))
	const groups = "/hub/api/groups"
	h.run(t, []scenario{
		{name: "create", method: "POST", path: groups + "/Math", body: `{"users": ["ANN"]}`, as: []asker{admin}, status: 201, want: `{"kind": "group", "name": "Math", "users": ["ann"], "properties": {}, "roles": []}`},
		{name: "again", method: "POST", path: groups + "/Math", as: []asker{admin}, status: 409, message: "Group Math already exists"},
		{name: "unknown user", method: "POST", path: groups + "/art", body: `{"users": ["zed"]}`, as: []asker{admin}, status: 400, message: "No such user: zed"},
		{name: "and it was not made", method: "GET", path: groups + "/art", as: []asker{admin}, status: 404},
		{name: "properties", method: "POST", path: groups + "/art", body: `{"properties": {}}`, as: []asker{admin}, status: 400, message: "Invalid JSON keys"},
		{name: "several", method: "POST", path: groups, body: `{"groups": ["art", "a b"], "users": ["bob"]}`, as: []asker{admin}, status: 201},
		{name: "one of several there", method: "POST", path: groups, body: `{"groups": ["new", "art"]}`, as: []asker{admin}, status: 409},
		{name: "none of them made", method: "GET", path: groups + "/new", as: []asker{admin}, status: 404},
		{name: "no groups", method: "POST", path: groups, body: `{}`, as: []asker{admin}, status: 400, message: "Must specify at least one group"},
		{name: "numbers", method: "POST", path: groups, body: `{"groups": [1]}`, as: []asker{admin}, status: 400},
		{name: "empty name", method: "POST", path: groups, body: `{"groups": [""]}`, as: []asker{admin}, status: 400},
		{name: "create for a person", method: "POST", path: groups + "/x", body: `{`, as: []asker{person}, status: 403, message: "requires any of [admin:groups]"},
		{name: "list for a person", method: "GET", path: groups, as: []asker{person}, status: 403},
		{name: "get", method: "GET", path: groups + "/a%20b", as: []asker{admin}, status: 200, want: `{"name": "a b", "users": ["bob"]}`},
		{name: "get by another spelling", method: "GET", path: groups + "/math", as: []asker{admin}, status: 404, message: "Not Found"},
		{name: "get for a person", method: "GET", path: groups + "/Math", as: []asker{person}, status: 403},
		{name: "get with another filter", method: "GET", path: groups + "/Math", as: []asker{bearer(h.token(root, "read:groups!group=art"))}, status: 404, message: noAccess},
		{name: "only the name", method: "GET", path: groups + "/Math", as: []asker{bearer(h.token(root, "read:groups:name"))}, status: 200, want: `{"kind": "group", "name": "Math"}`},
		{name: "add", method: "POST", path: groups + "/Math/users", body: `{"users": ["bob", "ann"]}`, as: []asker{admin}, status: 200, want: `{"users": ["ann", "bob"]}`},
		{name: "add nobody known", method: "POST", path: groups + "/Math/users", body: `{"users": ["zed"]}`, as: []asker{admin}, status: 400, message: "No such user"},
		{name: "add without users", method: "POST", path: groups + "/Math/users", body: `{}`, as: []asker{admin}, status: 400, message: "Must specify users to add"},
		{name: "add without a body", method: "POST", path: groups + "/Math/users", as: []asker{admin}, status: 400},
		{name: "add to no such", method: "POST", path: groups + "/none/users", body: `{`, as: []asker{admin}, status: 404},
		{name: "remove", method: "DELETE", path: groups + "/Math/users", body: `{"users": ["ann"]}`, as: []asker{admin}, status: 200, want: `{"users": ["bob"]}`},
		{name: "remove again", method: "DELETE", path: groups + "/Math/users", body: `{"users": ["ann"]}`, as: []asker{admin}, status: 200},
		{name: "remove without users", method: "DELETE", path: groups + "/Math/users", body: `{}`, as: []asker{admin}, status: 400, message: "Must specify users to delete"},
		{name: "properties", method: "PUT", path: groups + "/Math/properties", body: `{"a": {"b": [1.50]}}`, as: []asker{admin}, status: 200, want: `{"properties": {"a": {"b": [1.5]}}}`},
		{name: "no properties", method: "PUT", path: groups + "/Math/properties", body: `{}`, as: []asker{admin}, status: 200, want: `{"properties": {}}`},
		{name: "bad properties", method: "PUT", path: groups + "/Math/properties", body: `[]`, as: []asker{admin}, status: 400, message: "Must specify properties"},
		{name: "null properties", method: "PUT", path: groups + "/Math/properties", body: `null`, as: []asker{admin}, status: 400},
		{name: "delete", method: "DELETE", path: groups + "/Math", as: []asker{admin}, status: 204},
		{name: "delete again", method: "DELETE", path: groups + "/Math", as: []asker{admin}, status: 404},
	})
	list := jsonBody[[]map[string]any](t, h.do("GET", groups, "", admin))
	if len(list) != 2 || list[0]["name"] != "art" {
		t.Errorf("the list is %v", list)
	}
	w := h.do("GET", groups+"?limit=1", "", admin, header("Accept", pagedMedia))
	contains(t, w.Body.Bytes(), `{"_pagination": {"offset": 0, "limit": 1, "total": 2, "next": {"offset": 1, "limit": 1, "url": "http://example.com/hub/api/groups?limit=1&offset=1"}}}`)
}

package httpapi

import (
	"context"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
)

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
	h.update(func(ctx context.Context, tx data.Tx) error {
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
		{name: "with a filter that fits", method: "POST", path: "/hub/api/users/fred", as: []asker{bearer(h.token(root, "admin:users!user=fred"))}, status: 201},
		{name: "with another filter", method: "POST", path: "/hub/api/users/gina", as: []asker{bearer(h.token(root, "admin:users!user=fred"))}, status: 404, message: noAccess},
		{name: "with another filter, not JSON", method: "POST", path: "/hub/api/users/gina", body: `{`, as: []asker{bearer(h.token(root, "admin:users!user=fred"))}, status: 404, message: noAccess},
		{name: "and gone again", method: "DELETE", path: "/hub/api/users/fred", as: []asker{admin}, status: 204},

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
		{name: "patch groups", method: "PATCH", path: "/hub/api/users/bob", body: `{"groups": []}`, as: []asker{admin}, status: 200, want: `{"groups": []}`},
		{name: "patch groups that are not there", method: "PATCH", path: "/hub/api/users/bob", body: `{"groups": ["x"]}`, as: []asker{admin}, status: 400, message: "There is no group x"},
		{name: "make a group", method: "POST", path: "/hub/api/groups/class", as: []asker{admin}, status: 201},
		{name: "patch groups, one more", method: "PATCH", path: "/hub/api/users/bob", body: `{"groups": ["class"]}`, as: []asker{admin}, status: 200, want: `{"groups": ["class"]}`},
		{
			name: "patch groups without the right on the group", method: "PATCH", path: "/hub/api/users/bob", body: `{"groups": []}`,
			as: []asker{bearer(h.token(root, "admin:users"))}, status: 403, message: "the group class",
		},
		{name: "patch groups, one less", method: "PATCH", path: "/hub/api/users/bob", body: `{"groups": []}`, as: []asker{admin}, status: 200, want: `{"groups": []}`},
		{name: "patch must_change_password", method: "PATCH", path: "/hub/api/users/bob", body: `{"must_change_password": true}`, as: []asker{admin}, status: 400, message: "no password that could be changed"},
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
	h.update(func(ctx context.Context, tx data.Tx) error {
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

// Who made a person sees at once that they were there, as do they themselves: in their
// own first answer, in lists, of their token, and in the answer to a change.
func TestFirstVisitIsShownAtOnce(t *testing.T) {
	h := newTestHub(t)
	admin := bearer(h.token(h.user("root", true)))
	h.do("POST", "/hub/api/users/ann", "", admin)
	ann := bearer(jsonBody[map[string]any](t, h.do("POST", "/hub/api/users/ann/tokens", `{}`, admin))["token"].(string))
	seen := func(what string, w *httptest.ResponseRecorder) any {
		t.Helper()
		var at any
		switch body := jsonBody[any](t, w).(type) {
		case map[string]any:
			at = body["last_activity"]
			if tokens, ok := body["api_tokens"].([]any); ok {
				at = tokens[0].(map[string]any)["last_activity"]
			}
		case []any:
			last := body[len(body)-1].(map[string]any)
			if at = last["last_activity"]; last["name"] != "ann" {
				t.Errorf("%s: %v is the last", what, last["name"])
			}
		}
		return at
	}
	if at := seen("before", h.do("GET", "/hub/api/users/ann", "", admin)); at != nil {
		t.Errorf("she was there at %v, before she was", at)
	}
	h.advance(time.Second)
	want := timestamp(h.clock())
	for _, c := range []struct {
		what, method, path, body string
		as                       asker
	}{
		{"her own answer", "GET", "/hub/api/user", "", ann},
		{"the administrator's", "GET", "/hub/api/users/ann", "", admin},
		{"the list", "GET", "/hub/api/users?sort=last_activity&name_filter=ann", "", admin},
		{"her tokens", "GET", "/hub/api/users/ann/tokens", "", admin},
		{"a change", "PATCH", "/hub/api/users/ann", `{"admin": false}`, admin},
	} {
		if at := seen(c.what, h.do(c.method, c.path, c.body, c.as)); at != want {
			t.Errorf("%s: she was there at %v, want %v", c.what, at, want)
		}
	}
	if err := h.app.FlushActivity(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/hub/api/users/ann", "/hub/api/users/ann/tokens"} {
		if at := seen(path, h.do("GET", path, "", admin)); at != want {
			t.Errorf("%s, once it is written: she was there at %v, want %v", path, at, want)
		}
	}
}

func TestActivity(t *testing.T) {
	h := newTestHub(t)
	root, ann := h.user("root", true), h.user("ann", false)
	h.user("bob", false)
	person := bearer(h.token(ann))
	const path = "/hub/api/users/ann/activity"
	for _, day := range []string{"2020-11-22", "2020-11-23"} { // of a default server that was never started
		h.run(t, []scenario{{
			name: day, method: "POST", path: path, body: `{"servers": {"": {"last_activity": "` + day + `"}}}`, as: []asker{person}, status: 200,
		}})
		w := h.do("GET", "/hub/api/users/ann?include_stopped_servers", "", person)
		if got := jsonBody[struct{ Servers map[string]map[string]any }](t, w).Servers[""]["last_activity"]; got != day+"T00:00:00Z" {
			t.Errorf("of %s the person sees %v", day, got)
		}
	}
	h.do("POST", "/hub/api/users/ann/server", "", person)
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

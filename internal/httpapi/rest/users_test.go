package rest_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestSelf(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	h.Run(t, []httpapitest.Scenario{
		{Name: "nobody", Method: "GET", Path: "/hub/api/user", Status: 403},
		{Name: "bad token", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Bearer("wrong")}, Status: 403},
		{
			Name: "by token", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann))}, Status: 200,
			Want: `{"kind": "user", "name": "ann", "admin": false, "groups": [], "roles": ["user"], "server": null, "pending": null,
				"user_info": null, "session_id": null, "servers": {}, "token_id": "a1"}`,
		},
		{Name: "by cookie", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{h.Browser(ann)}, Status: 200, Want: `{"token_id": null, "session_id": null}`},
		{
			Name: "a token without scopes still identifies", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann, []string{}...))}, Status: 200,
			Want: `{"kind": "user", "name": "ann", "admin": false, "groups": []}`,
		},
		{Name: "bearer", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Header("Authorization", "BEARER "+h.Token(ann))}, Status: 200},
		{Name: "two words", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Header("Authorization", "token "+h.Token(ann)+" x")}, Status: 403},
		{Name: "basic", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Header("Authorization", "Basic "+h.Token(ann))}, Status: 403},
		{Name: "in the query", Method: "GET", Path: "/hub/api/user?token=" + h.Token(ann), Status: 403},
		{Name: "bad token, good cookies", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{httpapitest.Bearer("wrong"), h.Browser(ann)}, Status: 200},
		{
			Name: "a planted cookie before the real one", Method: "GET", Path: "/hub/api/user", Status: 200,
			As: []httpapitest.Asker{httpapitest.Header("Cookie", endpoint.SessionCookie+"=planted; "+endpoint.LoginCookie+"=planted"), h.Browser(ann)},
		},
	})
	w := h.Do("GET", "/hub/api/user", "", httpapitest.Bearer(h.Token(ann, "read:servers!user")))
	got := httpapitest.JSONBody[map[string]any](t, w)
	if diff := cmp.Diff([]any{"read:servers!user=ann", "read:users:groups!user=ann", "read:users:name!user=ann"}, got["scopes"]); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if _, ok := got["created"]; ok {
		t.Errorf("without read:users there must be no created: %v", got)
	}
}

func TestUsers(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateUsers(ctx, []string{"ann", "bob"}, false)
		return err
	})
	ann := h.UserNamed("ann")
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	deputy := httpapitest.Bearer(h.Token(root, "read:users!user=ann"))
	h.Run(t, []httpapitest.Scenario{
		{Name: "list for nobody", Method: "GET", Path: "/hub/api/users", Status: 403, Message: httpapitest.NoCredentials},
		{Name: "list for a person", Method: "GET", Path: "/hub/api/users", As: []httpapitest.Asker{person}, Status: 403, Message: "requires any of [list:users]"},
		{Name: "list, bad state", Method: "GET", Path: "/hub/api/users?state=odd", As: []httpapitest.Asker{admin}, Status: 400, Message: "Unrecognized state filter"},
		{Name: "list, bad state, for a person", Method: "GET", Path: "/hub/api/users?state=odd", As: []httpapitest.Asker{person}, Status: 403},
		{Name: "list, filtered", Method: "GET", Path: "/hub/api/users?server=stopped&admin=false&never_seen=true&unseen_for=7d&sort=-server", As: []httpapitest.Asker{admin}, Status: 200},
		{Name: "list, bad server", Method: "GET", Path: "/hub/api/users?server=on", As: []httpapitest.Asker{admin}, Status: 400, Message: "server must be running"},
		{Name: "list, bad account", Method: "GET", Path: "/hub/api/users?account=tired", As: []httpapitest.Asker{admin}, Status: 400, Message: "account must be unclaimed"},
		{Name: "list, bad truth", Method: "GET", Path: "/hub/api/users?admin=yes", As: []httpapitest.Asker{admin}, Status: 400, Message: "admin must be true or false"},
		{Name: "list, bad span", Method: "GET", Path: "/hub/api/users?seen_within=7", As: []httpapitest.Asker{admin}, Status: 400, Message: "seen_within must be a number of hours"},
		{Name: "list, huge span", Method: "GET", Path: "/hub/api/users?unseen_for=99999999d", As: []httpapitest.Asker{admin}, Status: 400, Message: "unseen_for must be a number of hours"},
		{Name: "list, a group that is not text", Method: "GET", Path: "/hub/api/users?group=%ff", As: []httpapitest.Asker{admin}, Status: 400, Message: "group is not text"},
		{Name: "list, bad sort", Method: "GET", Path: "/hub/api/users?sort=--id", As: []httpapitest.Asker{admin}, Status: 400, Message: "sort must be"},
		{Name: "list, sort by servers", Method: "GET", Path: "/hub/api/users?sort=servers", As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "list, bad offset", Method: "GET", Path: "/hub/api/users?offset=x", As: []httpapitest.Asker{admin}, Status: 400, Message: "must be integers"},
		{Name: "list, bad limit", Method: "GET", Path: "/hub/api/users?limit=1.5", As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "list, bad filter", Method: "GET", Path: "/hub/api/users?name_filter=%ff", As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "list with a filter that isn't for lists", Method: "GET", Path: "/hub/api/users", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "list:users!server=ann/"))}, Status: 403, Message: "Forbidden"},

		{Name: "create", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["Cyd ", "cyd", "ann"]}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "all there", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["ann", "bob"]}`, As: []httpapitest.Asker{admin}, Status: 409, Message: "All 2 users already exist"},
		{Name: "one bad name", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan", "a/b"]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid username: a/b"},
		{Name: "bad names", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan", "a/b", ""]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid usernames: a/b, "},
		{Name: "and nothing was made", Method: "GET", Path: "/hub/api/users/dan", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "no names", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": []}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify at least one user to create"},
		{Name: "no body", Method: "POST", Path: "/hub/api/users", As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify at least one user"},
		{Name: "a list", Method: "POST", Path: "/hub/api/users", Body: `["dan"]`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Must specify at least one user"},
		{Name: "names that are text", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": "dan"}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "names that are numbers", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan", 5]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "item 2"},
		{Name: "unknown key", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan"], "color": "sekrit"}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid JSON keys: 'color'"},
		{Name: "a key of other case", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan"], "Admin": true}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid JSON keys"},
		{Name: "admin that is text", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan"], "admin": "yes"}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "not JSON", Method: "POST", Path: "/hub/api/users", Body: `{"usernames"`, As: []httpapitest.Asker{admin}, Status: 400, Message: httpapitest.BadJSON},
		{Name: "not UTF-8", Method: "POST", Path: "/hub/api/users", Body: "{\"usernames\": [\"d\xff\"]}", As: []httpapitest.Asker{admin}, Status: 400, Message: httpapitest.BadJSON},
		{Name: "not JSON, for a person", Method: "POST", Path: "/hub/api/users", Body: `{"usernames"`, As: []httpapitest.Asker{person}, Status: 403, Message: "admin:users"},
		{Name: "not JSON, for nobody", Method: "POST", Path: "/hub/api/users", Body: `{"usernames"`, Status: 403, Message: httpapitest.NoCredentials},
		{Name: "too deep", Method: "POST", Path: "/hub/api/users", Body: strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), As: []httpapitest.Asker{admin}, Status: 400, Message: httpapitest.BadJSON},
		{Name: "too large", Method: "POST", Path: "/hub/api/users", Body: strings.Repeat(" ", endpoint.MaxBody+1), As: []httpapitest.Asker{admin}, Status: 413, Message: "larger than 10485760 bytes"},
		{Name: "create for a person", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan"]}`, As: []httpapitest.Asker{person}, Status: 403},
		{
			Name: "a filtered scope is not enough without a resource", Method: "POST", Path: "/hub/api/users", Body: `{"usernames": ["dan"]}`,
			As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:users!user=dan"))}, Status: 403,
		},
		{Name: "with a filter that fits", Method: "POST", Path: "/hub/api/users/fred", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:users!user=fred"))}, Status: 201},
		{Name: "with another filter", Method: "POST", Path: "/hub/api/users/gina", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:users!user=fred"))}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "with another filter, not JSON", Method: "POST", Path: "/hub/api/users/gina", Body: `{`, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:users!user=fred"))}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "and gone again", Method: "DELETE", Path: "/hub/api/users/fred", As: []httpapitest.Asker{admin}, Status: 204},

		{Name: "get", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "ann", "kind": "user", "auth_state": null}`},
		{Name: "get oneself", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{person}, Status: 200, Want: `{"name": "ann"}`},
		{Name: "get by another spelling", Method: "GET", Path: "/hub/api/users/%20ANN", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "ann"}`},
		{Name: "get another", Method: "GET", Path: "/hub/api/users/bob", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "get one who is not there", Method: "GET", Path: "/hub/api/users/zed", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "get a slash", Method: "GET", Path: "/hub/api/users/a%2Fb", As: []httpapitest.Asker{admin}, Status: 404, Message: "Not Found"},
		{Name: "get a path", Method: "GET", Path: "/hub/api/users/%2e%2e", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "get a NUL", Method: "GET", Path: "/hub/api/users/a%00", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "get what isn't UTF-8", Method: "GET", Path: "/hub/api/users/%ff", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "plus is no space", Method: "GET", Path: "/hub/api/users/ann+", As: []httpapitest.Asker{admin}, Status: 404, Message: "Not Found"},
		{Name: "get with a filter", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{deputy}, Status: 200, Want: `{"name": "ann"}`},
		{Name: "get with another filter", Method: "GET", Path: "/hub/api/users/bob", As: []httpapitest.Asker{deputy}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "get without a scope", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "read:hub"))}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "get for nobody", Method: "GET", Path: "/hub/api/users/zed", Status: 403, Message: httpapitest.NoCredentials},

		{Name: "create one", Method: "POST", Path: "/hub/api/users/%C3%84nne", As: []httpapitest.Asker{admin}, Status: 201, Want: `{"name": "änne", "admin": false}`},
		{Name: "create one again", Method: "POST", Path: "/hub/api/users/%C3%A4nne", As: []httpapitest.Asker{admin}, Status: 409, Message: "already exists"},
		{Name: "create an administrator", Method: "POST", Path: "/hub/api/users/eve", Body: `{"admin": true}`, As: []httpapitest.Asker{admin}, Status: 201, Want: `{"admin": true, "roles": ["admin", "user"]}`},
		{Name: "create with a bad body", Method: "POST", Path: "/hub/api/users/fay", Body: `[1]`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "create with a bad name", Method: "POST", Path: "/hub/api/users/a%2Fb", As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid username"},

		{Name: "patch nothing", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "bob", "auth_state": null}`},
		{Name: "patch without a body", Method: "PATCH", Path: "/hub/api/users/bob", As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "patch an unknown key", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"colour": 1}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "colour"},
		{Name: "patch groups", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"groups": []}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"groups": []}`},
		{Name: "patch groups that are not there", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"groups": ["x"]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "There is no group x"},
		{Name: "make a group", Method: "POST", Path: "/hub/api/groups/class", As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "patch groups, one more", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"groups": ["class"]}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"groups": ["class"]}`},
		{
			Name: "patch groups without the right on the group", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"groups": []}`,
			As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root, "admin:users"))}, Status: 403, Message: "the group class",
		},
		{Name: "patch groups, one less", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"groups": []}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"groups": []}`},
		{Name: "patch must_change_password", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"must_change_password": true}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "no password that could be changed"},
		{Name: "patch a name that is a number", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"name": 5}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "name must be a string"},
		{Name: "rename", Method: "PATCH", Path: "/hub/api/users/bob", Body: `{"name": "Bobby"}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"name": "bobby"}`},
		{Name: "the old name is gone", Method: "GET", Path: "/hub/api/users/bob", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "rename to one who is there", Method: "PATCH", Path: "/hub/api/users/bobby", Body: `{"name": "ann"}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "username must be unique"},
		{Name: "rename to a bad name", Method: "PATCH", Path: "/hub/api/users/bobby", Body: `{"name": "a/b"}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Invalid username"},
		{Name: "suspend", Method: "PATCH", Path: "/hub/api/users/bobby", Body: `{"suspended": true}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"suspended": true}`},
		{Name: "patch one who is not there", Method: "PATCH", Path: "/hub/api/users/zed", Body: `{`, As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "patch for a person", Method: "PATCH", Path: "/hub/api/users/ann", Body: `{"admin": true}`, As: []httpapitest.Asker{person}, Status: 403, Message: "admin:users"},

		{Name: "revoke", Method: "POST", Path: "/hub/api/users/ann/revoke", As: []httpapitest.Asker{admin}, Status: 204},
		{Name: "and the token is nobody's", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{person}, Status: 403},

		{Name: "delete oneself", Method: "DELETE", Path: "/hub/api/users/root", As: []httpapitest.Asker{admin}, Status: 400, Message: "Cannot delete yourself!"},
		{Name: "delete", Method: "DELETE", Path: "/hub/api/users/bobby", As: []httpapitest.Asker{admin}, Status: 204},
		{Name: "delete again", Method: "DELETE", Path: "/hub/api/users/bobby", As: []httpapitest.Asker{admin}, Status: 404},
	})
}

func TestUserModelByScope(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	h.User("ann", false)
	for scope, keys := range map[string]string{
		"read:users":          "admin created groups kind last_activity name pending roles server suspended user_info",
		"read:users:name":     "admin kind name user_info",
		"read:users:groups":   "groups kind name",
		"read:users:activity": "kind last_activity name",
		"read:roles:users":    "admin kind name roles",
		"read:servers":        "admin kind name servers user_info", // it includes read:users:name
	} {
		w := h.Do("GET", "/hub/api/users/ann", "", httpapitest.Bearer(h.Token(root, scope)))
		got := slices.Sorted(maps.Keys(httpapitest.JSONBody[map[string]any](t, w)))
		if want := strings.Fields(keys); !slices.Equal(got, want) {
			t.Errorf("%s shows %v, want %v", scope, got, want)
		}
	}
}

func TestUserListPages(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	var names []string
	for i := range 60 {
		names = append(names, "s"+string(rune('a'+i/10))+string(rune('0'+i%10)))
	}
	h.Update(func(ctx context.Context, tx data.Tx) error {
		_, err := tx.CreateUsers(ctx, names, false)
		return err
	})
	admin, paged := httpapitest.Bearer(h.Token(root)), httpapitest.Header("Accept", "text/html, Application/JupyterHub-Pagination+JSON")

	list := httpapitest.JSONBody[[]map[string]any](t, h.Do("GET", "/hub/api/users", "", admin))
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
	first := httpapitest.JSONBody[page](t, h.Do("GET", "http://hub.example/hub/api/users?name_filter=S&include_stopped_servers&sort=-name", "", admin, paged))
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
	second := httpapitest.JSONBody[page](t, h.Do("GET", p.Next.URL, "", admin, paged))
	if len(second.Items) != 10 || second.Pagination.Next != nil {
		t.Errorf("second page: %d items, next %v", len(second.Items), second.Pagination.Next)
	}
	if w := h.Do("GET", "/hub/api/users?limit=0&offset=-2", "", admin); len(httpapitest.JSONBody[[]any](t, w)) != 1 {
		t.Errorf("limit 0 is one: %s", w.Body)
	}
	if w := h.Do("GET", "/hub/api/users?offset=99999999999999999999", "", admin); w.Code != 400 {
		t.Errorf("an offset beyond all numbers is %d", w.Code)
	}
	if w := h.Do("GET", "/hub/api/users", "", httpapitest.Bearer(h.Token(root, "list:users!user=sa0", "list:users!user=sa1"))); len(httpapitest.JSONBody[[]any](t, w)) != 2 {
		t.Errorf("a filtered scope sees %s", w.Body)
	}
}

// Who made a person sees at once that they were there, as do they themselves: in their
// own first answer, in lists, of their token, and in the answer to a change.
func TestFirstVisitIsShownAtOnce(t *testing.T) {
	h := httpapitest.New(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	h.Do("POST", "/hub/api/users/ann", "", admin)
	ann := httpapitest.Bearer(httpapitest.JSONBody[map[string]any](t, h.Do("POST", "/hub/api/users/ann/tokens", `{}`, admin))["token"].(string))
	seen := func(what string, w *httptest.ResponseRecorder) any {
		t.Helper()
		var at any
		switch body := httpapitest.JSONBody[any](t, w).(type) {
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
	if at := seen("before", h.Do("GET", "/hub/api/users/ann", "", admin)); at != nil {
		t.Errorf("she was there at %v, before she was", at)
	}
	h.Advance(time.Second)
	want := endpoint.Timestamp(h.Clock())
	for _, c := range []struct {
		what, method, path, body string
		as                       httpapitest.Asker
	}{
		{"her own answer", "GET", "/hub/api/user", "", ann},
		{"the administrator's", "GET", "/hub/api/users/ann", "", admin},
		{"the list", "GET", "/hub/api/users?sort=last_activity&name_filter=ann", "", admin},
		{"her tokens", "GET", "/hub/api/users/ann/tokens", "", admin},
		{"a change", "PATCH", "/hub/api/users/ann", `{"admin": false}`, admin},
	} {
		if at := seen(c.what, h.Do(c.method, c.path, c.body, c.as)); at != want {
			t.Errorf("%s: she was there at %v, want %v", c.what, at, want)
		}
	}
	if err := h.App.FlushActivity(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/hub/api/users/ann", "/hub/api/users/ann/tokens"} {
		if at := seen(path, h.Do("GET", path, "", admin)); at != want {
			t.Errorf("%s, once it is written: she was there at %v, want %v", path, at, want)
		}
	}
}

func TestActivity(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	h.User("bob", false)
	person := httpapitest.Bearer(h.Token(ann))
	const path = "/hub/api/users/ann/activity"
	for _, day := range []string{"2020-11-22", "2020-11-23"} { // of a default server that was never started
		h.Run(t, []httpapitest.Scenario{{
			Name: day, Method: "POST", Path: path, Body: `{"servers": {"": {"last_activity": "` + day + `"}}}`, As: []httpapitest.Asker{person}, Status: 200,
		}})
		w := h.Do("GET", "/hub/api/users/ann?include_stopped_servers", "", person)
		if got := httpapitest.JSONBody[struct{ Servers map[string]map[string]any }](t, w).Servers[""]["last_activity"]; got != day+"T00:00:00Z" {
			t.Errorf("of %s the person sees %v", day, got)
		}
	}
	h.Do("POST", "/hub/api/users/ann/server", "", person)
	h.Run(t, []httpapitest.Scenario{
		{Name: "own", Method: "POST", Path: path, Body: `{"last_activity": "2026-11-22T08:10:00.123456Z"}`, As: []httpapitest.Asker{person}, Status: 200},
		{Name: "server", Method: "POST", Path: path, Body: `{"servers": {"": {"last_activity": "2026-11-22T09:20:00+01:00"}}}`, As: []httpapitest.Asker{person}, Status: 200},
		{Name: "older is ignored", Method: "POST", Path: path, Body: `{"servers": {"": {"last_activity": "2020-11-22"}}}`, As: []httpapitest.Asker{person}, Status: 200},
		{Name: "no body", Method: "POST", Path: path, As: []httpapitest.Asker{person}, Status: 400, Message: "body must be a json dict"},
		{Name: "neither", Method: "POST", Path: path, Body: `{}`, As: []httpapitest.Asker{person}, Status: 400, Message: "at least one of"},
		{Name: "bad time", Method: "POST", Path: path, Body: `{"last_activity": "soon"}`, As: []httpapitest.Asker{person}, Status: 400, Message: "Not a valid timestamp"},
		{Name: "a number", Method: "POST", Path: path, Body: `{"last_activity": 5}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "the future", Method: "POST", Path: path, Body: `{"last_activity": "2026-11-22T10:00:00Z"}`, As: []httpapitest.Asker{person}, Status: 400, Message: "future"},
		{Name: "no such server", Method: "POST", Path: path, Body: `{"servers": {"x": {"last_activity": "2026-11-22T08:10:00Z"}}}`, As: []httpapitest.Asker{person}, Status: 400, Message: "No such server"},
		{Name: "bad shape", Method: "POST", Path: path, Body: `{"servers": {"": "2026-11-22T08:10:00Z"}}`, As: []httpapitest.Asker{person}, Status: 400, Message: "servers must be a dict"},
		{Name: "bad shape again", Method: "POST", Path: path, Body: `{"servers": {"": {"at": 1}}}`, As: []httpapitest.Asker{person}, Status: 400, Message: "servers must be a dict"},
		{Name: "a list", Method: "POST", Path: path, Body: `{"servers": [1]}`, As: []httpapitest.Asker{person}, Status: 400, Message: "servers must be a dict"},
		{Name: "another's", Method: "POST", Path: "/hub/api/users/bob/activity", Body: `{"last_activity": "2026-11-22T08:10:00Z"}`, As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "not there", Method: "POST", Path: "/hub/api/users/zed/activity", Body: `{`, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(root))}, Status: 404},
		{Name: "what was recorded", Method: "GET", Path: "/hub/api/users/ann/server", As: []httpapitest.Asker{person}, Status: 200, Want: `{"last_activity": "2026-11-22T08:20:00Z"}`},
	})
}

// G10: a change may say what it is of, and is refused with who changed what where that is not so any more.
func TestG10ChangesOfWhatWasSeen(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	h.Password(h.User("ann", false), "ann's password")
	admin := httpapitest.Bearer(h.Token(root))
	tag := h.Do("GET", "/hub/api/users/ann", "", admin).Header().Get("Etag")
	ifMatch := httpapitest.Header("If-Match", tag)
	for _, odd := range []string{`"x"`, `W/"x.y"`, "x", `"."`, strings.Repeat("x", 1000)} {
		w := h.Do("PATCH", "/hub/api/users/ann", `{"admin": true}`, admin, httpapitest.Header("If-Match", odd))
		if w.Code != 412 {
			t.Errorf("If-Match: %s: %d %s", odd, w.Code, w.Body)
		}
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "anything", Method: "PATCH", Path: "/hub/api/users/ann", Body: `{}`, As: []httpapitest.Asker{admin, httpapitest.Header("If-Match", "*")}, Status: 200},
		{Name: "as seen", Method: "PATCH", Path: "/hub/api/users/ann", Body: `{"suspended": true}`, As: []httpapitest.Asker{admin, ifMatch}, Status: 200},
		{Name: "still there", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin, httpapitest.Header("If-None-Match", tag)}, Status: 200},
	})
	refusal := h.Do("PATCH", "/hub/api/users/ann", `{"admin": true}`, admin, ifMatch).Body.String()
	for _, said := range []string{
		`"status":412`, `"message":"ann was changed meanwhile"`, `"suspended":true`, `"actor":"root","action":"user.change"`,
		`"before":{"admin":false,"name":"ann","suspended":false},"after":{"admin":false,"name":"ann","suspended":true}`,
	} {
		if !strings.Contains(refusal, said) {
			t.Errorf("the refusal does not say %s: %s", said, refusal)
		}
	}
	var now struct{ ETag string }
	if err := json.Unmarshal([]byte(refusal), &now); err != nil {
		t.Fatal(err)
	}
	tag = h.Do("GET", "/hub/api/users/ann", "", admin).Header().Get("Etag")
	h.Run(t, []httpapitest.Scenario{
		{Name: "nothing new", Method: "GET", Path: "/hub/api/users/ann", As: []httpapitest.Asker{admin, httpapitest.Header("If-None-Match", tag)}, Status: 304},
		{Name: "as the refusal showed it", Method: "PATCH", Path: "/hub/api/users/ann", Body: `{}`, As: []httpapitest.Asker{admin, httpapitest.Header("If-Match", now.ETag)}, Status: 200},
		{Name: "compressed on the way", Method: "PATCH", Path: "/hub/api/users/ann", Body: `{"suspended": false}`, As: []httpapitest.Asker{admin, httpapitest.Header("If-Match", "W/"+tag)}, Status: 200},
	})
	if tag := h.Do("GET", "/hub/api/users/ann", "", httpapitest.Bearer(h.Token(root, "read:users"))).Header().Get("Etag"); strings.Contains(tag, ".") {
		t.Errorf("who may not change ann is given the version %s", tag)
	}
	passwords := httpapitest.Bearer(h.Token(root, "admin:passwords", "read:users"))
	if w := h.Do("PATCH", "/hub/api/users/ann", `{"must_change_password": true}`, passwords, httpapitest.Header("If-Match", `"x"`)); w.Code != 200 {
		t.Errorf("who may set passwords alone is told what others changed: %d %s", w.Code, w.Body)
	}
}

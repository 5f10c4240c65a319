package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/rest"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestTokens(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	h.Password(ann, "correct horse")
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	const path = "/hub/api/users/ann/tokens"
	h.Run(t, []httpapitest.Scenario{
		{
			Name: "create", Method: "POST", Path: path, As: []httpapitest.Asker{person}, Status: 201,
			Want: `{"user": "ann", "kind": "api_token", "roles": [], "note": "Requested via api", "expires_at": null, "oauth_client": "JupyterHub", "id": "a3", "session_id": null}`,
		},
		{Name: "create for another", Method: "POST", Path: path, As: []httpapitest.Asker{admin}, Status: 201, Want: `{"user": "ann", "note": "Requested via api by user root"}`},
		{Name: "create with all", Method: "POST", Path: path, Body: `{"note": "n", "expires_in": 60, "scopes": ["read:users!user"]}`, As: []httpapitest.Asker{person}, Status: 201, Want: `{"note": "n", "expires_at": "2026-11-22T08:01:00Z"}`},
		{Name: "no scopes", Method: "POST", Path: path, Body: `{"scopes": []}`, As: []httpapitest.Asker{person}, Status: 201},
		{Name: "at once", Method: "POST", Path: path, Body: `{"expires_in": 0}`, As: []httpapitest.Asker{person}, Status: 400, Message: "expires_in must be a positive integer or null, not 0"},
		{Name: "true is one", Method: "POST", Path: path, Body: `{"expires_in": true}`, As: []httpapitest.Asker{person}, Status: 201, Want: `{"expires_at": "2026-11-22T08:00:01Z"}`},
		{Name: "nulls", Method: "POST", Path: path, Body: `{"expires_in": null, "note": null, "scopes": null, "roles": null}`, As: []httpapitest.Asker{person}, Status: 201},
		{Name: "role", Method: "POST", Path: path, Body: `{"roles": ["token"]}`, As: []httpapitest.Asker{person}, Status: 201, Want: `{"roles": []}`},
		{Name: "not an object", Method: "POST", Path: path, Body: `["x"]`, As: []httpapitest.Asker{person}, Status: 400, Message: "Body must be a JSON dict or empty"},
		{Name: "bad scope", Method: "POST", Path: path, Body: `{"scopes": ["nope"]}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "scope that is a number", Method: "POST", Path: path, Body: `{"scopes": [1]}`, As: []httpapitest.Asker{person}, Status: 400, Message: "token scopes must be null or a list of strings"},
		{Name: "bad role", Method: "POST", Path: path, Body: `{"roles": ["nope"]}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "both", Method: "POST", Path: path, Body: `{"roles": ["token"], "scopes": []}`, As: []httpapitest.Asker{person}, Status: 400, Message: "not both"},
		{Name: "beyond the owner", Method: "POST", Path: path, Body: `{"scopes": ["admin:users"]}`, As: []httpapitest.Asker{admin}, Status: 400, Message: "Not assigning requested scopes"},
		{Name: "fraction", Method: "POST", Path: path, Body: `{"expires_in": 1.5}`, As: []httpapitest.Asker{person}, Status: 400, Message: "must be null or integer"},
		{Name: "negative", Method: "POST", Path: path, Body: `{"expires_in": -1}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "too long", Method: "POST", Path: path, Body: `{"expires_in": 99999999999}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "beyond all numbers", Method: "POST", Path: path, Body: `{"expires_in": 99999999999999999999999}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "a NUL in the note", Method: "POST", Path: path, Body: `{"note": "a\u0000"}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "a note that is a number", Method: "POST", Path: path, Body: `{"note": 5}`, As: []httpapitest.Asker{person}, Status: 400},
		{Name: "for one who is not there", Method: "POST", Path: "/hub/api/users/zed/tokens", As: []httpapitest.Asker{admin}, Status: 403, Message: "not found or no permissions"},
		{Name: "for another without the right", Method: "POST", Path: "/hub/api/users/root/tokens", As: []httpapitest.Asker{person}, Status: 403},
		{Name: "for another without the right, bad body", Method: "POST", Path: "/hub/api/users/root/tokens", Body: `{"note": 5}`, As: []httpapitest.Asker{person}, Status: 403},
		{Name: "nobody", Method: "POST", Path: path, Status: 403},
		{Name: "nobody, much", Method: "POST", Path: path, Body: `{"auth": "` + strings.Repeat("x", endpoint.MaxAnonymousBody) + `"}`, Status: 413},
		{Name: "nobody, bad JSON", Method: "POST", Path: path, Body: `{`, Status: 400, Message: httpapitest.BadJSON},

		{Name: "password", Method: "POST", Path: path, Body: `{"auth": {"username": "Ann", "password": "correct horse"}}`, Status: 201, Want: `{"user": "ann", "note": "Requested via api"}`},
		{
			Name: "password from a browser needs no XSRF", Method: "POST", Path: path, Body: `{"auth": {"username": "ann", "password": "correct horse"}}`,
			As: []httpapitest.Asker{httpapitest.Header("Origin", "http://example.com")}, Status: 201,
		},
		{
			Name: "password from another site", Method: "POST", Path: path, Body: `{"auth": {"username": "ann", "password": "correct horse"}}`,
			As: []httpapitest.Asker{httpapitest.Header("Origin", "http://evil.example")}, Status: 403,
		},
		{Name: "wrong password", Method: "POST", Path: path, Body: `{"auth": {"username": "ann", "password": "wrong"}}`, Status: 403, Message: "Forbidden"},
		{Name: "odd auth", Method: "POST", Path: path, Body: `{"auth": "ann"}`, Status: 403},
		{Name: "odd password", Method: "POST", Path: path, Body: `{"auth": {"username": "ann", "password": 5}}`, Status: 403},
		{Name: "password for another", Method: "POST", Path: "/hub/api/users/root/tokens", Body: `{"auth": {"username": "ann", "password": "correct horse"}}`, Status: 403},

		{Name: "get", Method: "GET", Path: path + "/a2", As: []httpapitest.Asker{person}, Status: 200, Want: `{"id": "a2", "note": "test"}`},
		{Name: "get another's", Method: "GET", Path: path + "/a1", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "get a bad id", Method: "GET", Path: path + "/2", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "get an odd id", Method: "GET", Path: path + "/axx", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "get for nobody", Method: "GET", Path: path + "/a2", Status: 403, Message: httpapitest.NoCredentials},
		{Name: "list another's", Method: "GET", Path: "/hub/api/users/root/tokens", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "list with slash", Method: "GET", Path: path + "/", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "delete", Method: "DELETE", Path: path + "/a3", As: []httpapitest.Asker{person}, Status: 204},
		{Name: "delete again", Method: "DELETE", Path: path + "/a3", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "delete one's own", Method: "DELETE", Path: path + "/a2", As: []httpapitest.Asker{person}, Status: 204},
		{Name: "it works no more", Method: "GET", Path: "/hub/api/user", As: []httpapitest.Asker{person}, Status: 403},
	})
	list := httpapitest.JSONBody[struct {
		Tokens []map[string]any `json:"api_tokens"`
	}](t, h.Do("GET", path, "", admin))
	if len(list.Tokens) == 0 {
		t.Fatal("no tokens")
	}
	for _, token := range list.Tokens {
		if _, shown := token["token"]; shown {
			t.Errorf("a list shows a secret: %v", token)
		}
	}
	w := h.Do("POST", path, `{"auth": {"username": "ann", "password": "correct horse"}}`)
	made := httpapitest.JSONBody[map[string]any](t, w)["token"].(string)
	if w.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(made, hub.TokenPrefix) || len(w.Header()["Set-Cookie"]) > 0 {
		t.Errorf("%v", w.Header())
	}
	if w := h.Do("GET", "/hub/api/user", "", httpapitest.Bearer(made)); w.Code != 200 {
		t.Errorf("the new token: %d", w.Code)
	}
	if log := h.Log.String(); strings.Contains(log, made) || strings.Contains(log, "correct horse") {
		t.Error("a secret is in the log")
	}
}

func TestThrottledPasswords(t *testing.T) {
	h := httpapitest.New(t)
	h.Password(h.User("ann", false), "correct horse")
	const path, wrong = "/hub/api/users/ann/tokens", `{"auth": {"username": "ann", "password": "wrong"}}`
	for range 100 {
		w := h.Do("POST", path, wrong)
		if w.Code == http.StatusTooManyRequests {
			if w.Header().Get("Retry-After") == "" || w.Header().Get("Retry-After") == "0" {
				t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
			}
			httpapitest.Message(t, w)
			return
		}
	}
	t.Error("100 wrong passwords, and never 429")
}

// The list has JupyterHub's form in its pages, too.
func TestListOfThousandsOfTokensComesInParts(t *testing.T) {
	h := httpapitest.New(t)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	h.User("ann", false)
	h.ManyTokens("ann", 1230)
	type list struct {
		Tokens     []struct{ ID string } `json:"api_tokens"`
		Pagination *rest.Pagination      `json:"_pagination"`
	}
	paged := httpapitest.Header("Accept", rest.PagedMedia)
	const path = "/hub/api/users/ann/tokens"
	for _, c := range []struct {
		query string
		as    httpapitest.Asker
		n     int
		next  string // offset and limit of the next part
	}{
		{"", httpapitest.Anonymous, 1000, "limit=1000&offset=1000"},
		{"", paged, 1000, "limit=1000&offset=1000"},
		{"?limit=100&offset=1200", paged, 30, ""},
		{"?limit=100&offset=1100", httpapitest.Anonymous, 100, "limit=100&offset=1200"},
		{"?limit=1000&offset=1000", httpapitest.Anonymous, 200, "limit=200&offset=1200"},
		{"?offset=1000", httpapitest.Anonymous, 230, ""},
		{"?limit=x", httpapitest.Anonymous, 0, ""},
	} {
		w := h.Do("GET", path+c.query, "", admin, c.as)
		if c.n == 0 {
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s: %d", c.query, w.Code)
			}
			continue
		}
		got := httpapitest.JSONBody[list](t, w)
		if len(got.Tokens) != c.n || (got.Pagination != nil) != strings.Contains(w.Body.String(), "_pagination") {
			t.Errorf("%s: %d tokens, want %d", c.query, len(got.Tokens), c.n)
		}
		want := ""
		if c.next != "" {
			want = "<http://example.com" + path + "?" + c.next + `>; rel="next"`
		}
		if link := w.Header().Get("Link"); link != want {
			t.Errorf("%s: Link is %q, want %q", c.query, link, want)
		}
		if p := got.Pagination; p != nil && (p.Total != 1230 || (p.Next == nil) != (c.next == "")) {
			t.Errorf("%s: %+v", c.query, p)
		}
	}
	if w := h.Do("GET", path+"?limit=x", "", httpapitest.Bearer(h.Token(h.User("bob", false)))); w.Code != http.StatusNotFound {
		t.Errorf("bad arguments of somebody without the right: %d", w.Code)
	}
}

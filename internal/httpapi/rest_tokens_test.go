package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
)

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

// The list has JupyterHub's form in its pages, too.
func TestListOfThousandsOfTokensComesInParts(t *testing.T) {
	h := newTestHub(t)
	admin := bearer(h.token(h.user("root", true)))
	h.user("ann", false)
	h.manyTokens("ann", 1230)
	type list struct {
		Tokens     []struct{ ID string } `json:"api_tokens"`
		Pagination *pagination           `json:"_pagination"`
	}
	paged := header("Accept", pagedMedia)
	const path = "/hub/api/users/ann/tokens"
	for _, c := range []struct {
		query string
		as    asker
		n     int
		next  string // offset and limit of the next part
	}{
		{"", anonymous, 1000, "limit=1000&offset=1000"},
		{"", paged, 1000, "limit=1000&offset=1000"},
		{"?limit=100&offset=1200", paged, 30, ""},
		{"?limit=100&offset=1100", anonymous, 100, "limit=100&offset=1200"},
		{"?limit=1000&offset=1000", anonymous, 200, "limit=200&offset=1200"},
		{"?offset=1000", anonymous, 230, ""},
		{"?limit=x", anonymous, 0, ""},
	} {
		w := h.do("GET", path+c.query, "", admin, c.as)
		if c.n == 0 {
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s: %d", c.query, w.Code)
			}
			continue
		}
		got := jsonBody[list](t, w)
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
	if w := h.do("GET", path+"?limit=x", "", bearer(h.token(h.user("bob", false)))); w.Code != http.StatusNotFound {
		t.Errorf("bad arguments of somebody without the right: %d", w.Code)
	}
}

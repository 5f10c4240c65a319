package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Whatever comes in, nothing panics and nothing is our fault.
func FuzzRequest(f *testing.F) {
	h := newTestHub(f)
	root := h.user("root", true)
	h.user("ann", false)
	h.password(root, "correct horse")
	token := h.token(root)
	for _, seed := range [][3]string{
		{"POST", "/hub/api/users", `{"usernames": ["a", "b"], "admin": true}`},
		{"POST", "/hub/api/users/ann", `{"name": null}`},
		{"PATCH", "/hub/api/users/ann", `{"name": "\ud800", "admin": false, "suspended": true}`},
		{"POST", "/hub/api/users/ann/tokens", `{"expires_in": 1e3, "note": "\u0000", "scopes": ["read:users!user=ann"], "auth": {"username": "root", "password": "x"}}`},
		{"GET", "/hub/api/users/ann/tokens/a-1", ``},
		{"POST", "/hub/api/users/ann/servers/x", `{"display_name": "\u202e", "user_options": {"a": {}}}`},
		{"DELETE", "/hub/api/users/ann/server", `{"remove": true}`},
		{"POST", "/hub/api/users/ann/activity", `{"last_activity": "0001-01-01T00:00:00Z", "servers": {"": {"last_activity": "9999-12-31"}}}`},
		{"POST", "/hub/api/groups", `{"groups": ["g", "\u2028"], "users": ["ann"]}`},
		{"PUT", "/hub/api/groups/g/properties", `{"a": 1e999, "a": []}`},
		{"POST", "/hub/api/groups/%00/users", `{"users": [{}]}`},
		{"GET", "/hub/api/users?state=ready&sort=-name&limit=-9223372036854775808&offset=9223372036854775807", ``},
		{"GET", "/hub/api/users/%ff%2f..", ``},
		{"GET", "/hub/api/users/a/servers//progress", ``},
		{"GET", "/hub//x", ``},
		{"PATCH", "/hub/api/users/ann/servers/x", `{"name": "y", "display_name": null, "user_options": []}`},
		{"PUT", "/hub/api/users/ann/servers/%F0%9F%98%80", `{"user_options": {"profile": {}}}`},
		{"POST", "/hub/api/services/s", `{"url": "http://[::1", "oauth_redirect_uri": "\\x", "api_token": 5, "info": {"a": 1e999}}`},
		{"POST", "/hub/api/shares/ann/", `{"user": "root", "scopes": ["access:servers!server=ann/"], "group": "g"}`},
		{"POST", "/hub/api/share-codes/ann/x", `{"expires_in": -1e18, "scopes": [""]}`},
		{"DELETE", "/hub/api/share-codes/ann/x?id=sc_99999999999999999999&code=", ``},
		{"GET", "/hub/api/users/ann/shared/root/", ``},
		{"GET", "/hub/api/authorizations/token/%2e%2e", ``},
		{"POST", "/hub/api/authorizations/token", `{"username": ["x"], "password": null}`},
		{"GET", "/hub/api/authorizations/cookie/jupyterhub-hub-login/x", ``},
		{"GET", "/hub/login?next=//evil.example/%0d%0a&a=b&next=/\\evil", ``},
		{"POST", "/hub/login?next=https:evil", `username=ann&password=%ff&_xsrf=x`},
		{"GET", "/hub/user-redirect/lab?next=javascript:alert(1)&a[]=%ff", ``},
		{"GET", "/hub/spawn/ann/x?next=/hub/..%2f..%2fevil", ``},
		{"GET", "/hub/accept-share?code=%00", ``},
		{"GET", "/hub/api/oauth2/authorize?client_id=service-x&redirect_uri=%00&state=\u2028&scope=a+b", ``},
		{"POST", "/hub/api/oauth2/token", `grant_type=authorization_code&code=%ff&client_id=&client_secret=%00`},
		{"POST", "/hub/api/proxy", `{"ip": 5, "auth_token": {}}`},
		{"GET", "/hub/metrics?x=%zz", ``},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || strings.HasSuffix(u.Path, "/progress") {
			return // net/http answers it itself; a stream would wait for its end
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		bearer(token)(r)
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %q %q: %d %s\n%s", method, target, body, w.Code, w.Body, h.log)
		}
	})
}

func FuzzCredentials(f *testing.F) {
	h := newTestHub(f)
	h.user("ann", false)
	f.Add("token x", "jupyterhub-session-id=a; jupyterhub-hub-login=b; _xsrf=c", "c", "application/json")
	f.Add("Bearer  x  y", `_xsrf="AAAA"; _xsrf==; ;`, "%00", "multipart/form-data; boundary=")
	f.Add("\xff \xff", "jupyterhub-session-id", strings.Repeat("A", 600), ";;;")
	f.Fuzz(func(t *testing.T, authorization, cookie, xsrf, kind string) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := httptest.NewRequestWithContext(t.Context(), method, "/hub/api/user", strings.NewReader("x"))
			for name, value := range map[string]string{
				"Authorization": authorization, "Cookie": cookie, "X-XSRFToken": xsrf, "Content-Type": kind, "Origin": "http://example.com",
			} {
				r.Header[http.CanonicalHeaderKey(name)] = []string{value}
			}
			if who, err := h.server.env.identify(r, api); err != nil || who.Known() {
				t.Fatalf("%q and %q are %s", authorization, cookie, who.User.Name)
			}
			if h.server.env.validXSRF(r, h.server.env.anonymous(r), xsrf) {
				t.Fatalf("%q is taken for a token", xsrf)
			}
			w := httptest.NewRecorder()
			h.server.ServeHTTP(w, r)
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s: %d %s", method, w.Code, w.Body)
			}
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"a": "\\\""}`, `[[[]]]`, `"\ud800"`, "{\"a\":1}\n", `{"a":1,"a":2}`, "\xef\xbb\xbf{}", "nul", "-0", "1e400"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		raw, err := readJSON(r)
		if err != nil || raw == nil {
			return
		}
		_ = isFalsy(raw)
		o, ok := asObject(raw)
		if !ok {
			return
		}
		for key := range o {
			_, _, _ = o.stringField(key)
			_, _ = o.boolField(key)
			_, _ = o.stringsField(key)
			_, _ = activityTime(o[key])
			_, _ = expiresIn(o[key])
		}
		_ = checkUserModel(o)
	})
}

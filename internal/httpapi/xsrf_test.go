package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	missingXSRF = "'_xsrf' argument missing from"
	wrongXSRF   = "XSRF cookie does not match"
)

// xsrfOf is the token that the browser has now.
func (h *testHub) xsrfOf(as asker) string {
	r := httptest.NewRequestWithContext(h.t.Context(), "GET", "/hub/home", nil)
	as(r)
	return h.server.env.xsrfToken(r, h.identified(r, page))
}

// identified is who a request comes from.
func (h *testHub) identified(r *http.Request, k routeKind) *access.Requester {
	h.t.Helper()
	who, err := h.server.env.identify(r, k)
	if err != nil {
		h.t.Fatal(err)
	}
	return who
}

func withXSRF(token string) asker {
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "_xsrf", Value: token})
		r.Header.Set("X-XSRFToken", token)
	}
}

func fetch(mode, site, dest string) asker {
	return func(r *http.Request) {
		for name, value := range map[string]string{"Sec-Fetch-Mode": mode, "Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
	}
}

// Which requests of a logged-in browser need the token.
func TestXSRFMatrix(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", false)
	browser := h.browser(ann)
	token := h.xsrfOf(browser)
	for _, c := range []struct {
		method, path     string
		mode, site, dest string
		needed           bool
	}{
		{"GET", "/hub/api/user", "", "", "", false},
		{"GET", "/hub/api/user", "navigate", "none", "document", false},
		{"GET", "/hub/api/user", "navigate", "same-origin", "document", false},
		{"GET", "/hub/api/user", "navigate", "same-origin", "iframe", true},
		{"GET", "/hub/api/user", "navigate", "same-origin", "embed", true},
		{"GET", "/hub/api/user", "websocket", "same-origin", "websocket", false},
		{"GET", "/hub/api/user", "no-cors", "same-origin", "image", false},
		{"GET", "/hub/api/user", "no-cors", "same-origin", "script", false},
		{"GET", "/hub/api/user", "no-cors", "same-origin", "style", false},
		{"GET", "/hub/api/user", "no-cors", "same-origin", "font", false},
		{"GET", "/hub/api/user", "no-cors", "same-origin", "empty", true}, // a script could read the answer
		{"GET", "/hub/api/user", "no-cors", "same-origin", "", true},
		{"GET", "/hub/api/user", "no-cors", "cross-site", "image", true},
		{"GET", "/hub/api/user", "no-cors", "", "image", true},
		{"GET", "/hub/api/user", "cors", "same-origin", "empty", true},
		{"GET", "/hub/api/user", "same-origin", "same-origin", "empty", true},
		{"GET", "/hub/api/user", "cors", "cross-site", "empty", true},
		{"GET", "/hub/api/users/ann/tokens", "cors", "same-origin", "empty", true},
		{"GET", "/hub/api/users/ann/server/progress", "cors", "same-origin", "empty", true},
		{"GET", "/hub/api/", "cors", "cross-site", "empty", false},
		{"GET", "/hub/health", "cors", "same-origin", "empty", false},
		{"POST", "/hub/api/users/ann/server", "", "", "", true},
		{"POST", "/hub/api/users/ann/server", "navigate", "same-origin", "document", true},
		{"POST", "/hub/api/users/ann/server", "cors", "same-origin", "empty", true},
		{"POST", "/hub/api/users/ann/server", "no-cors", "same-origin", "image", true},
		{"POST", "/hub/api/users/ann/tokens", "cors", "same-origin", "empty", true},
		{"DELETE", "/hub/api/users/ann/server", "", "", "", true},
		{"DELETE", "/hub/api/users/ann/tokens/a99", "cors", "same-origin", "empty", true},
		{"PATCH", "/hub/api/users/ann", "cors", "same-origin", "empty", true},
		{"PUT", "/hub/api/groups/g/properties", "cors", "same-origin", "empty", true},
	} {
		t.Run(fmt.Sprintf("%s %s %s %s %s", c.method, c.path, c.mode, c.site, c.dest), func(t *testing.T) {
			refused := func(w *httptest.ResponseRecorder, text string) bool {
				return w.Code == 403 && strings.Contains(w.Body.String(), text)
			}
			f := fetch(c.mode, c.site, c.dest)
			if got := refused(h.do(c.method, c.path, "", browser, f), missingXSRF+" "+c.method); got != c.needed {
				t.Errorf("without the token: refused is %t", got)
			}
			if !c.needed {
				return
			}
			if w := h.do(c.method, c.path, "", browser, f, withXSRF("wrong")); !refused(w, wrongXSRF+" "+c.method+" argument") {
				t.Errorf("with a wrong one: %d %s", w.Code, w.Body)
			}
			if w := h.do(c.method, c.path, "", browser, f, withXSRF(token)); strings.Contains(w.Body.String(), "XSRF") || strings.Contains(w.Body.String(), "_xsrf") {
				t.Errorf("with the token: %d %s", w.Code, w.Body)
			}
			if w := h.do(c.method, c.path, "", bearer(h.token(ann)), f); strings.Contains(w.Body.String(), "_xsrf") {
				t.Errorf("by an API token: %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestXSRFAnonymous(t *testing.T) {
	h := newTestHub(t)
	h.run(t, []scenario{
		{name: "without Origin the credentials are missing", method: "POST", path: "/hub/api/users", status: 403, message: noCredentials},
		{name: "with Origin it does not show whether there are any", method: "POST", path: "/hub/api/users", as: []asker{header("Origin", "http://example.com")}, status: 403, message: missingXSRF + " POST"},
		{name: "another site", method: "POST", path: "/hub/api/users", as: []asker{header("Origin", "http://evil.example")}, status: 403, message: missingXSRF + " POST"},
		{name: "with a bad token too", method: "DELETE", path: "/hub/api/users/x", as: []asker{header("Origin", "http://example.com"), bearer("wrong")}, status: 403, message: missingXSRF + " DELETE"},
		{name: "an anonymous token is good for that", method: "POST", path: "/hub/api/users", as: []asker{header("Origin", "http://example.com"), withXSRF(h.xsrfOf(anonymous))}, status: 403, message: noCredentials},
	})
}

func TestWhereTheXSRFTokenIsTakenFrom(t *testing.T) {
	h := newTestHub(t)
	browser := h.browser(h.user("ann", false))
	token := h.xsrfOf(browser)
	cookie := func(values ...string) asker {
		return func(r *http.Request) {
			for _, v := range values {
				r.AddCookie(&http.Cookie{Name: "_xsrf", Value: v})
			}
		}
	}
	const path = "/hub/api/users/ann/server"
	for _, c := range []struct {
		name   string
		path   string
		as     []asker
		status int
	}{
		{"query", path + "?_xsrf=" + token, []asker{cookie(token)}, 202},
		{"last of two in the query", path + "?_xsrf=x&_xsrf=" + token, []asker{cookie(token)}, 202},
		{"X-XSRFToken", path, []asker{cookie(token), header("X-XSRFToken", token)}, 202},
		{"X-CSRFToken", path, []asker{cookie(token), header("X-CSRFToken", token)}, 202},
		{"the first good cookie of several", path, []asker{cookie("junk", token), header("X-XSRFToken", token)}, 202},
		{"an old token beside the cookie's", path, []asker{cookie("junk"), header("X-XSRFToken", token)}, 403},
		{"no cookie", path, []asker{header("X-XSRFToken", token)}, 403},
		{"only the cookie", path, []asker{cookie(token)}, 403},
		{"a query beats a header", path + "?_xsrf=wrong", []asker{cookie(token), header("X-XSRFToken", token)}, 403},
	} {
		if w := h.do("POST", c.path, "", append(c.as, browser)...); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
	}
}

func TestXSRFTokensAreBound(t *testing.T) {
	h := newTestHub(t)
	ann, bob := h.user("ann", false), h.user("bob", false)
	first, second, other := h.browser(ann), h.browser(ann), h.browser(bob)
	good := h.xsrfOf(first)
	post := func(token string, as asker) int {
		return h.do("POST", "/hub/api/users/ann/server", "", as, withXSRF(token)).Code
	}
	if got := post(good, first); got != 202 {
		t.Errorf("the browser's own: %d", got)
	}
	for name, token := range map[string]string{
		"another session's": h.xsrfOf(second), "another person's": h.xsrfOf(other), "from before the login": h.xsrfOf(anonymous),
		"cut": good[:len(good)-1], "longer": good + "A", "padded": good + "==", "empty": "", "changed": "B" + good[1:],
	} {
		if got := post(token, first); got != 403 {
			t.Errorf("%s: %d", name, got)
		}
	}
	h.advance(30 * time.Minute)
	if got := post(good, first); got != 202 {
		t.Errorf("after half an hour: %d", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	who := &access.Requester{Address: "192.0.2.1"}
	token := h.server.env.newXSRFToken(r, who, h.clock())
	for age, want := range map[time.Duration]bool{0: true, 31 * 24 * time.Hour: true, 31*24*time.Hour + time.Second: false} {
		later := *h.server.env
		later.clock = func() time.Time { return h.clock().Add(age) }
		if got := later.validXSRF(r, who, token); got != want {
			t.Errorf("valid after %s: %t", age, got)
		}
	}
	r.Header.Set("User-Agent", "another")
	if h.server.env.validXSRF(r, who, token) {
		t.Error("another browser's anonymous token is taken")
	}
}

func TestRefreshXSRF(t *testing.T) {
	h := newTestHub(t)
	browser := h.browser(h.user("ann", false))
	refresh := func(as ...asker) (token string, cookies []*http.Cookie) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "https://example.com/hub/home", nil)
		for _, a := range as {
			a(r)
		}
		w := httptest.NewRecorder()
		token = h.server.env.refreshXSRF(w, r, h.identified(r, page))
		return token, w.Result().Cookies()
	}
	token, set := refresh(browser)
	if len(set) != 1 || set[0].Value != token || set[0].Path != "/hub/" || !set[0].HttpOnly || !set[0].Secure ||
		set[0].SameSite != http.SameSiteLaxMode || set[0].MaxAge != 0 {
		t.Fatalf("cookie %+v", set)
	}
	if again, set := refresh(browser, withXSRF(token)); again != token || len(set) > 0 {
		t.Errorf("a good cookie is replaced: %v", set)
	}
	if _, set := refresh(browser, fetch("navigate", "none", "document")); len(set) != 1 {
		t.Error("a navigation gets no cookie")
	}
	if _, set := refresh(browser, fetch("cors", "same-origin", "empty")); len(set) > 0 {
		t.Error("a fetch gets a cookie")
	}
	if _, set := refresh(); len(set) != 1 || set[0].MaxAge != 3600 {
		t.Errorf("nobody's cookie is %+v", set)
	}
}

func TestContentTypeOfCookiePosts(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", false)
	browser := h.browser(ann)
	token := withXSRF(h.xsrfOf(browser))
	for kind, status := range map[string]int{
		"": 202, "application/json": 202, "Application/JSON; charset=utf-8": 202, "text/plain; application/json": 202,
		"text/plain": 403, "application/x-www-form-urlencoded": 403, "multipart/form-data; boundary=x": 403, "json": 403,
	} {
		as := []asker{browser, token}
		if kind != "" {
			as = append(as, header("Content-Type", kind))
		}
		if w := h.do("POST", "/hub/api/users/ann/server", "", as...); w.Code != status {
			t.Errorf("%q: %d %s, want %d", kind, w.Code, w.Body, status)
		}
	}
	if w := h.do("POST", "/hub/api/users/ann/server", "{}", bearer(h.token(ann)), header("Content-Type", "text/plain")); w.Code != 202 {
		t.Errorf("with a token any type will do: %d", w.Code)
	}
	if w := h.do("DELETE", "/hub/api/users/ann/tokens/a99", "", browser, token, header("Content-Type", "text/plain")); w.Code != 404 {
		t.Errorf("only POST is asked: %d", w.Code)
	}
}

func TestCrossOrigin(t *testing.T) {
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.PublicURL = "https://hub.example" })
	ann := h.user("ann", false)
	browser := h.browser(ann)
	token := withXSRF(h.xsrfOf(browser))
	for _, c := range []struct {
		name   string
		as     []asker
		status int
	}{
		{"nothing said", nil, 202},
		{"same origin", []asker{fetch("cors", "same-origin", "empty")}, 202},
		{"cross site", []asker{fetch("cors", "cross-site", "empty")}, 403},
		{"same site", []asker{fetch("cors", "same-site", "empty")}, 403},
		{"its own Origin", []asker{header("Origin", "http://example.com")}, 202},
		{"the public Origin", []asker{header("Origin", "https://hub.example")}, 202},
		{"another Origin", []asker{header("Origin", "http://evil.example")}, 403},
		{"no Origin", []asker{header("Origin", "null")}, 403},
		{"another Origin, forged host", []asker{header("Origin", "http://evil.example"), header("X-Forwarded-Host", "evil.example")}, 403},
		{"another Origin, the proxy's host", []asker{header("Origin", "http://front.example"), header("X-Forwarded-Host", "front.example"), fromProxy}, 202},
	} {
		as := append([]asker{browser, token}, c.as...)
		if c.name == "another Origin, the proxy's host" {
			as = append(as, header("X-Forwarded-For", "192.0.2.1"))
		}
		if w := h.do("POST", "/hub/api/users/ann/server", "", as...); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
	}
	if w := h.do("POST", "/hub/api/users/ann/server", "", bearer(h.token(ann)), header("Origin", "http://evil.example")); w.Code != 202 {
		t.Errorf("a token may come from anywhere: %d", w.Code)
	}
}

func fromProxy(r *http.Request) { r.RemoteAddr = "127.0.0.1:4711" }

// Pages are for navigations alone, and forms carry the token.
func TestPagesAreForNavigations(t *testing.T) {
	h := newTestHub(t)
	browser := h.browser(h.user("ann", false))
	done := func(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
		_, err := w.Write([]byte("for " + who.User.Name))
		return err
	}
	err := h.server.register([]route{
		{Method: "GET", Pattern: "/test", kind: page, Handle: done},
		{Method: "POST", Pattern: "/test", kind: page, Handle: done},
		{Method: "GET", Pattern: "/rest/{path...}", kind: mixed, Handle: done},
		{Method: "GET", Pattern: "/open", kind: public, Handle: done},
		{Method: "GET", Pattern: "/panics", kind: page, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error { panic("secret") }},
		{Method: "GET", Pattern: "/api/fails", kind: api, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error {
			return fmt.Errorf("read /secret/file: %w", http.ErrBodyNotAllowed)
		}},
		{Method: "GET", Pattern: "/api/hides", kind: api, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error {
			return hub.Wrap(hub.Internal, fmt.Errorf("password is hunter2"), "secret text")
		}},
		{Method: "GET", Pattern: "/api/limits", kind: api, Handle: func(http.ResponseWriter, *http.Request, *access.Requester) error {
			return &hub.Error{Code: hub.Limit, Msg: "Too many", RetryAfter: 1200 * time.Millisecond}
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	token := h.xsrfOf(browser)
	form := header("Content-Type", "application/x-www-form-urlencoded")
	cookie := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "_xsrf", Value: token}) }
	for _, c := range []struct {
		name, method, path, body string
		as                       []asker
		status                   int
	}{
		{"no headers", "GET", "/hub/test", "", nil, 200},
		{"navigate", "GET", "/hub/test", "", []asker{fetch("navigate", "none", "document")}, 200},
		{"navigate from a link elsewhere", "GET", "/hub/test", "", []asker{fetch("navigate", "cross-site", "document")}, 200},
		{"fetch", "GET", "/hub/test", "", []asker{fetch("cors", "same-origin", "empty")}, 403},
		{"same-origin fetch", "GET", "/hub/test", "", []asker{fetch("same-origin", "same-origin", "empty")}, 403},
		{"no-cors", "GET", "/hub/test", "", []asker{fetch("no-cors", "same-origin", "script")}, 403},
		{"iframe", "GET", "/hub/test", "", []asker{fetch("navigate", "same-origin", "iframe")}, 403},
		{"frame", "GET", "/hub/test", "", []asker{fetch("navigate", "same-origin", "frame")}, 403},
		{"object", "GET", "/hub/test", "", []asker{fetch("navigate", "same-origin", "object")}, 403},
		{"embed", "GET", "/hub/test", "", []asker{fetch("navigate", "same-origin", "embed")}, 403},
		{"double slash is no other page", "GET", "/hub//test", "", nil, 200},
		{"and no way to the API", "GET", "/hub//api/user", "", nil, 404},
		{"a form with the token", "POST", "/hub/test", "_xsrf=" + url.QueryEscape(token), []asker{form, cookie}, 200},
		{"a form without", "POST", "/hub/test", "a=b", []asker{form, cookie}, 403},
		{"a form without any", "POST", "/hub/test", "a=b", []asker{form}, 403},
		{"a broken form", "POST", "/hub/test", "%zz", []asker{form, cookie}, 400},
		{"a broken multipart form", "POST", "/hub/test", "x", []asker{header("Content-Type", "multipart/form-data"), cookie}, 400},
		{"a large form", "POST", "/hub/test", "a=" + strings.Repeat("b", maxBody), []asker{form, cookie}, 413},
		{"a form from elsewhere", "POST", "/hub/test", "_xsrf=" + token, []asker{form, cookie, header("Origin", "http://evil.example")}, 403},
		{"HEAD of a page", "HEAD", "/hub/test", "", nil, 405},
		{"what programs ask for too", "GET", "/hub/rest/a//b", "", []asker{fetch("cors", "same-origin", "empty")}, 200},
		{"open to all", "GET", "/hub/open", "", []asker{fetch("cors", "cross-site", "empty")}, 200},
		{"unknown", "GET", "/hub/unknown", "", nil, 404},
		{"panic", "GET", "/hub/panics", "", nil, 500},
	} {
		w := h.do(c.method, c.path, c.body, append(c.as, browser)...)
		if w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %s", c.name, w.Body)
		}
	}
	if w := h.do("GET", "/hub/test", "", bearer(h.token(h.userNamed("ann")))); w.Body.String() != "for " {
		t.Errorf("a page takes a token: %s", w.Body)
	}
	for _, path := range []string{"/hub/api/fails", "/hub/api/hides"} {
		if w := h.do("GET", path, ""); w.Code != 500 || message(t, w) != "Internal Server Error" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := h.do("GET", "/hub/api/limits", ""); w.Code != 429 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("limits: %d %v", w.Code, w.Header())
	}
}

func TestSessionCookies(t *testing.T) {
	h := newTestHub(t, func(c *app.Config, _ *Options) { c.Base = "/jhub/" })
	h.password(h.user("ann", false), "correct horse")
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/jhub/hub/login", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("X-Forwarded-Proto", "https")
	in, err := h.app.Login(t.Context(), "ann", "correct horse", h.server.env.browserOf(r, h.server.env.anonymous(r)))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.server.env.setSession(w, r, in)
	set := map[string]*http.Cookie{}
	for _, c := range w.Result().Cookies() {
		set[c.Name] = c
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%s is %+v", c.Name, c)
		}
	}
	if set[SessionCookie].Path != "/jhub/" || set[LoginCookie].Path != "/jhub/hub/" || set["_xsrf"].Path != "/jhub/hub/" ||
		set[SessionCookie].MaxAge != 14*24*3600 || set["_xsrf"].MaxAge != 0 {
		t.Errorf("cookies %+v", set)
	}
	browser := func(r *http.Request) {
		for _, c := range set {
			r.AddCookie(c)
		}
		r.Header.Set("X-XSRFToken", set["_xsrf"].Value)
	}
	if w := h.do("POST", "/jhub/hub/api/users/ann/server", "", browser); w.Code != 202 {
		t.Errorf("the new session with its new token: %d %s", w.Code, w.Body)
	}
	for _, alone := range []string{SessionCookie, LoginCookie} {
		if w := h.do("GET", "/jhub/hub/api/user", "", func(r *http.Request) { r.AddCookie(set[alone]) }); w.Code != 403 {
			t.Errorf("%s alone: %d", alone, w.Code)
		}
	}
	w = httptest.NewRecorder()
	h.server.env.clearSession(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge != -1 || c.Value != "" || c.Path != set[c.Name].Path {
			t.Errorf("cleared %+v", c)
		}
	}
}

func TestForwarded(t *testing.T) {
	h := newTestHub(t)
	for _, c := range []struct {
		remote, forwardedFor, host, proto string
		address, origin                   string
	}{
		{"192.0.2.1:5", "", "", "", "192.0.2.1", "http://example.com"},
		{"192.0.2.1:5", "198.51.100.7", "evil.example", "https", "192.0.2.1", "http://example.com"},
		{"127.0.0.1:5", "198.51.100.7", "front.example", "https", "198.51.100.7", "https://front.example"},
		{"127.0.0.1:5", "10.9.9.9, 198.51.100.7, 127.0.0.2", "a.example, b.example", "wss, http", "198.51.100.7", "https://a.example"},
		{"127.0.0.1:5", "junk", "", "gopher", "127.0.0.1", "http://example.com"},
		{"127.0.0.1:5", "127.0.0.3", "", "", "127.0.0.3", "http://example.com"},
		{"[::ffff:127.0.0.1]:5", "2001:db8::1", "", "", "2001:db8::1", "http://example.com"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.RemoteAddr = c.remote
		for name, value := range map[string]string{"X-Forwarded-For": c.forwardedFor, "X-Forwarded-Host": c.host, "X-Forwarded-Proto": c.proto} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if address, origin := h.server.env.clientAddress(r), h.server.env.origin(r); address != c.address || origin != c.origin {
			t.Errorf("%+v: %s, %s", c, address, origin)
		}
	}
}

package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
)

const (
	missingXSRF = "'_xsrf' argument missing from"
	wrongXSRF   = "XSRF cookie does not match"
)

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
	token := h.server.Env().newXSRFToken(r, who, h.clock())
	for age, want := range map[time.Duration]bool{0: true, 31 * 24 * time.Hour: true, 31*24*time.Hour + time.Second: false} {
		if got := h.server.Env().Later(age).validXSRF(r, who, token); got != want {
			t.Errorf("valid after %s: %t", age, got)
		}
	}
	r.Header.Set("User-Agent", "another")
	if h.server.Env().validXSRF(r, who, token) {
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
		token = h.server.Env().refreshXSRF(w, r, h.identified(r, page))
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

func TestSessionCookies(t *testing.T) {
	h := newTestHub(t, func(c *app.Config, _ *Options) { c.Base = "/jhub/" })
	h.password(h.user("ann", false), "correct horse")
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/jhub/hub/login", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("X-Forwarded-Proto", "https")
	in, err := h.app.Login(t.Context(), "ann", "correct horse", h.server.Env().browserOf(r, h.server.Env().anonymous(r)))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.server.Env().setSession(w, r, in)
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
	h.server.Env().clearSession(w, r)
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
		if address, origin := h.server.Env().clientAddress(r), h.server.Env().origin(r); address != c.address || origin != c.origin {
			t.Errorf("%+v: %s, %s", c, address, origin)
		}
	}
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
			if who, err := h.server.Env().identify(r, api); err != nil || who.Known() {
				t.Fatalf("%q and %q are %s", authorization, cookie, who.User.Name)
			}
			if h.server.Env().validXSRF(r, h.server.Env().anonymous(r), xsrf) {
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

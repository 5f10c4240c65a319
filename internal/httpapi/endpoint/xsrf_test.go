package endpoint_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

const (
	missingXSRF = "'_xsrf' argument missing from"
	wrongXSRF   = "XSRF cookie does not match"
)

// Which requests of a logged-in browser need the token.
func TestXSRFMatrix(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	browser := h.Browser(ann)
	token := h.XSRFOf(browser)
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
			f := httpapitest.Fetch(c.mode, c.site, c.dest)
			if got := refused(h.Do(c.method, c.path, "", browser, f), missingXSRF+" "+c.method); got != c.needed {
				t.Errorf("without the token: refused is %t", got)
			}
			if !c.needed {
				return
			}
			if w := h.Do(c.method, c.path, "", browser, f, httpapitest.WithXSRF("wrong")); !refused(w, wrongXSRF+" "+c.method+" argument") {
				t.Errorf("with a wrong one: %d %s", w.Code, w.Body)
			}
			if w := h.Do(c.method, c.path, "", browser, f, httpapitest.WithXSRF(token)); strings.Contains(w.Body.String(), "XSRF") || strings.Contains(w.Body.String(), "_xsrf") {
				t.Errorf("with the token: %d %s", w.Code, w.Body)
			}
			if w := h.Do(c.method, c.path, "", httpapitest.Bearer(h.Token(ann)), f); strings.Contains(w.Body.String(), "_xsrf") {
				t.Errorf("by an API token: %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestXSRFAnonymous(t *testing.T) {
	h := httpapitest.New(t)
	h.Run(t, []httpapitest.Scenario{
		{Name: "without Origin the credentials are missing", Method: "POST", Path: "/hub/api/users", Status: 403, Message: httpapitest.NoCredentials},
		{Name: "with Origin it does not show whether there are any", Method: "POST", Path: "/hub/api/users", As: []httpapitest.Asker{httpapitest.Header("Origin", "http://example.com")}, Status: 403, Message: missingXSRF + " POST"},
		{Name: "another site", Method: "POST", Path: "/hub/api/users", As: []httpapitest.Asker{httpapitest.Header("Origin", "http://evil.example")}, Status: 403, Message: missingXSRF + " POST"},
		{Name: "with a bad token too", Method: "DELETE", Path: "/hub/api/users/x", As: []httpapitest.Asker{httpapitest.Header("Origin", "http://example.com"), httpapitest.Bearer("wrong")}, Status: 403, Message: missingXSRF + " DELETE"},
		{Name: "an anonymous token is good for that", Method: "POST", Path: "/hub/api/users", As: []httpapitest.Asker{httpapitest.Header("Origin", "http://example.com"), httpapitest.WithXSRF(h.XSRFOf(httpapitest.Anonymous))}, Status: 403, Message: httpapitest.NoCredentials},
	})
}

func TestWhereTheXSRFTokenIsTakenFrom(t *testing.T) {
	h := httpapitest.New(t)
	browser := h.Browser(h.User("ann", false))
	token := h.XSRFOf(browser)
	cookie := func(values ...string) httpapitest.Asker {
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
		as     []httpapitest.Asker
		status int
	}{
		{"query", path + "?_xsrf=" + token, []httpapitest.Asker{cookie(token)}, 202},
		{"last of two in the query", path + "?_xsrf=x&_xsrf=" + token, []httpapitest.Asker{cookie(token)}, 202},
		{"X-XSRFToken", path, []httpapitest.Asker{cookie(token), httpapitest.Header("X-XSRFToken", token)}, 202},
		{"X-CSRFToken", path, []httpapitest.Asker{cookie(token), httpapitest.Header("X-CSRFToken", token)}, 202},
		{"the first good cookie of several", path, []httpapitest.Asker{cookie("junk", token), httpapitest.Header("X-XSRFToken", token)}, 202},
		{"an old token beside the cookie's", path, []httpapitest.Asker{cookie("junk"), httpapitest.Header("X-XSRFToken", token)}, 403},
		{"no cookie", path, []httpapitest.Asker{httpapitest.Header("X-XSRFToken", token)}, 403},
		{"only the cookie", path, []httpapitest.Asker{cookie(token)}, 403},
		{"a query beats a header", path + "?_xsrf=wrong", []httpapitest.Asker{cookie(token), httpapitest.Header("X-XSRFToken", token)}, 403},
	} {
		if w := h.Do("POST", c.path, "", append(c.as, browser)...); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
	}
}

func TestXSRFTokensAreBound(t *testing.T) {
	h := httpapitest.New(t)
	ann, bob := h.User("ann", false), h.User("bob", false)
	first, second, other := h.Browser(ann), h.Browser(ann), h.Browser(bob)
	good := h.XSRFOf(first)
	post := func(token string, as httpapitest.Asker) int {
		return h.Do("POST", "/hub/api/users/ann/server", "", as, httpapitest.WithXSRF(token)).Code
	}
	if got := post(good, first); got != 202 {
		t.Errorf("the browser's own: %d", got)
	}
	for name, token := range map[string]string{
		"another session's": h.XSRFOf(second), "another person's": h.XSRFOf(other), "from before the login": h.XSRFOf(httpapitest.Anonymous),
		"cut": good[:len(good)-1], "longer": good + "A", "padded": good + "==", "empty": "", "changed": "B" + good[1:],
	} {
		if got := post(token, first); got != 403 {
			t.Errorf("%s: %d", name, got)
		}
	}
	h.Advance(30 * time.Minute)
	if got := post(good, first); got != 202 {
		t.Errorf("after half an hour: %d", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	who := &access.Requester{Address: "192.0.2.1"}
	token := h.Server.Env().NewXSRFToken(r, who, h.Clock())
	for age, want := range map[time.Duration]bool{0: true, 31 * 24 * time.Hour: true, 31*24*time.Hour + time.Second: false} {
		if got := h.Server.Env().Later(age).ValidXSRF(r, who, token); got != want {
			t.Errorf("valid after %s: %t", age, got)
		}
	}
	r.Header.Set("User-Agent", "another")
	if h.Server.Env().ValidXSRF(r, who, token) {
		t.Error("another browser's anonymous token is taken")
	}
}

func TestRefreshXSRF(t *testing.T) {
	h := httpapitest.New(t)
	browser := h.Browser(h.User("ann", false))
	refresh := func(as ...httpapitest.Asker) (token string, cookies []*http.Cookie) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "https://example.com/hub/home", nil)
		for _, a := range as {
			a(r)
		}
		w := httptest.NewRecorder()
		token = h.Server.Env().RefreshXSRF(w, r, h.Identified(r, endpoint.Page))
		return token, w.Result().Cookies()
	}
	token, set := refresh(browser)
	if len(set) != 1 || set[0].Value != token || set[0].Path != "/hub/" || !set[0].HttpOnly || !set[0].Secure ||
		set[0].SameSite != http.SameSiteLaxMode || set[0].MaxAge != 0 {
		t.Fatalf("cookie %+v", set)
	}
	if again, set := refresh(browser, httpapitest.WithXSRF(token)); again != token || len(set) > 0 {
		t.Errorf("a good cookie is replaced: %v", set)
	}
	if _, set := refresh(browser, httpapitest.Fetch("navigate", "none", "document")); len(set) != 1 {
		t.Error("a navigation gets no cookie")
	}
	if _, set := refresh(browser, httpapitest.Fetch("cors", "same-origin", "empty")); len(set) > 0 {
		t.Error("a fetch gets a cookie")
	}
	if _, set := refresh(); len(set) != 1 || set[0].MaxAge != 3600 {
		t.Errorf("nobody's cookie is %+v", set)
	}
}

func TestSessionCookies(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Base = "/jhub/" })
	h.Password(h.User("ann", false), "correct horse")
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/jhub/hub/login", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("X-Forwarded-Proto", "https")
	in, err := h.App.Login(t.Context(), "ann", "correct horse", h.Server.Env().BrowserOf(r, h.Server.Env().Anonymous(r)))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.Server.Env().SetSession(w, r, in)
	set := map[string]*http.Cookie{}
	for _, c := range w.Result().Cookies() {
		set[c.Name] = c
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%s is %+v", c.Name, c)
		}
	}
	if set[endpoint.SessionCookie].Path != "/jhub/" || set[endpoint.LoginCookie].Path != "/jhub/hub/" || set["_xsrf"].Path != "/jhub/hub/" ||
		set[endpoint.SessionCookie].MaxAge != 14*24*3600 || set["_xsrf"].MaxAge != 0 {
		t.Errorf("cookies %+v", set)
	}
	browser := func(r *http.Request) {
		for _, c := range set {
			r.AddCookie(c)
		}
		r.Header.Set("X-XSRFToken", set["_xsrf"].Value)
	}
	if w := h.Do("POST", "/jhub/hub/api/users/ann/server", "", browser); w.Code != 202 {
		t.Errorf("the new session with its new token: %d %s", w.Code, w.Body)
	}
	for _, alone := range []string{endpoint.SessionCookie, endpoint.LoginCookie} {
		if w := h.Do("GET", "/jhub/hub/api/user", "", func(r *http.Request) { r.AddCookie(set[alone]) }); w.Code != 403 {
			t.Errorf("%s alone: %d", alone, w.Code)
		}
	}
	w = httptest.NewRecorder()
	h.Server.Env().ClearSession(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge != -1 || c.Value != "" || c.Path != set[c.Name].Path {
			t.Errorf("cleared %+v", c)
		}
	}
}

func TestForwarded(t *testing.T) {
	h := httpapitest.New(t)
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
		if address, origin := h.Server.Env().ClientAddress(r), h.Server.Env().Origin(r); address != c.address || origin != c.origin {
			t.Errorf("%+v: %s, %s", c, address, origin)
		}
	}
}

func FuzzCredentials(f *testing.F) {
	h := httpapitest.New(f)
	h.User("ann", false)
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
			if who, err := h.Server.Env().Identify(r, endpoint.API); err != nil || who.Known() {
				t.Fatalf("%q and %q are %s", authorization, cookie, who.User.Name)
			}
			if h.Server.Env().ValidXSRF(r, h.Server.Env().Anonymous(r), xsrf) {
				t.Fatalf("%q is taken for a token", xsrf)
			}
			w := httptest.NewRecorder()
			h.Server.ServeHTTP(w, r)
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s: %d %s", method, w.Code, w.Body)
			}
		}
	})
}

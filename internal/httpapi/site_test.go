package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/subdomain"
)

func TestPagesAreAtTheHubsHostOnly(t *testing.T) {
	h := newPageHub(t, withDomains("http://hub.example"))
	ann := h.loggedIn("ann", "ann's password")
	wantPage(t, "home", ann.get("/hub/home"), http.StatusOK, `"user":"ann"`)
	elsewhere := at("ann.hub.example")
	for target, want := range map[string]string{
		"/hub/home":                     "http://hub.example/hub/home",
		"/hub/login?next=/user/ann/":    "http://hub.example/hub/login?next=/user/ann/",
		"/hub/logout":                   "http://hub.example/hub/logout",
		"/hub/user/ann/lab?a=b":         "http://hub.example/hub/user/ann/lab?a=b",
		"/hub/api/oauth2/authorize?x=1": "http://hub.example/hub/api/oauth2/authorize?x=1",
		"/":                             "http://hub.example/hub/",
		"/user/ann/lab?a=b":             "http://hub.example/hub/user/ann/lab?a=b",
		"/user/bob/":                    "http://hub.example/hub/user/bob/",
		"/user/ANN/lab?a=b":             "http://ann.hub.example/user/ann/lab?a=b",
	} {
		wantRedirect(t, target, ann.get(target, elsewhere), want)
	}
	wantRedirect(t, "capital letters at the hub's host", ann.get("/user/ANN/lab"), "http://ann.hub.example/user/ann/lab")
	wantRedirect(t, "a service at the hub's host", ann.get("/services/wiki/x?a=b"), "http://wiki--service.hub.example/services/wiki/x?a=b")
	wantRedirect(t, "and at its own, where it is not", ann.get("/services/wiki/", at("wiki--service.hub.example")), "http://hub.example/hub/services/wiki/")
	if w := ann.post("/hub/logout", url.Values{}, elsewhere); w.Code != http.StatusForbidden {
		t.Errorf("a form at another host: %d", w.Code)
	}
	// Cookies count at the hub alone, tokens everywhere: programs know it by other names.
	if w := ann.get("/hub/api/user", header("Sec-Fetch-Mode", "navigate")); w.Code != http.StatusOK {
		t.Errorf("the API with the cookies: %d %s", w.Code, w.Body)
	}
	if w := ann.get("/hub/api/user", header("Sec-Fetch-Mode", "navigate"), elsewhere); w.Code != http.StatusForbidden {
		t.Errorf("the API at another host with the cookies: %d", w.Code)
	}
	token := bearer(h.token(h.user("bob", false)))
	for _, host := range []string{"hub.example", "ann.hub.example", "127.0.0.1:8081", "[::1]:8081"} {
		if w := h.do("GET", "/hub/api/user", "", token, at(host)); w.Code != http.StatusOK {
			t.Errorf("the API at %s with a token: %d", host, w.Code)
		}
		if w := h.do("GET", "/hub/health", "", at(host)); w.Code != http.StatusOK {
			t.Errorf("health at %s: %d", host, w.Code)
		}
	}
	for _, host := range []string{"HUB.example", "hub.example:80"} {
		if w := ann.get("/hub/home", at(host)); w.Code != http.StatusOK {
			t.Errorf("home at %s: %d to %s", host, w.Code, location(w))
		}
	}
}

// What a notebook page's scripts ask of a stopped server could not be followed to
// another host.
func TestStoppedServerTellsPrograms(t *testing.T) {
	h := newPageHub(t, withDomains("http://hub.example"))
	for _, as := range []asker{header("Sec-Fetch-Mode", "cors"), header("Sec-Fetch-Mode", "same-origin")} {
		w := h.do("GET", "/user/ann/api/contents", "", at("ann.hub.example"), as)
		if w.Code != http.StatusFailedDependency || !strings.Contains(w.Body.String(), "http://hub.example/hub/spawn/ann") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestNextAcrossDomains(t *testing.T) {
	h := newPageHub(t, withDomains("https://hub.example:8443"))
	for raw, want := range map[string]string{
		"https://hub.example:8443/hub/home":               "/hub/home",
		"https://ann.hub.example:8443/user/ann/lab?a=b#c": "/user/ann/lab?a=b#c",
		"//ann.hub.example:8443/user/ann/":                "/user/ann/",
		"https://ann.hub.example:8443":                    "/",
		"https://ann.hub.example:8443//evil.example/":     "/evil.example/",
		"https://ann.hub.example/user/ann/":               "", // another port
		"https://annhub.example:8443/":                    "",
		"https://ann.hub.example:8443.evil.example/":      "",
		"https://evil.example/.hub.example:8443":          "",
		"https://evil.example?.hub.example:8443":          "",
		"https://evil.example#.hub.example:8443":          "",
		"ftp://ann.hub.example:8443/":                     "",
		"javascript://ann.hub.example:8443/%0aalert(1)":   "",
		"https://.hub.example:8443/":                      "",
	} {
		if got := h.server.Env().safeNext(nextRequest(t), raw); got != want {
			t.Errorf("%q becomes %q, want %q", raw, got, want)
		}
	}
	for path, want := range map[string]string{
		"/user/ann/lab?a=b":    "https://ann.hub.example:8443/user/ann/lab?a=b",
		"/user/ann":            "https://ann.hub.example:8443/user/ann",
		"/user/ann?x":          "https://ann.hub.example:8443/user/ann?x",
		"/user/a%40b/":         "https://u-ab--" + subdomain.Label("user", "a@b")[6:] + ".hub.example:8443/user/a%40b/",
		"/user/../x":           "/user/../x",
		"/user/a%2Fb/":         "/user/a%2Fb/",
		"/user/%zz/":           "/user/%zz/",
		"/hub/home":            "/hub/home",
		"/hub/user/ann/":       "/hub/user/ann/",
		"/services/wiki/x?y=z": "https://wiki--service.hub.example:8443/services/wiki/x?y=z",
		"/services/":           "/services/",
	} {
		if got := h.server.Env().publicURL(path); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}

// However next is written, the browser stays below the hub's domain.
func TestOnwardStaysBelow(t *testing.T) {
	h := newPageHub(t, withDomains("https://hub.example"))
	parts := []string{"https:", "http:", "//", "/", "ann", ".", "hub.example", "evil.example", "@", ":", "8443", "?", "#", `\`, "user/", "%2F", "services/", "x"}
	rapid.Check(t, func(rt *rapid.T) {
		next := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 8).Draw(rt, "parts"), "")
		r := nextRequest(t)
		r.URL.RawQuery = url.Values{"next": {next}}.Encode()
		base, _ := url.Parse("https://hub.example/hub/login")
		to, err := base.Parse(h.server.Env().nextURL(r, "/hub/home"))
		if err != nil {
			return // no browser goes there
		}
		if to.Host != "hub.example" && !strings.HasSuffix(to.Host, ".hub.example") && to.Host != "hub.example:8000" || to.User != nil {
			rt.Fatalf("%q leads to %s", next, to)
		}
	})
}

func TestCookiesOfDomains(t *testing.T) {
	for public, login := range map[string]string{"http://hub.example": LoginCookie, "https://hub.example:8443": HostLoginCookie} {
		h := newPageHub(t, withDomains(public))
		v := h.visitor()
		token := v.token(v.get("/hub/login"))
		w := v.post("/hub/login?next=/user/ann/", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {token}},
			header("Cookie", "_xsrf="+token)) // the jar speaks HTTP, and keeps what is for HTTPS to itself
		origin := strings.Replace(public, "hub.example", "ann.hub.example", 1)
		wantRedirect(t, public, w, origin+"/user/ann/")
		set := map[string]*http.Cookie{}
		for _, c := range w.Result().Cookies() {
			if c.MaxAge >= 0 {
				set[c.Name] = c
			}
			if c.Secure != strings.HasPrefix(public, "https:") {
				t.Errorf("%s: %v", public, c)
			}
		}
		if set[SessionCookie] == nil || set[SessionCookie].Domain != "hub.example" || set[SessionCookie].Path != "/" {
			t.Errorf("%s: the session's cookie is %v", public, set[SessionCookie])
		}
		for _, name := range []string{login, "_xsrf"} {
			if set[name] == nil || set[name].Domain != "" {
				t.Errorf("%s: the cookie %s is %v", public, name, set[name])
			}
		}
		page := h.visitor().get("/hub/login")
		scheme, host, _ := strings.Cut(public, "://")
		if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' "+scheme+"://*."+host) {
			t.Errorf("the login's policy is %q", policy)
		}
	}
}

// https makes a request one that came through a proxy that speaks HTTPS.
func https(r *http.Request) {
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("X-Forwarded-Proto", "https")
}

// asCookies sends a login's cookies, under the name given for the login.
func asCookies(session, name, login string) asker {
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: SessionCookie, Value: session})
		r.AddCookie(&http.Cookie{Name: name, Value: login})
	}
}

func TestHostPrefix(t *testing.T) {
	h := newPageHub(t)
	logIn := func(as ...asker) (session, name, value string) {
		t.Helper()
		v := h.visitor()
		token := v.token(v.get("/hub/login", as...))
		w := v.post("/hub/login", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {token}},
			append([]asker{header("Cookie", "_xsrf="+token)}, as...)...)
		for _, c := range w.Result().Cookies() {
			switch {
			case c.Name == SessionCookie:
				session = c.Value
			case c.MaxAge > 0 && strings.HasSuffix(c.Name, LoginCookie):
				name, value = c.Name, c.Value
				if c.Name == HostLoginCookie && (c.Path != "/" || c.Domain != "" || !c.Secure || !c.HttpOnly) {
					t.Errorf("browsers refuse %v", c)
				}
			}
		}
		return session, name, value
	}
	good := func(as ...asker) bool {
		return h.do("GET", "/hub/api/user", "", append(as, header("Sec-Fetch-Mode", "navigate"))...).Code == http.StatusOK
	}
	plainSession, name, plain := logIn()
	if name != LoginCookie {
		t.Errorf("over HTTP the cookie is %q", name)
	}
	hostSession, name, prefixed := logIn(https)
	if name != HostLoginCookie {
		t.Errorf("over HTTPS the cookie is %q", name)
	}
	for what, c := range map[string]struct {
		as   asker
		want bool
	}{
		"the login over HTTP":                             {asCookies(plainSession, LoginCookie, plain), true},
		"the login over HTTPS":                            {asCookies(hostSession, HostLoginCookie, prefixed), true},
		"the login over HTTPS, planted without prefix":    {asCookies(hostSession, LoginCookie, prefixed), false},
		"and without what marks it":                       {asCookies(hostSession, LoginCookie, strings.TrimPrefix(prefixed, login.HostLogin)), false},
		"the login over HTTP, under the name with prefix": {asCookies(plainSession, HostLoginCookie, plain), false},
	} {
		for scheme, as := range map[string]asker{"http": anonymous, "https": https} {
			if got := good(c.as, as); got != c.want {
				t.Errorf("%s, asked over %s: %v", what, scheme, got)
			}
		}
	}
	// Logging out ends both names.
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/hub/logout", nil)
	asCookies(hostSession, HostLoginCookie, prefixed)(r)
	https(r)
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	gone := map[string]string{}
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			gone[c.Name] = c.Path
		}
	}
	if gone[HostLoginCookie] != "/" || gone[LoginCookie] != "/hub/" || gone[SessionCookie] != "/" || gone["_xsrf"] != "/hub/" {
		t.Errorf("a logout takes away %v", gone)
	}
	if good(asCookies(hostSession, HostLoginCookie, prefixed)) {
		t.Error("the session goes on after the logout")
	}
}

// Below a path the hub has not the whole host, and a cookie for all of it would go
// to others.
func TestNoHostPrefixBelowAPath(t *testing.T) {
	h := newTestHub(t, func(c *app.Config, _ *Options) { c.Base = "/jhub/" })
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/jhub/hub/login", nil)
	https(r)
	if name, path := h.server.Env().loginCookieName(r); name != LoginCookie || path != "/jhub/hub/" {
		t.Errorf("%s at %s", name, path)
	}
}

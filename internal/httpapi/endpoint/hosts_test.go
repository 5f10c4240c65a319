package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/subdomain"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestPagesAreAtTheHubsHostOnly(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithDomains("http://hub.example"))
	ann := h.LoggedIn("ann", "ann's password")
	httpapitest.WantPage(t, "home", ann.Get("/hub/home"), http.StatusOK, `"user":"ann"`)
	elsewhere := httpapitest.AtHost("ann.hub.example")
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
		httpapitest.WantRedirect(t, target, ann.Get(target, elsewhere), want)
	}
	httpapitest.WantRedirect(t, "capital letters at the hub's host", ann.Get("/user/ANN/lab"), "http://ann.hub.example/user/ann/lab")
	httpapitest.WantRedirect(t, "a service at the hub's host", ann.Get("/services/wiki/x?a=b"), "http://wiki--service.hub.example/services/wiki/x?a=b")
	httpapitest.WantRedirect(t, "and at its own, where it is not", ann.Get("/services/wiki/", httpapitest.AtHost("wiki--service.hub.example")), "http://hub.example/hub/services/wiki/")
	if w := ann.Post("/hub/logout", url.Values{}, elsewhere); w.Code != http.StatusForbidden {
		t.Errorf("a form at another host: %d", w.Code)
	}
	// Cookies count at the hub alone, tokens everywhere: programs know it by other names.
	if w := ann.Get("/hub/api/user", httpapitest.Header("Sec-Fetch-Mode", "navigate")); w.Code != http.StatusOK {
		t.Errorf("the API with the cookies: %d %s", w.Code, w.Body)
	}
	if w := ann.Get("/hub/api/user", httpapitest.Header("Sec-Fetch-Mode", "navigate"), elsewhere); w.Code != http.StatusForbidden {
		t.Errorf("the API at another host with the cookies: %d", w.Code)
	}
	token := httpapitest.Bearer(h.Token(h.User("bob", false)))
	for _, host := range []string{"hub.example", "ann.hub.example", "127.0.0.1:8081", "[::1]:8081"} {
		if w := h.Do("GET", "/hub/api/user", "", token, httpapitest.AtHost(host)); w.Code != http.StatusOK {
			t.Errorf("the API at %s with a token: %d", host, w.Code)
		}
		if w := h.Do("GET", "/hub/health", "", httpapitest.AtHost(host)); w.Code != http.StatusOK {
			t.Errorf("health at %s: %d", host, w.Code)
		}
	}
	for _, host := range []string{"HUB.example", "hub.example:80"} {
		if w := ann.Get("/hub/home", httpapitest.AtHost(host)); w.Code != http.StatusOK {
			t.Errorf("home at %s: %d to %s", host, w.Code, httpapitest.Location(w))
		}
	}
}

// What a notebook page's scripts ask of a stopped server could not be followed to
// another host.
func TestStoppedServerTellsPrograms(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithDomains("http://hub.example"))
	for _, as := range []httpapitest.Asker{httpapitest.Header("Sec-Fetch-Mode", "cors"), httpapitest.Header("Sec-Fetch-Mode", "same-origin")} {
		w := h.Do("GET", "/user/ann/api/contents", "", httpapitest.AtHost("ann.hub.example"), as)
		if w.Code != http.StatusFailedDependency || !strings.Contains(w.Body.String(), "http://hub.example/hub/spawn/ann") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestNextAcrossDomains(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithDomains("https://hub.example:8443"))
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
		if got := h.Server.Env().SafeNext(nextRequest(t), raw); got != want {
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
		if got := h.Server.Env().PublicURL(path); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}

// However next is written, the browser stays below the hub's domain.
func TestOnwardStaysBelow(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithDomains("https://hub.example"))
	parts := []string{"https:", "http:", "//", "/", "ann", ".", "hub.example", "evil.example", "@", ":", "8443", "?", "#", `\`, "user/", "%2F", "services/", "x"}
	rapid.Check(t, func(rt *rapid.T) {
		next := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 8).Draw(rt, "parts"), "")
		r := nextRequest(t)
		r.URL.RawQuery = url.Values{"next": {next}}.Encode()
		base, _ := url.Parse("https://hub.example/hub/login")
		to, err := base.Parse(h.Server.Env().NextURL(r, "/hub/home"))
		if err != nil {
			return // no browser goes there
		}
		if to.Host != "hub.example" && !strings.HasSuffix(to.Host, ".hub.example") && to.Host != "hub.example:8000" || to.User != nil {
			rt.Fatalf("%q leads to %s", next, to)
		}
	})
}

func TestCookiesOfDomains(t *testing.T) {
	for public, login := range map[string]string{"http://hub.example": endpoint.LoginCookie, "https://hub.example:8443": endpoint.HostLoginCookie} {
		h := httpapitest.NewWithPages(t, httpapitest.WithDomains(public))
		v := h.Visitor()
		token := v.Token(v.Get("/hub/login"))
		w := v.Post("/hub/login?next=/user/ann/", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {token}},
			httpapitest.Header("Cookie", "_xsrf="+token)) // the jar speaks HTTP, and keeps what is for HTTPS to itself
		origin := strings.Replace(public, "hub.example", "ann.hub.example", 1)
		httpapitest.WantRedirect(t, public, w, origin+"/user/ann/")
		set := map[string]*http.Cookie{}
		for _, c := range w.Result().Cookies() {
			if c.MaxAge >= 0 {
				set[c.Name] = c
			}
			if c.Secure != strings.HasPrefix(public, "https:") {
				t.Errorf("%s: %v", public, c)
			}
		}
		if set[endpoint.SessionCookie] == nil || set[endpoint.SessionCookie].Domain != "hub.example" || set[endpoint.SessionCookie].Path != "/" {
			t.Errorf("%s: the session's cookie is %v", public, set[endpoint.SessionCookie])
		}
		for _, name := range []string{login, "_xsrf"} {
			if set[name] == nil || set[name].Domain != "" {
				t.Errorf("%s: the cookie %s is %v", public, name, set[name])
			}
		}
		page := h.Visitor().Get("/hub/login")
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
func asCookies(session, name, login string) httpapitest.Asker {
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: endpoint.SessionCookie, Value: session})
		r.AddCookie(&http.Cookie{Name: name, Value: login})
	}
}

func TestHostPrefix(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	logIn := func(as ...httpapitest.Asker) (session, name, value string) {
		t.Helper()
		v := h.Visitor()
		token := v.Token(v.Get("/hub/login", as...))
		w := v.Post("/hub/login", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {token}},
			append([]httpapitest.Asker{httpapitest.Header("Cookie", "_xsrf="+token)}, as...)...)
		for _, c := range w.Result().Cookies() {
			switch {
			case c.Name == endpoint.SessionCookie:
				session = c.Value
			case c.MaxAge > 0 && strings.HasSuffix(c.Name, endpoint.LoginCookie):
				name, value = c.Name, c.Value
				if c.Name == endpoint.HostLoginCookie && (c.Path != "/" || c.Domain != "" || !c.Secure || !c.HttpOnly) {
					t.Errorf("browsers refuse %v", c)
				}
			}
		}
		return session, name, value
	}
	good := func(as ...httpapitest.Asker) bool {
		return h.Do("GET", "/hub/api/user", "", append(as, httpapitest.Header("Sec-Fetch-Mode", "navigate"))...).Code == http.StatusOK
	}
	plainSession, name, plain := logIn()
	if name != endpoint.LoginCookie {
		t.Errorf("over HTTP the cookie is %q", name)
	}
	hostSession, name, prefixed := logIn(https)
	if name != endpoint.HostLoginCookie {
		t.Errorf("over HTTPS the cookie is %q", name)
	}
	for what, c := range map[string]struct {
		as   httpapitest.Asker
		want bool
	}{
		"the login over HTTP":                             {asCookies(plainSession, endpoint.LoginCookie, plain), true},
		"the login over HTTPS":                            {asCookies(hostSession, endpoint.HostLoginCookie, prefixed), true},
		"the login over HTTPS, planted without prefix":    {asCookies(hostSession, endpoint.LoginCookie, prefixed), false},
		"and without what marks it":                       {asCookies(hostSession, endpoint.LoginCookie, strings.TrimPrefix(prefixed, login.HostLogin)), false},
		"the login over HTTP, under the name with prefix": {asCookies(plainSession, endpoint.HostLoginCookie, plain), false},
	} {
		for scheme, as := range map[string]httpapitest.Asker{"http": httpapitest.Anonymous, "https": https} {
			if got := good(c.as, as); got != c.want {
				t.Errorf("%s, asked over %s: %v", what, scheme, got)
			}
		}
	}
	// Logging out ends both names.
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/hub/logout", nil)
	asCookies(hostSession, endpoint.HostLoginCookie, prefixed)(r)
	https(r)
	w := httptest.NewRecorder()
	h.Server.ServeHTTP(w, r)
	gone := map[string]string{}
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			gone[c.Name] = c.Path
		}
	}
	if gone[endpoint.HostLoginCookie] != "/" || gone[endpoint.LoginCookie] != "/hub/" || gone[endpoint.SessionCookie] != "/" || gone["_xsrf"] != "/hub/" {
		t.Errorf("a logout takes away %v", gone)
	}
	if good(asCookies(hostSession, endpoint.HostLoginCookie, prefixed)) {
		t.Error("the session goes on after the logout")
	}
}

// Below a path the hub has not the whole host, and a cookie for all of it would go
// to others.
func TestNoHostPrefixBelowAPath(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Base = "/jhub/" })
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/jhub/hub/login", nil)
	https(r)
	if name, path := h.Server.Env().LoginCookieName(r); name != endpoint.LoginCookie || path != "/jhub/hub/" {
		t.Errorf("%s at %s", name, path)
	}
}

package proxy

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a browser would keep of what it gets of a Set-Cookie, as Go reads it.
func FuzzSetCookieStaysInside(f *testing.F) {
	for _, seed := range []string{
		"a=b", "a=b; Path=/user/alice/", "jupyterhub-session-id=x", "a=b; path=/", `a=b; Path="/hub/"`, "=jupyterhub-hub-login=x",
		"a=b; Path=/user/alice/; Path=/", "a=b; Path=/user/alice/%2e%2e/bob", "a=b; DOMAIN = x", "__Host-jupyterhub-x=y; Path=/",
		"a=b; Domain=example.org; Path=/; Secure", "a=b;Path;Path=/user;=;;Domain", "__Host-a=b; Secure; Path=/",
	} {
		f.Add(seed)
	}
	rules := New(Options{}).cookies
	f.Fuzz(func(t *testing.T, line string) {
		v := rules.checkSetCookie(line, "/user/alice/", "hub.example.org:8000")
		if v.line == "" {
			return
		}
		if again := rules.checkSetCookie(v.line, "/user/alice/", "hub.example.org:8000"); again.line != v.line {
			t.Errorf("%q becomes %q, and that %q", line, v.line, again.line)
		}
		w := httptest.NewRecorder()
		w.Header()["Set-Cookie"] = []string{v.line}
		for _, c := range w.Result().Cookies() {
			switch {
			case rules.isHubCookie(c.Name), c.Name == "", c.Domain != "", hasPrefixFold(c.Name, hostPrefix):
				t.Errorf("%q sets %+v", line, c)
			case c.Path != "" && c.Path != "/user/alice" && !strings.HasPrefix(c.Path, "/user/alice/"):
				// Another spelling of the prefix is the same place, nothing else is.
				if p, err := url.PathUnescape(c.Path); err != nil || p != "/user/alice" && !strings.HasPrefix(p, "/user/alice/") {
					t.Errorf("%q sets path %q", line, c.Path)
				}
			}
		}
	})
}

func TestCookiesOfServersAreKeptInside(t *testing.T) {
	rules := New(Options{}).cookies
	const as = "as it is"
	for line, want := range map[string]string{
		"jupyterhub-user-alice=x; HttpOnly; Path=/user/alice/": as,
		"_xsrf=1; Path=/user/alice":                            as,
		"a=b":                                                  as,
		"a=b; Path=":                                           as,
		"a=b; PATH = /user/%61lice/lab; Secure":                as,
		"__Secure-a=b; Secure; Path=/user/alice/":              as,

		"a=b; Path=/":                                "a=b; Path=/user/alice/",
		"a=b; Path=/; HttpOnly; SameSite=Lax":        "a=b; HttpOnly; SameSite=Lax; Path=/user/alice/",
		"_xsrf=2|a|b|1; expires=Fri, 01 Jan; Path=/": "_xsrf=2|a|b|1; expires=Fri, 01 Jan; Path=/user/alice/",
		"a=; Max-Age=0; path=/":                      "a=; Max-Age=0; Path=/user/alice/",
		"a=b; Path=/user/":                           "a=b; Path=/user/alice/",
		"a=b; Path=/user":                            "a=b; Path=/user/alice/",
		"a=b; Path=//":                               "a=b; Path=/user/alice/",
		`a=b; Path="/"`:                              "a=b; Path=/user/alice/",
		"a=b; Path=here":                             "a=b; Path=/user/alice/",
		"a=b; Path=/; path=/user/alice/lab":          "a=b; Path=/user/alice/lab",
		"a=b; Path=/user/alice/lab; path=/":          "a=b; Path=/user/alice/",
		"a=b; Domain=hub.example.org; Path=/":        "a=b; Path=/user/alice/",
		"a=b; domain=.Example.org; Path=/user/alice": "a=b; Path=/user/alice",
		"a=b; domain=example.org":                    "a=b",
		"a=b; domain=":                               "a=b",
		"__Secure-a=b; Secure; Path=/":               "__Secure-a=b; Secure; Path=/user/alice/",

		"a=b; Path=/hub/":                             "",
		"a=b; Path=/user/alicex/":                     "",
		"a=b; Path=/user/alice/; path=/hub/":          "",
		"a=b; Path=/hub/; path=/user/alice/":          "",
		`a=b; Path="/hub/"`:                           "",
		"a=b; \xa0Path=/hub/":                         "",
		"a=b; Path=/user/alice/../bob/":               "",
		"a=b; Path=/user/alice/%2e%2E/bob/":           "",
		"a=b; Path=/user/alice/..%2fbob":              "",
		"a=b; Path=/user/..":                          "",
		"a=b; Domain=elsewhere.org":                   "",
		"a=b; Domain=b.example.org":                   "",
		"a=b; Domain=xample.org":                      "",
		"a=b; Domain=hub.example.org; domain=x.org":   "",
		"a=b; Path=/user/alice/\x00":                  "",
		"JupyterHub-Session-ID=x; Path=/user/alice/":  "",
		" jupyterhub-hub-login =x":                    "",
		"\xa0jupyterhub-hub-login=x; Path=/":          "",
		"__host-jupyterhub-hub-login=x":               "",
		"__Host-session=x; Path=/; Secure":            "",
		"__host-session=x; Path=/user/alice/; Secure": "",
		"=jupyterhub-session-id=x":                    "",
		"jupyterhub-session-id":                       "",
		"jupyterhub-session-id=; Path=/; Max-Age=0":   "",
	} {
		if want == as {
			want = line
		}
		got := rules.checkSetCookie(line, "/user/alice/", "hub.example.org:8000")
		if got.line != want {
			t.Errorf("%q: the browser gets %q, want %q", line, got.line, want)
		}
		if (got.reason == "") != (want == line) {
			t.Errorf("%q becomes %q because %q", line, got.line, got.reason)
		}
	}
}

// A base URL is above its servers too, and a named server's default server above it.
func TestWhatIsAboveAServer(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/jupyter": true, "/jupyter/": true, "/jupyter/user/": true, "/jupyter/user/alice": true, "/jupyter/user/%61lice/": true,
		"/jup": false, "/jupyter/hub/": false, "/user/": false, "/jupyter/user/al": false, "/jupyter/user/alice/lab": false,
	} {
		if got := pathCovers(path, "/jupyter/user/alice/gpu/"); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

// A program that knows nothing of its place says "Path=/" and gets its cookie back, at
// its own server alone.
func TestCookiesForEverythingComeBackToTheirServer(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/user/alice/login" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "hers", Path: "/", HttpOnly: true})
		}
		_, _ = fmt.Fprint(w, r.Header.Get("Cookie"))
	})
	bob := alice(w.upstream.URL)
	bob.Prefix, bob.ServerID, bob.UserID, bob.ClientID = "/user/bob/", 8, 2, "jupyterhub-user-bob"
	w.proxy.SetRoutes([]Route{alice(w.upstream.URL), bob})
	at := func(path string) string {
		u, err := url.Parse(w.front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := w.client.Do(req) // with its jar, by the path
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(res.Body)
		return body.String()
	}
	at("/user/alice/login")
	got := map[string]string{}
	for _, path := range []string{"/user/alice/", "/user/alice/proxy/5000/x", "/user/bob/", "/hub/home"} {
		got[path] = at(path)
	}
	want := map[string]string{
		"/user/alice/": "session=hers", "/user/alice/proxy/5000/x": "session=hers", "/user/bob/": "", "/hub/home": "hub /hub/home",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	hub, _ := url.Parse(w.front.URL + "/hub/home")
	if kept := w.client.Jar.Cookies(hub); len(kept) > 0 {
		t.Errorf("the hub would get %v", kept)
	}
}

// Whoever looks for a lost cookie finds it in the log: each once, without its value,
// and of a server that sets a new one each time not more than a few.
func TestLogTellsOfNarrowedAndDroppedCookies(t *testing.T) {
	var words bytes.Buffer
	n := 0
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.URL.Path == "/user/alice/many" {
			n++
			h.Add("Set-Cookie", fmt.Sprintf("many%d=secret; Path=/", n))
			return
		}
		h.Add("Set-Cookie", "fine=secret; Path=/user/alice/")
		h.Add("Set-Cookie", "wide=secret; Path=/")
		h.Add("Set-Cookie", "jupyterhub-session-id=secret; Path=/")
		h.Add("Set-Cookie", "__Host-session=secret; Path=/; Secure")
		h.Add("Set-Cookie", "foreign=secret; Domain=elsewhere.org")
		h.Add("Set-Cookie", "beside=secret; Path=/hub/")
	}, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&words, nil)) })
	for range 3 {
		w.get("/user/alice/")
	}
	text := words.String()
	for _, line := range []string{
		`msg="a cookie was narrowed to the server's path" prefix=/user/alice/ cookie_name=wide why="` + reasonTooWide + `"`,
		`msg="a cookie was dropped" prefix=/user/alice/ cookie_name=jupyterhub-session-id why="` + reasonHubName + `"`,
		`msg="a cookie was dropped" prefix=/user/alice/ cookie_name=__Host-session why="` + reasonHostPrefix + `"`,
		`msg="a cookie was dropped" prefix=/user/alice/ cookie_name=foreign why="` + reasonForeignDomain + `"`,
		`msg="a cookie was dropped" prefix=/user/alice/ cookie_name=beside why="` + reasonOutsidePath + `"`,
	} {
		if got := strings.Count(text, line); got != 1 {
			t.Errorf("%d times: %s", got, line)
		}
	}
	for range 2 * maxLoggedNames {
		w.get("/user/alice/many")
	}
	text = words.String()
	if got := strings.Count(text, "\n"); got != maxLoggedNames+1 {
		t.Errorf("%d lines, want one for each of %d names and that there are more:\n%s", got, maxLoggedNames, text)
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "cookie_name=fine") {
		t.Errorf("a value, or a cookie that passes:\n%s", text)
	}
}

package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func nextRequest(t testing.TB, asks ...httpapitest.Asker) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://hub.example:8000/hub/login", nil)
	for _, a := range asks {
		a(r)
	}
	return r
}

func TestSafeNext(t *testing.T) {
	h := httpapitest.New(t, func(_ *app.Config, o *httpapi.Options) { o.PublicURL = "https://public.example" })
	for raw, want := range map[string]string{
		"":                                   "",
		"/":                                  "/",
		"/user/ann/lab":                      "/user/ann/lab",
		"/hub/home?x=1&y=%2F#part":           "/hub/home?x=1&y=%2F#part",
		"/user/ann/lab/tree/100%/a b":        "/user/ann/lab/tree/100%/a b",
		"/user/ännchen/":                     "/user/ännchen/",
		"/a//b/../c":                         "/a//b/../c",
		"/?next=http://evil.example":         "/?next=http://evil.example",
		"http://hub.example:8000/user/ann":   "/user/ann",
		"HTTP://Hub.Example:8000/user/ann":   "/user/ann",
		"http://hub.example:8000":            "/",
		"http://hub.example:8000?x=1":        "/?x=1",
		"http://hub.example:8000#x":          "/#x",
		"//hub.example:8000/user/ann":        "/user/ann",
		"https://public.example/user/ann?x#": "/user/ann?x#",
		"///hub.example:8000/user":           "/user",

		"http://hub.example:8000//evil.example/": "/evil.example/",
		`http://hub.example:8000/\evil.example`:  "/%5Cevil.example",
		`/\evil.example`:                         "/%5Cevil.example",
		`\\evil.example`:                         "",
		`\/evil.example`:                         "",
		"//evil.example":                         "",
		"///evil.example":                        "",
		"////evil.example":                       "",
		"http://evil.example":                    "",
		"https://hub.example:8000/":              "", // another scheme
		"http://hub.example/":                    "", // another port
		"http://hub.example:8000@evil.example/":  "",
		"http://hub.example:80001/":              "",
		"http://hub.example:8000.evil.example/":  "",
		"http:///evil.example":                   "",
		"http:/evil.example":                     "",
		"http:evil.example":                      "",
		"javascript:alert(1)":                    "",
		"data:text/html,x":                       "",
		"home":                                   "",
		"?x=1":                                   "",
		"#x":                                     "",
		" /user":                                 "",
		"\t//evil.example":                       "",
		"/\t/evil.example":                       "",
		"/\n/evil.example":                       "",
		"/\r\nSet-Cookie: a=b":                   "",
		"/\x00":                                  "",
		"/\x7f":                                  "",
		"/\u0085/evil.example":                   "",
		"/\xff":                                  "",
		"/" + strings.Repeat("x", endpoint.MaxNext): "",
	} {
		if got := h.Server.Env().SafeNext(nextRequest(t), raw); got != want {
			t.Errorf("%q becomes %q, want %q", raw, got, want)
		}
	}
}

// A hub that is asked without a name must not take "//evil" for itself.
func TestSafeNextWithoutHost(t *testing.T) {
	h := httpapitest.New(t)
	r := nextRequest(t)
	r.Host = ""
	for _, raw := range []string{"//evil.example/", "http://evil.example/", "http:///evil.example"} {
		if got := h.Server.Env().SafeNext(r, raw); got != "" {
			t.Errorf("%q becomes %q", raw, got)
		}
	}
}

func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{
		"/user/ann/lab?x=1#y", "//evil", `/\evil`, "http://hub.example:8000//evil", "///hub.example:8000///evil", "/\t/x", "https://hub.example:8000",
	} {
		f.Add(seed)
	}
	h := httpapitest.New(f)
	f.Fuzz(func(t *testing.T, raw string) {
		r := nextRequest(t)
		got := h.Server.Env().SafeNext(r, raw)
		if got == "" {
			return
		}
		if got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') || strings.ContainsAny(got, "\\\r\n\t\x00") {
			t.Fatalf("%q becomes %q", raw, got)
		}
		if again := h.Server.Env().SafeNext(r, got); again != got {
			t.Fatalf("%q becomes %q, and that %q", raw, got, again)
		}
		w := httptest.NewRecorder()
		endpoint.Redirect(w, http.StatusFound, got)
		location := w.Header().Get("Location")
		for _, c := range []byte(location) {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("%q is sent as %q", raw, location)
			}
		}
		base := &url.URL{Scheme: "http", Host: "hub.example:8000", Path: "/hub/login"}
		if target, err := base.Parse(location); err == nil && target.Host != base.Host {
			t.Fatalf("%q leads to %s", raw, target)
		}
	})
}

func TestWithQuery(t *testing.T) {
	for _, c := range []struct{ target, query, want string }{
		{"/a", "", "/a"},
		{"/a", "next=/b&x=1&_xsrf=t", "/a?x=1"},
		{"/a?y=2", "x=%2F&x=2", "/a?y=2&x=%2F&x=2"},
		{"/a", "%6Eext=/b&x", "/a?x"},
		{"/a", "&&=&%zz=1", "/a?="},
	} {
		if got := endpoint.WithQuery(c.target, c.query, "next", "_xsrf"); got != c.want {
			t.Errorf("%s with %s is %s, want %s", c.target, c.query, got, c.want)
		}
	}
}

package httpapi_test

import (
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestOutsideTheHub(t *testing.T) {
	for base, cases := range map[string][][2]string{
		"/": {
			{"/", "/hub/"}, {"/hub", "/hub/"}, {"/user/ann/lab?a=b", "/hub/user/ann/lab?a=b"}, {"//evil.example/", "/hub//evil.example/"},
			{"/user/a%2Fb/", "/hub/user/a%2Fb/"},
		},
		"/jhub/": {{"/", "/jhub/hub/"}, {"/jhub/", "/jhub/hub/"}, {"/jhub/hub", "/jhub/hub/"}, {"/else", "/jhub/hub/else"}, {"/jhub/user/x", "/jhub/hub/user/x"}},
	} {
		h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Base = base })
		for _, c := range cases {
			w := h.Do("GET", "http://example.com"+c[0], "")
			if got := w.Header().Get("Location"); w.Code != 302 || got != c[1] {
				t.Errorf("base %s: %s leads to %d %q, want %q", base, c[0], w.Code, got, c[1])
			}
			if w := h.Do("POST", "http://example.com"+c[0], ""); w.Code != 405 {
				t.Errorf("base %s: POST %s is %d", base, c[0], w.Code)
			}
		}
		if w := h.Do("GET", base+"hub/api", ""); w.Code != 200 {
			t.Errorf("base %s: the API's root is %d", base, w.Code)
		}
	}
}

func TestETag(t *testing.T) {
	h := httpapitest.New(t)
	ann := httpapitest.Bearer(h.Token(h.User("ann", false)))
	w := h.Do("GET", "/hub/api/user", "", ann)
	tag := w.Header().Get("Etag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	for _, sent := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if w := h.Do("GET", "/hub/api/user", "", ann, httpapitest.Header("If-None-Match", sent)); w.Code != 304 || w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d %s", sent, w.Code, w.Body)
		}
	}
	if w := h.Do("GET", "/hub/api/user", "", ann, httpapitest.Header("If-None-Match", `"other"`)); w.Code != 200 {
		t.Errorf("another tag: %d", w.Code)
	}
}

package httpapi

import (
	"testing"

	"github.com/atriumhub/atrium/internal/app"
)

func TestOutsideTheHub(t *testing.T) {
	for base, cases := range map[string][][2]string{
		"/": {
			{"/", "/hub/"}, {"/hub", "/hub/"}, {"/user/ann/lab?a=b", "/hub/user/ann/lab?a=b"}, {"//evil.example/", "/hub//evil.example/"},
			{"/user/a%2Fb/", "/hub/user/a%2Fb/"},
		},
		"/jhub/": {{"/", "/jhub/hub/"}, {"/jhub/", "/jhub/hub/"}, {"/jhub/hub", "/jhub/hub/"}, {"/else", "/jhub/hub/else"}, {"/jhub/user/x", "/jhub/hub/user/x"}},
	} {
		h := newTestHub(t, func(c *app.Config, _ *Options) { c.Base = base })
		for _, c := range cases {
			w := h.do("GET", "http://example.com"+c[0], "")
			if got := w.Header().Get("Location"); w.Code != 302 || got != c[1] {
				t.Errorf("base %s: %s leads to %d %q, want %q", base, c[0], w.Code, got, c[1])
			}
			if w := h.do("POST", "http://example.com"+c[0], ""); w.Code != 405 {
				t.Errorf("base %s: POST %s is %d", base, c[0], w.Code)
			}
		}
		if w := h.do("GET", base+"hub/api", ""); w.Code != 200 {
			t.Errorf("base %s: the API's root is %d", base, w.Code)
		}
	}
}

func TestETag(t *testing.T) {
	h := newTestHub(t)
	ann := bearer(h.token(h.user("ann", false)))
	w := h.do("GET", "/hub/api/user", "", ann)
	tag := w.Header().Get("Etag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	for _, sent := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if w := h.do("GET", "/hub/api/user", "", ann, header("If-None-Match", sent)); w.Code != 304 || w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d %s", sent, w.Code, w.Body)
		}
	}
	if w := h.do("GET", "/hub/api/user", "", ann, header("If-None-Match", `"other"`)); w.Code != 200 {
		t.Errorf("another tag: %d", w.Code)
	}
}

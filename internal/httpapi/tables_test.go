package httpapi_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// No route of the table does anything for a browser whose person must change their
// password, but for those by which they do it, log out, or see nothing of theirs.
func TestForcedChangeIsEverywhere(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.User("bob", true)
	root := h.User("root", true)
	w := h.Do("POST", "/hub/api/bulk/users/passwords", `{"users": [{"username": "bob", "password": "Welcome123"}]}`, httpapitest.Bearer(h.Token(root)))
	if w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	v := h.Visitor()
	httpapitest.WantRedirect(t, "login", v.LogIn("bob", "Welcome123", ""), "/hub/change-password")
	xsrf := v.Token(v.Get("/hub/change-password"))
	exempt := []string{
		"/login", "/logout", "/logout-everywhere", "/change-password", "/auth/change-password", "/auth/check-force-password-change", // what they need
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	s := h.Server
	for _, rt := range slices.Concat(s.APIRoutes(), s.PageRoutes()) {
		if rt.Kind == endpoint.Public || slices.Contains(exempt, rt.Pattern) {
			continue
		}
		path := "/hub" + parameter.ReplaceAllString(strings.NewReplacer("{$}", "", "{user}", "bob", "{name}", "bob").Replace(rt.Pattern), "x")
		var w *httptest.ResponseRecorder
		if rt.Kind == endpoint.API {
			w = v.Send(rt.Method, path, "{}", httpapitest.Header("X-XSRFToken", xsrf), httpapitest.Header("Content-Type", "application/json"))
		} else {
			w = v.Send(rt.Method, path, url.Values{"_xsrf": {xsrf}}.Encode(), httpapitest.Header("Content-Type", "application/x-www-form-urlencoded"))
		}
		toChange := w.Code/100 == 3 && strings.HasPrefix(httpapitest.Location(w), "/hub/change-password")
		if w.Code < 400 && !toChange || rt.Kind == endpoint.Page && !toChange {
			t.Errorf("%s %s: %d to %q", rt.Method, path, w.Code, httpapitest.Location(w))
		}
	}
	httpapitest.WantPage(t, "still", v.Get("/hub/change-password"), http.StatusOK, "before you go on")
}

// What may be in a frame is a short list; no click there gives away a right.
func TestPagesThatMayBeInFrames(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithFrames)
	s := h.Server
	var got []string
	for _, rt := range slices.Concat(s.APIRoutes(), s.PageRoutes()) {
		if s.Env().MayBeFramed(rt.Framing) {
			got = append(got, rt.Method+" "+rt.Pattern)
		}
	}
	slices.Sort(got)
	want := []string{
		"GET /api/oauth2/authorize", "GET /home", "GET /login", "GET /logout", "GET /spawn", "GET /spawn-pending/{user}", "GET /spawn-pending/{user}/{server}",
		"GET /spawn/{user}", "GET /spawn/{user}/{server}", "GET /user-redirect/{path...}", "GET /user/{user}", "GET /user/{user}/{path...}", "GET /{$}",
		"POST /login", "POST /logout", "POST /spawn", "POST /spawn/{user}", "POST /spawn/{user}/{server}", "POST /stop/{user}", "POST /stop/{user}/{server}",
	}
	if !slices.Equal(got, want) {
		t.Errorf("these may be in frames:\n%s", strings.Join(got, "\n"))
	}
	for _, o := range []string{"http://hub.example", ""} {
		if _, err := httpapi.New(httpapi.Options{
			App: h.App, Base: "/", Clock: h.Time.Now, Logger: slog.New(slog.DiscardHandler), XSRFKey: make([]byte, 32), PublicURL: o, FrameAncestors: []string{httpapitest.Platform},
		}); err == nil {
			t.Errorf("with %q as its address, frames of other sites are allowed", o)
		}
	}
}

// Whatever is asked for: of somebody who may not ask, not a byte is read.
func TestNothingIsReadOfWhoMayNotSendIt(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	may := httpapitest.Bearer(h.Token(ann, []string{}...)) // tells who she is, and no more
	tried := 0
	for _, rt := range h.Server.APIRoutes() {
		if len(rt.Scopes) == 0 || rt.Method == http.MethodGet {
			continue
		}
		tried++
		target := "/hub" + strings.NewReplacer("{name}", "ann", "{user}", "ann", "{owner}", "ann", "{server}", "x", "{group}", "g", "{service}", "s", "{id}", "a1").Replace(rt.Pattern)
		b := &httpapitest.Watched{Reader: strings.NewReader(`{"users": []}`)}
		w := h.SendBody(rt.Method, target, b, 90<<20, may)
		if w.Code != http.StatusForbidden && w.Code != http.StatusNotFound || b.Bytes > 0 {
			t.Errorf("%s %s: %d %s, %d bytes were read", rt.Method, target, w.Code, w.Body, b.Bytes)
		}
	}
	if tried < 30 {
		t.Errorf("only %d routes were tried", tried)
	}
}

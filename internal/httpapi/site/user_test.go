package site_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/subdomain"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

var regexpStream = regexp.MustCompile(`data-stream-url="([^"]*)"`)

func TestNotRunning(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("bob", false), "bob's password")
	h.Password(h.User("root", true), "root's password")
	ann := h.UserNamed("ann")
	v, bob, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("bob", "bob's password"), h.LoggedIn("root", "root's password")

	const at = "/hub/user/ann/lab/tree?x=1"
	next := "next=%2Fhub%2Fuser%2Fann%2Flab%2Ftree%3Fx%3D1"
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get(at), "/hub/login?"+next)
	httpapitest.WantPage(t, "stopped", v.Get(at), http.StatusFailedDependency, `href="/hub/spawn/ann?`+next+`"`)
	httpapitest.WantPage(t, "an administrator", root.Get(at), http.StatusFailedDependency, "of ann")
	httpapitest.WantPage(t, "by token", h.Visitor().Get(at, httpapitest.Bearer(h.Token(ann))), http.StatusFailedDependency, "is not running")
	for _, target := range []string{at, "/hub/user/nobody/lab", "/hub/user/ann", "/hub/user/ann/api/status", "/hub/user/a%00b/", "/hub/user/%ff/"} {
		if w := bob.Get(target); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "spawn") {
			t.Errorf("bob at %s: %d %s", target, w.Code, w.Body)
		}
	}
	if w := h.Visitor().Get(at, httpapitest.Bearer("wrong")); w.Code != http.StatusFound {
		t.Errorf("a wrong token: %d", w.Code)
	}
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Fatalf("started: %v", live)
	}

	v.Get("/hub/spawn")
	httpapitest.WantRedirect(t, "pending", v.Get(at), "/hub/spawn-pending/ann?"+next)
	h.Ready(h.Begin(h.ServerOf(ann, "")))
	httpapitest.WantRedirect(t, "ready", v.Get(at), "/user/ann/lab/tree?x=1&redirects=1")
	httpapitest.WantRedirect(t, "ready, without a path", v.Get("/hub/user/ann"), "/user/ann?redirects=1")
	httpapitest.WantRedirect(t, "ready, second time", v.Get(at+"&redirects=1"), "/user/ann/lab/tree?x=1&redirects=2")
	httpapitest.WantRedirect(t, "nonsense in the count", v.Get(at+"&redirects=-9"), "/user/ann/lab/tree?x=1&redirects=1")
	httpapitest.WantPage(t, "a loop", v.Get(at+"&redirects=4"), http.StatusInternalServerError, "the hub does not reach it")
}

// Paths of notebooks come back byte by byte, and never lead to another site.
func TestBackToServer(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	v.Get("/hub/spawn")
	h.Ready(h.Begin(h.ServerOf(h.UserNamed("ann"), "")))
	for target, want := range map[string]string{
		"/hub/user/ann/files/a%20b%2Fc//d": "/user/ann/files/a%20b%2Fc//d?redirects=1",
		"/hub//user/ann/x":                 "/user/ann/x?redirects=1",
		"/hub/user//ann/x":                 "/user/ann/x?redirects=1",
		"/hub/user/ann/?redirects=x&y=%26": "/user/ann/?y=%26&redirects=1",
		"/hub/user/ann/proxy/8080/a?b=c;d": "/user/ann/proxy/8080/a?b=c;d&redirects=1",
	} {
		httpapitest.WantRedirect(t, target, v.Get(target), want)
	}
}

// Whoever types a name with capital letters is brought to the server, where a loop of
// redirects ended with the advice to stop it.
func TestCapitalLettersLeadToTheServer(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.UserNamed("ann")
	v := h.LoggedIn("ann", "ann's password")
	for target, want := range map[string]string{
		"/user/ANN/lab?x=%2F":          "/user/ann/lab?x=%2F",
		"/user/Ann":                    "/user/ann",
		"/user/ANN/files/A%20b%2Fc//D": "/user/ann/files/A%20b%2Fc//D",
		"/user/%41NN/lab":              "/user/ann/lab",
		"/user/%20ann/lab":             "/user/ann/lab",
		"/user/Ann@Example.org/lab":    "/user/ann@example.org/lab",
		"/user/ann%40Example.org/lab":  "/user/ann@example.org/lab",
		"/user/J%C3%9CRGEN/lab":        "/user/j%C3%BCrgen/lab",
		"/hub/user/ANN/lab?x=%2F":      "/user/ann/lab?x=%2F",
		"/hub//user//ANN":              "/user/ann",
	} {
		for who, visitor := range map[string]*httpapitest.Visitor{"ann": v, "nobody": h.Visitor()} {
			httpapitest.WantRedirect(t, who+" at "+target, visitor.Get(target), want)
		}
	}
	for _, target := range []string{"/user/ANN/api/contents/x", "/hub/user/ANN/api/contents/x"} {
		w := h.Visitor().Send(http.MethodPut, target, "{}")
		if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != "/user/ann/api/contents/x" {
			t.Errorf("PUT %s: %d to %q", target, w.Code, w.Header().Get("Location"))
		}
	}

	v.Get("/hub/spawn/ANN/GPU")
	h.Ready(h.Begin(h.ServerOf(ann, "gpu")))
	httpapitest.WantRedirect(t, "a named server", v.Get("/hub/user/ann/GPU/lab/A%2Fb?x=1"), "/user/ann/gpu/lab/A%2Fb?x=1")
	httpapitest.WantRedirect(t, "a named server, bare", v.Get("/hub/user/ann/%47PU"), "/user/ann/gpu")
	httpapitest.WantRedirect(t, "its page of the start", v.Get("/hub/spawn-pending/ANN/GPU"), "/user/ann/gpu/")
	if w := v.Send(http.MethodPut, "/hub/user/ann/GPU/api/contents/x", "{}"); w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != "/user/ann/gpu/api/contents/x" {
		t.Errorf("PUT to a named server: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

// A redirect to the name as it is must not lead to another one.
func TestNamesAreNormalAfterOneStep(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		once, err := hub.UserName("a" + string(r))
		if err != nil {
			continue
		}
		if twice, err := hub.UserName(once); err != nil || twice != once {
			t.Errorf("%U: %q, then %q, %v", r, once, twice, err)
		}
	}
}

func TestNamedServerOfPath(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.UserNamed("ann")
	v := h.LoggedIn("ann", "ann's password")
	httpapitest.WantPage(t, "none of that name", v.Get("/hub/user/ann/lab/x"), http.StatusFailedDependency, `href="/hub/spawn/ann?next=`)
	h.Do("POST", "/hub/api/users/ann/servers/lab", "", httpapitest.Bearer(h.Token(ann)))
	httpapitest.WantRedirect(t, "named", v.Get("/hub/user/ann/lab/x"), "/hub/spawn-pending/ann/lab?next=%2Fhub%2Fuser%2Fann%2Flab%2Fx")
	h.Ready(h.Begin(h.ServerOf(ann, "lab")))
	httpapitest.WantRedirect(t, "named, ready", v.Get("/hub/user/ann/lab/x"), "/user/ann/lab/x?redirects=1")
	httpapitest.WantPage(t, "the default one", v.Get("/hub/user/ann/tree"), http.StatusFailedDependency, `href="/hub/spawn/ann?next=`)
	token := h.Token(ann, "access:servers!server=ann/lab")
	httpapitest.WantRedirect(t, "a token for it", h.Visitor().Get("/hub/user/ann/lab/x", httpapitest.Bearer(token)), "/user/ann/lab/x?redirects=1")
	if w := h.Visitor().Get("/hub/user/ann/tree", httpapitest.Bearer(token)); w.Code != http.StatusNotFound {
		t.Errorf("a token for another server: %d", w.Code)
	}
}

func TestNotRunningJSON(t *testing.T) {
	h := httpapitest.NewWithPages(t, func(_ *app.Config, o *httpapi.Options) { o.PublicURL = "https://public.example" })
	ann := h.Browser(h.UserNamed("ann"))
	v := h.Visitor()
	const html, both = "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, text/html"
	for _, c := range []struct {
		method, target, accept string
		json                   bool
	}{
		{"GET", "/hub/user/ann/lab", html, false},
		{"GET", "/hub/user/ann/lab", "", false},
		{"GET", "/hub/user/ann/lab", "*/*", false},
		{"GET", "/hub/user/ann/lab", "application/json", true},
		{"GET", "/hub/user/ann/lab", both, true},
		{"GET", "/hub/user/ann/lab", "application/json;q=0.5, text/html", false},
		{"GET", "/hub/user/ann/lab", "text/html;q=0.5, application/json;q=0.9", true},
		{"GET", "/hub/user/ann/lab", "text/html, application/json", false},
		{"GET", "/hub/user/ann/lab", "application/json;q=0", false},
		{"GET", "/hub/user/ann/api/kernels", html, true},
		{"GET", "/hub/user/ann/lab/api", html, true},
		{"GET", "/hub/user/ann/apis", html, false},
		{"POST", "/hub/user/ann/lab", html, true},
		{"PUT", "/hub/user/ann/api/contents/x", "", true},
		{"PATCH", "/hub/user/ann/lab", "", true},
		{"DELETE", "/hub/user/ann/api/kernels/1", "", true},
	} {
		w := v.Send(c.method, c.target, "{}", ann, httpapitest.Header("Accept", c.accept))
		if !c.json {
			httpapitest.WantPage(t, c.method+" "+c.target+" "+c.accept, w, http.StatusFailedDependency)
			continue
		}
		want := map[string]any{"message": "JupyterHub server no longer running at " + strings.TrimPrefix(c.target, "/hub") +
			". Restart the server at https://public.example/hub/spawn/ann"}
		if diff := cmp.Diff(want, httpapitest.JSONBody[map[string]any](t, w)); w.Code != http.StatusFailedDependency || diff != "" {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, diff)
		}
	}
	below := httpapitest.NewWithPages(t, func(c *app.Config, o *httpapi.Options) {
		c.Base, c.PublicURL, o.PublicURL = "/jh/", "https://public.example", "https://public.example"
		c.Label = subdomain.Label
	})
	w := below.Do("GET", "/jh/user/ann/api/kernels", "", httpapitest.AtHost("ann.public.example"), httpapitest.Header("Sec-Fetch-Mode", "cors"))
	if !strings.Contains(w.Body.String(), "no longer running at /jh/user/ann/api/kernels.") {
		t.Errorf("below a path: %d %s", w.Code, w.Body)
	}
	if w := h.Visitor().Send("POST", "/hub/user/ann/api/kernels", "{}"); w.Code != http.StatusFailedDependency {
		t.Errorf("nobody's POST: %d", w.Code)
	}
	h.User("api", false)
	httpapitest.WantPage(t, "somebody called api", v.Get("/hub/user/api/lab", ann, httpapitest.Header("Accept", html)), http.StatusNotFound)
}

// A page that a script can fetch holds nothing that it may not know.
func TestFetchedPagesTellNothing(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	for _, target := range []string{"/hub/user/ann/lab", "/hub/home", "/hub/spawn", "/hub/none", "/hub/login", "/hub/error/404"} {
		for _, how := range []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty"), httpapitest.Fetch("no-cors", "same-origin", "empty"), httpapitest.Fetch("navigate", "same-origin", "iframe")} {
			body := v.Get(target, how).Body.String()
			if strings.Contains(body, `class="who"`) || strings.Contains(body, "_xsrf") || strings.Contains(body, `"user"`) {
				t.Errorf("%s tells a script:\n%s", target, body)
			}
		}
	}
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Errorf("started: %v", live)
	}
}

func TestUserRedirect(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("o'hara 1", false), "a good password")
	v, odd := h.LoggedIn("ann", "ann's password"), h.LoggedIn("o'hara 1", "a good password")
	for target, want := range map[string]string{
		"/hub/user-redirect/lab/tree/a%20b?x=1":                          "/hub/spawn/ann?next=%2Fuser%2Fann%2Flab%2Ftree%2Fa%2520b%3Fx%3D1",
		"/hub/user-redirect/":                                            "/hub/spawn/ann?next=%2Fuser%2Fann%2F",
		"/hub/user-redirect//evil.example":                               "/hub/spawn/ann?next=%2Fuser%2Fann%2Fevil.example",
		"/hub/user-redirect/git-pull?repo=https%3A%2F%2Fexample.org%2Fx": "/hub/spawn/ann?next=%2Fuser%2Fann%2Fgit-pull%3Frepo%3Dhttps%253A%252F%252Fexample.org%252Fx",
	} {
		httpapitest.WantRedirect(t, target, v.Get(target), want)
	}
	httpapitest.WantRedirect(t, "an odd name", odd.Get("/hub/user-redirect/lab"), "/hub/spawn/o%27hara%201?next=%2Fuser%2Fo%2527hara%25201%2Flab")
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/user-redirect/lab?x=1"), "/hub/login?next=%2Fhub%2Fuser-redirect%2Flab%3Fx%3D1")
}

func TestHome(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("root", true), "root's password")
	v, root := h.LoggedIn("ann", "ann's password"), h.LoggedIn("root", "root's password")
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/home"), "/hub/login?next=%2Fhub%2Fhome")
	httpapitest.WantPage(t, "home", v.Get("/hub/home"), http.StatusOK, `"user":"ann"`, `"admin":false`, `"namedLimit":2`, `"base":"/"`, `"hub":"/hub/"`,
		`"version":"1.2.3"`, `"xsrf":"`+v.Cookie("/hub/", endpoint.XSRFCookie), "My servers", `action="/hub/spawn/ann"`)
	httpapitest.WantPage(t, "an administrator's", root.Get("/hub/home"), http.StatusOK, `"admin":true`)
	h.App.OnFull(func() (servers.FullDisk, bool) { return servers.FullDisk{Path: "/srv/class", Files: -1}, true })
	httpapitest.WantPage(t, "home on a full disk", v.Get("/hub/home"), http.StatusOK, "Ask an administrator of this hub to make room", `"notice":"The hub`)
	if body := v.Get("/hub/home").Body.String(); strings.Contains(body, "/srv") {
		t.Errorf("a student learns where: %s", body)
	}
	httpapitest.WantPage(t, "an administrator's on a full disk", root.Get("/hub/home"), http.StatusOK, "The disk of /srv/class is full (0.0 MB are free)")
	httpapitest.WantRedirect(t, "root", v.Get("/hub/"), "/hub/home")
	httpapitest.WantRedirect(t, "root, with next", v.Get("/hub/?next=/user/ann/"), "/user/ann/")
	httpapitest.WantRedirect(t, "root, with a query", v.Get("/hub/?x=1&_xsrf=2"), "/hub/home?x=1")
	httpapitest.WantRedirect(t, "root, nobody", h.Visitor().Get("/hub/"), "/hub/login?next=%2Fhub%2F")
	httpapitest.WantRedirect(t, "a token opens no page", h.Visitor().Get("/hub/home", httpapitest.Bearer(h.Token(h.UserNamed("ann")))), "/hub/login?next=%2Fhub%2Fhome")
	for phase, c := range map[hub.Phase]struct{ state, has, hasNot string }{
		hub.Stopped:  {"Stopped", "spawn/ann", "stop/ann"},
		hub.Queued:   {"Waiting in queue", "stop/ann", "hub/spawn/ann"},
		hub.Starting: {"Starting", "stop/ann", "hub/spawn/ann"},
		hub.Ready:    {"Running", "user/ann/", "hub/spawn/ann"},
		hub.Stopping: {"Stopping", "Stopping", "stop/ann"},
		hub.Failed:   {"Failed", "spawn/ann", "stop/ann"},
	} {
		row := newHandlers(t, h).ServerRow(hub.Server{UserName: "ann", Phase: phase})
		all := row.State + " " + row.URL + " " + row.StartURL + " " + row.StopURL
		if row.State != c.state || !strings.Contains(all, c.has) || strings.Contains(all, c.hasNot) {
			t.Errorf("%s: %s", phase, all)
		}
	}
}

func TestUnavailable(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ask := func(method, target, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.Server.Unavailable(w, r)
		return w
	}
	httpapitest.WantPage(t, "page", ask("GET", "/user/ann/lab", "text/html"), http.StatusServiceUnavailable, "does not answer", "Load this page again")
	for _, w := range []*httptest.ResponseRecorder{
		ask("GET", "/user/ann/api/kernels", "*/*"), ask("GET", "/user/ann/lab", "application/json"), ask("POST", "/user/ann/lab", "text/html"),
	} {
		if text := httpapitest.Message(t, w); w.Code != http.StatusServiceUnavailable || !strings.Contains(text, "does not answer") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	httpapitest.WantPage(t, "somebody called api", ask("GET", "/user/api/lab", "text/html"), http.StatusServiceUnavailable)
}

// Somebody of whom the hub cannot tell who they are is told when to come back, and nothing of
// their server.
func TestCannotTellWhoVisitsAServer(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	for _, accept := range []string{"text/html", "application/json"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/user/ann/lab", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.Server.IdentityUnavailable(w, r)
		body := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", accept, w.Code, w.Header())
		}
		if !strings.Contains(body, "cannot tell right now who you are") || strings.Contains(body, "does not answer") {
			t.Errorf("%s: %s", accept, body)
		}
	}
}

// Whoever looks at a server that does not run reads why, and is offered to start it where that can
// be done.
func TestWhyAServerDoesNotRun(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	ann := h.UserNamed("ann")
	v := h.LoggedIn("ann", "ann's password")
	for _, at := range []string{"/hub/user/ann/", "/hub/spawn-pending/ann"} {
		if w := v.Get(at); !strings.Contains(w.Body.String(), "It was not started yet.") {
			t.Errorf("%s before the first start: %s", at, w.Body)
		}
	}
	v.Get("/hub/spawn")
	run := h.Begin(h.ServerOf(ann, ""))
	h.Ready(run)
	if _, err := h.App.StopOwn(t.Context(), &access.Requester{}, servers.Lease{Owner: "test", Node: "node"}); err != nil {
		t.Fatal(err)
	}
	if w := v.Get("/hub/spawn-pending/ann"); !strings.Contains(w.Body.String(), "It is just stopping.") || strings.Contains(w.Body.String(), ">Start<") {
		t.Errorf("while it stops: %s", w.Body)
	}
	h.End(run, hub.EventStopped, "")
	for _, at := range []string{"/hub/user/ann/", "/hub/spawn-pending/ann"} {
		if w := v.Get(at); !strings.Contains(w.Body.String(), "because the hub was shut down") || !strings.Contains(w.Body.String(), ">Start<") {
			t.Errorf("%s after that: %s", at, w.Body)
		}
	}
}

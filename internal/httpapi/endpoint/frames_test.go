package endpoint_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// What a browser says of pages that it asks for to show them in a frame.
var (
	frameOfOurs   = httpapitest.Fetch("navigate", "same-origin", "iframe")
	frameBeside   = httpapitest.Fetch("navigate", "same-site", "iframe")
	frameOfOthers = httpapitest.Fetch("navigate", "cross-site", "iframe")
)

// wantShown asks for a page with the status and the texts, that may be in a frame.
func wantShown(t testing.TB, what string, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status || w.Header().Get("X-Frame-Options") != "" {
		t.Errorf("%s: %d, want %d: %v", what, w.Code, status, w.Header())
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s: no %q in\n%s", what, text, w.Body)
		}
	}
}

// wantNewTab asks for the page that stands in a frame for one that may not be there.
func wantNewTab(t testing.TB, what string, w *httptest.ResponseRecorder, link, framedBy string) {
	t.Helper()
	wantShown(t, what, w, http.StatusForbidden, "Open this in a new tab",
		`href="`+html.EscapeString(link)+`" target="_blank" rel="noopener">Open in a new tab</a>`)
	h := w.Header()
	if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors "+framedBy+";") || h.Get("X-Frame-Options") != "" {
		t.Errorf("%s: a frame would stay empty: %v", what, h)
	}
	if body := w.Body.String(); strings.Contains(body, "_xsrf") || strings.Contains(body, "ann</span>") || len(h["Set-Cookie"]) > 0 {
		t.Errorf("%s: tells the page around it too much: %v\n%s", what, h["Set-Cookie"], body)
	}
}

// On one origin a page of anybody's server could read the code from a frame's address.
// Whoever meets such a frame is led on.
func TestFrameOnOneOriginOffersANewTab(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.ServerSecret()
	v := h.LoggedIn("ann", "ann's password")
	for _, target := range []string{httpapitest.AuthorizeURL, "/hub/home", "/hub/token?page=2", "/hub/login?next=%2Fhub%2Fhome", "/hub/spawn", "/hub/change-password"} {
		for _, dest := range []string{"iframe", "frame", "object", "embed", "fencedframe"} {
			wantNewTab(t, target, v.Get(target, httpapitest.Fetch("navigate", "same-origin", dest)), target, "'self'")
		}
	}
	wantNewTab(t, "a form", v.Post("/hub/spawn", url.Values{}, frameOfOurs), "/hub/home", "'self'")
	wantNewTab(t, "without a login", h.Visitor().Get(httpapitest.AuthorizeURL, frameOfOurs), httpapitest.AuthorizeURL, "'self'")
	httpapitest.CodeOf(t, v.Get(httpapitest.AuthorizeURL, httpapitest.Fetch("navigate", "cross-site", "document"))) // what the link does
	if got := h.ServerOf(h.UserNamed("ann"), "").Phase; got != hub.Ready {
		t.Errorf("a frame changed the server: %v", got)
	}
}

// With a domain for each person nobody can read where a frame was sent, so a service
// that asks nothing logs people in there. What asks leads to a tab of its own.
func TestServiceInAFrameLogsInWithDomains(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithDomains("https://hub.example"))
	h.ServerSecret()
	h.Password(h.User("root", true), "root's password")
	const own = "https://*.hub.example"
	log := func(name string) *httpapitest.Visitor {
		v := h.Visitor().OverHTTPS()
		httpapitest.WantRedirect(t, name, v.LogIn(name, name+"'s password", ""), "/hub/home")
		return v
	}
	ann, root := log("ann"), log("root")
	for _, as := range []httpapitest.Asker{frameBeside, httpapitest.Fetch("navigate", "same-site", "frame")} {
		w := ann.Get(httpapitest.AuthorizeURL, as)
		if at := httpapitest.Location(w); w.Code != http.StatusFound || !strings.HasPrefix(at, "https://ann.hub.example/user/ann/oauth_callback?code=") && !strings.HasPrefix(at, "/user/ann/oauth_callback?code=") {
			t.Fatalf("%d to %q: %s", w.Code, at, w.Body)
		}
	}
	wantNewTab(t, "what has to be confirmed", root.Get(httpapitest.AuthorizeURL, frameBeside), "https://hub.example"+httpapitest.AuthorizeURL, own)
	httpapitest.WantPage(t, "and in a tab", root.Get(httpapitest.AuthorizeURL), http.StatusOK, "to use your account?")
	if got := root.Get(httpapitest.AuthorizeURL).Header().Get("X-Frame-Options"); got != "DENY" {
		t.Errorf("the question could be framed: %q", got)
	}
	w := root.Post(httpapitest.AuthorizeURL, url.Values{"_xsrf": {root.Token(root.Get(httpapitest.AuthorizeURL))}}, frameBeside)
	wantNewTab(t, "consent from a frame", w, "https://hub.example/hub/home", own)
	for _, dest := range []string{"object", "embed", "fencedframe"} {
		wantNewTab(t, dest, ann.Get(httpapitest.AuthorizeURL, httpapitest.Fetch("navigate", "same-site", dest)), "https://hub.example"+httpapitest.AuthorizeURL, own)
	}
	httpapitest.WantPage(t, "a script", ann.Get(httpapitest.AuthorizeURL, httpapitest.Fetch("cors", "same-site", "empty")), http.StatusForbidden, "not fetched")

	stranger := h.Visitor().OverHTTPS()
	w = stranger.Get(httpapitest.AuthorizeURL, frameBeside)
	toLogin := "/hub/login?next=" + url.QueryEscape(httpapitest.AuthorizeURL)
	httpapitest.WantRedirect(t, "without a login", w, toLogin)
	wantNewTab(t, "the login", stranger.Get(toLogin, frameBeside), "https://hub.example"+toLogin, own)
	wantNewTab(t, "home", ann.Get("/hub/home", frameBeside), "https://hub.example/hub/home", own)
	broken := ann.Get("/hub/api/oauth2/authorize?client_id=none", frameBeside)
	wantShown(t, "a client that is not known", broken, http.StatusBadRequest, "not known to this hub")
	if policy := broken.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors "+own+";") {
		t.Errorf("nobody would see it: %s", policy)
	}
}

// framedIn logs somebody in inside a frame of the learning platform.
func framedIn(t testing.TB, h *httpapitest.Hub, name string) *httpapitest.Visitor {
	t.Helper()
	v := h.Visitor().OverHTTPS()
	w := v.Get("/hub/home", frameOfOthers)
	httpapitest.WantRedirect(t, "a frame", w, "/hub/login?next=%2Fhub%2Fhome")
	w = v.Get(httpapitest.Location(w), frameOfOthers)
	wantShown(t, "the login in the frame", w, http.StatusOK, `name="password"`)
	form := url.Values{"username": {name}, "password": {name + "'s password"}, "_xsrf": {v.Token(w)}}
	httpapitest.WantRedirect(t, "logging in there", v.Post("/hub/login?next=%2Fhub%2Fhome", form, frameOfOurs, httpapitest.Header("Origin", v.Site)), "/hub/home")
	return v
}

// A login inside a frame of a learning platform has cookies of its own, which the
// browser keeps for that platform; those of a login elsewhere are as they were.
func TestLoginInsideAFrameHasCookiesOfItsOwn(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithFrames)
	var seen []string
	check := func(w *httptest.ResponseRecorder) {
		for _, c := range w.Result().Cookies() {
			seen = append(seen, c.Name)
			if !c.Partitioned || c.SameSite != http.SameSiteNoneMode || !c.Secure || !c.HttpOnly {
				t.Errorf("%s: %s", c.Name, c.Raw)
			}
			if want := map[string]string{endpoint.FrameSessionCookie: "hub.example"}[c.Name]; c.Domain != want {
				t.Errorf("%s is for the domain %q", c.Name, c.Domain)
			}
		}
	}
	v := h.Visitor().OverHTTPS()
	page := v.Get("/hub/login", frameOfOthers)
	check(page)
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors "+httpapitest.Platform+";") || page.Header().Get("X-Frame-Options") != "" {
		t.Errorf("the platform cannot show it: %v", page.Header())
	}
	w := v.Post("/hub/login", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {v.Token(page)}}, frameOfOurs, httpapitest.Header("Origin", v.Site))
	httpapitest.WantRedirect(t, "logging in", w, "/hub/home")
	check(w)
	slices.Sort(seen)
	if got, want := slices.Compact(seen), []string{endpoint.FrameHostLoginCookie, endpoint.FrameSessionCookie, endpoint.FrameXSRFCookie}; !slices.Equal(got, want) {
		t.Errorf("cookies %v, want %v", got, want)
	}
	wantShown(t, "home in the frame", v.Get("/hub/home", frameOfOthers), http.StatusOK, `"user":"ann"`, `"admin":false`)

	tab := h.Visitor().OverHTTPS()
	w = tab.LogIn("ann", "ann's password", "")
	seen = nil
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			continue
		}
		seen = append(seen, c.Name)
		if c.Partitioned || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("of a login in a tab: %s", c.Raw)
		}
	}
	slices.Sort(seen)
	if want := []string{endpoint.HostLoginCookie, endpoint.XSRFCookie, endpoint.SessionCookie}; !slices.Equal(seen, want) {
		t.Errorf("cookies of a login in a tab: %v", seen)
	}
	w = v.Get("/hub/logout", frameOfOurs)
	httpapitest.WantRedirect(t, "logging out in the frame", w, "/hub/login")
	if v.Cookie("/hub/", endpoint.FrameSessionCookie) != "" || v.Cookie("/hub/", endpoint.FrameHostLoginCookie) != "" {
		t.Error("the cookies stay after logging out")
	}
}

// The cookies of a login inside a frame count in frames, and under their own names.
func TestLoginInsideAFrameCountsInFramesAlone(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithFrames)
	v := framedIn(t, h, "ann")
	toLogin := "/hub/login?next=%2Fhub%2Fhome"
	httpapitest.WantRedirect(t, "in a tab", v.Get("/hub/home", httpapitest.Fetch("navigate", "none", "document")), toLogin)
	httpapitest.WantRedirect(t, "by a browser that does not say", v.Get("/hub/home"), toLogin)
	for _, tt := range []struct {
		what   string
		as     []httpapitest.Asker
		status int
	}{
		{"its own page's script", []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty"), httpapitest.Header("X-XSRFToken", v.Token(v.Get("/hub/spawn/ann/x?opt-a=1", frameOfOurs)))}, 200},
		{"its own page's script without a token", []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty")}, 403},
		{"another site's script", []httpapitest.Asker{httpapitest.Fetch("cors", "cross-site", "empty")}, 403},
		{"a script of somebody's server", []httpapitest.Asker{httpapitest.Fetch("cors", "same-site", "empty")}, 403},
		{"an image", []httpapitest.Asker{httpapitest.Fetch("no-cors", "same-origin", "image")}, 200},
		{"another site's image", []httpapitest.Asker{httpapitest.Fetch("no-cors", "cross-site", "image")}, 403},
		{"a tab", []httpapitest.Asker{httpapitest.Fetch("navigate", "same-origin", "document")}, 403},
		{"a frame of the API", []httpapitest.Asker{frameOfOthers}, 403},
	} {
		if w := v.Get("/hub/api/user", tt.as...); w.Code != tt.status {
			t.Errorf("%s: %d %s", tt.what, w.Code, w.Body)
		}
	}
	renamed := func(from *httpapitest.Visitor, names map[string]string) httpapitest.Asker {
		return func(r *http.Request) {
			r.Header.Del("Cookie")
			for old, name := range names {
				r.AddCookie(&http.Cookie{Name: name, Value: from.Cookie("/hub/", old)})
			}
		}
	}
	asTab := renamed(v, map[string]string{endpoint.FrameSessionCookie: endpoint.SessionCookie, endpoint.FrameHostLoginCookie: endpoint.HostLoginCookie})
	httpapitest.WantRedirect(t, "under the names of a tab's", v.Get("/hub/home", asTab), toLogin)
	half := renamed(v, map[string]string{endpoint.FrameSessionCookie: endpoint.SessionCookie, endpoint.FrameHostLoginCookie: endpoint.FrameHostLoginCookie})
	httpapitest.WantRedirect(t, "half of it under a tab's", v.Get("/hub/home", half, frameOfOthers), toLogin)
	tab := h.Visitor().OverHTTPS()
	tab.LogIn("ann", "ann's password", "")
	asFrame := renamed(tab, map[string]string{endpoint.SessionCookie: endpoint.FrameSessionCookie, endpoint.HostLoginCookie: endpoint.FrameHostLoginCookie})
	httpapitest.WantRedirect(t, "a tab's under the frame's names", v.Get("/hub/home", asFrame, frameOfOthers), toLogin)
	// What a tab is logged in with goes on to count in a frame of the same site.
	wantShown(t, "a frame of the same site", tab.Get("/hub/home", frameBeside), http.StatusOK, `"user":"ann"`)
}

// A page around the frame could lead people to click on what they do not see. So the
// login there is for one's servers alone, and what gives rights away is not in a frame.
func TestLoginInsideAFrameMayNoMoreThanServers(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithFrames)
	h.Password(h.User("root", true), "root's password")
	h.User("bob", false)
	v := framedIn(t, h, "root")
	token := v.Token(v.Get("/hub/spawn/root/x?opt-a=1", frameOfOurs))
	script := []httpapitest.Asker{httpapitest.Fetch("cors", "same-origin", "empty"), httpapitest.Header("X-XSRFToken", token), httpapitest.Header("Origin", v.Site), httpapitest.Header("Content-Type", "application/json")}
	for _, tt := range []struct {
		do     string
		status int
	}{
		{"GET /hub/api/user", 200}, {"GET /hub/api/users/root", 200}, {"POST /hub/api/users/root/servers/gpu", 202},
		{"POST /hub/api/users/root/tokens", 403}, {"GET /hub/api/users/root/tokens", 403}, {"PATCH /hub/api/users/root", 403},
		{"POST /hub/api/users/bob/server", 404}, {"GET /hub/api/users/bob", 404}, {"POST /hub/api/users/eve", 403}, {"DELETE /hub/api/users/bob", 403},
		{"POST /hub/api/shares/root/", 403}, {"POST /hub/api/shutdown", 403}, {"GET /hub/api/audit", 403}, {"GET /hub/api/groups", 403},
	} {
		method, path, _ := strings.Cut(tt.do, " ")
		body := ""
		if method != "GET" {
			body = "{}"
		}
		if w := v.Send(method, path, body, script...); w.Code != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.do, w.Code, w.Body, tt.status)
		}
	}
	by := "https://*.hub.example " + httpapitest.Platform
	for _, path := range []string{"/hub/token", "/hub/change-password", "/hub/accept-share?code=x", "/hub/auth/change-password"} {
		wantNewTab(t, path, v.Get(path, frameOfOthers), "https://hub.example"+path, by)
	}
	form := url.Values{"_xsrf": {token}}
	for _, path := range []string{"/hub/token", "/hub/token/revoke", "/hub/change-password", "/hub/accept-share", "/hub/logout-everywhere", httpapitest.AuthorizeURL} {
		wantNewTab(t, path, v.Post(path, form, frameOfOurs, httpapitest.Header("Origin", v.Site)), "https://hub.example/hub/home", by)
	}
	for _, path := range []string{"/hub/spawn", "/hub/stop/root", "/hub/logout"} {
		w := v.Post(path, form, frameOfOthers, httpapitest.Header("Origin", httpapitest.Platform))
		wantShown(t, "the platform's own form for "+path, w, http.StatusForbidden, "another site")
		wantShown(t, "without a token "+path, v.Post(path, nil, frameOfOurs, httpapitest.Header("Origin", v.Site)), http.StatusForbidden)
	}
	httpapitest.WantRedirect(t, "its own form", v.Post("/hub/spawn", form, frameOfOurs, httpapitest.Header("Origin", v.Site)), "/hub/spawn-pending/root")
}

// Who has to choose a password does so in a tab.
func TestPasswordsAreNotChosenInFrames(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithFrames, func(c *app.Config, _ *httpapi.Options) { c.ClaimAge = 24 * 3600e9 })
	h.User("new", false)
	v := h.Visitor().OverHTTPS()
	by := "https://*.hub.example " + httpapitest.Platform
	form := url.Values{"username": {"new"}, "password": {"a password of mine"}, "_xsrf": {v.Token(v.Get("/hub/login", frameOfOthers))}}
	wantNewTab(t, "the first password", v.Post("/hub/login", form, frameOfOurs, httpapitest.Header("Origin", v.Site)), "https://hub.example/hub/home", by)
	httpapitest.WantPage(t, "and in a tab", h.Visitor().OverHTTPS().LogIn("new", "a password of mine", ""), http.StatusOK, `name="claim"`)
}

// Without the setting nothing of the hub is shown by other sites.
func TestNobodyFramesTheHubUnlessSaid(t *testing.T) {
	h := httpapitest.NewWithPages(t, httpapitest.WithDomains("https://hub.example"))
	v := h.Visitor().OverHTTPS()
	wantNewTab(t, "the login", v.Get("/hub/login", frameOfOthers), "https://hub.example/hub/login", "https://*.hub.example")
	w := v.Get("/hub/login")
	if !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") || w.Header().Get("X-Frame-Options") != "DENY" {
		t.Errorf("%v", w.Header())
	}
	v.LogIn("ann", "ann's password", "")
	for _, c := range v.Get("/hub/logout").Result().Cookies() {
		if endpoint.IsFrameCookie(c.Name) {
			t.Errorf("a cookie of frames: %s", c.Raw)
		}
	}
}

// A server that does not answer says so in the platform's frame too.
func TestServerThatDoesNotAnswerSaysSoInAFrame(t *testing.T) {
	for _, tt := range []struct {
		opt  httpapitest.Option
		want string
	}{{httpapitest.WithFrames, httpapitest.Platform}, {httpapitest.WithDomains("https://hub.example"), "'none'"}} {
		h := httpapitest.NewWithPages(t, tt.opt)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://ann.hub.example/user/ann/lab", nil)
		frameOfOthers(r)
		w := httptest.NewRecorder()
		h.Server.Unavailable(w, r)
		if got := w.Header().Get("Content-Security-Policy"); w.Code != http.StatusServiceUnavailable || !strings.Contains(got, "frame-ancestors "+tt.want+";") {
			t.Errorf("%d: %s", w.Code, got)
		}
	}
}

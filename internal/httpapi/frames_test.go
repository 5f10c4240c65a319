package httpapi

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

// What a browser says of pages that it asks for to show them in a frame.
var (
	frameOfOurs   = fetch("navigate", "same-origin", "iframe")
	frameBeside   = fetch("navigate", "same-site", "iframe")
	frameOfOthers = fetch("navigate", "cross-site", "iframe")
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
	h := newPageHub(t)
	h.serverSecret()
	v := h.loggedIn("ann", "ann's password")
	for _, target := range []string{authorizeURL, "/hub/home", "/hub/token?page=2", "/hub/login?next=%2Fhub%2Fhome", "/hub/spawn", "/hub/change-password"} {
		for _, dest := range []string{"iframe", "frame", "object", "embed", "fencedframe"} {
			wantNewTab(t, target, v.get(target, fetch("navigate", "same-origin", dest)), target, "'self'")
		}
	}
	wantNewTab(t, "a form", v.post("/hub/spawn", url.Values{}, frameOfOurs), "/hub/home", "'self'")
	wantNewTab(t, "without a login", h.visitor().get(authorizeURL, frameOfOurs), authorizeURL, "'self'")
	codeOf(t, v.get(authorizeURL, fetch("navigate", "cross-site", "document"))) // what the link does
	if got := h.serverOf(h.userNamed("ann"), "").Phase; got != hub.Ready {
		t.Errorf("a frame changed the server: %v", got)
	}
}

// With a domain for each person nobody can read where a frame was sent, so a service
// that asks nothing logs people in there. What asks leads to a tab of its own.
func TestServiceInAFrameLogsInWithDomains(t *testing.T) {
	h := newPageHub(t, withDomains("https://hub.example"))
	h.serverSecret()
	h.password(h.user("root", true), "root's password")
	const own = "https://*.hub.example"
	log := func(name string) *visitor {
		v := h.visitor().overHTTPS()
		wantRedirect(t, name, v.logIn(name, name+"'s password", ""), "/hub/home")
		return v
	}
	ann, root := log("ann"), log("root")
	for _, as := range []asker{frameBeside, fetch("navigate", "same-site", "frame")} {
		w := ann.get(authorizeURL, as)
		if at := location(w); w.Code != http.StatusFound || !strings.HasPrefix(at, "https://ann.hub.example/user/ann/oauth_callback?code=") && !strings.HasPrefix(at, "/user/ann/oauth_callback?code=") {
			t.Fatalf("%d to %q: %s", w.Code, at, w.Body)
		}
	}
	wantNewTab(t, "what has to be confirmed", root.get(authorizeURL, frameBeside), "https://hub.example"+authorizeURL, own)
	wantPage(t, "and in a tab", root.get(authorizeURL), http.StatusOK, "to use your account?")
	if got := root.get(authorizeURL).Header().Get("X-Frame-Options"); got != "DENY" {
		t.Errorf("the question could be framed: %q", got)
	}
	w := root.post(authorizeURL, url.Values{"_xsrf": {root.token(root.get(authorizeURL))}}, frameBeside)
	wantNewTab(t, "consent from a frame", w, "https://hub.example/hub/home", own)
	for _, dest := range []string{"object", "embed", "fencedframe"} {
		wantNewTab(t, dest, ann.get(authorizeURL, fetch("navigate", "same-site", dest)), "https://hub.example"+authorizeURL, own)
	}
	wantPage(t, "a script", ann.get(authorizeURL, fetch("cors", "same-site", "empty")), http.StatusForbidden, "not fetched")

	stranger := h.visitor().overHTTPS()
	w = stranger.get(authorizeURL, frameBeside)
	toLogin := "/hub/login?next=" + url.QueryEscape(authorizeURL)
	wantRedirect(t, "without a login", w, toLogin)
	wantNewTab(t, "the login", stranger.get(toLogin, frameBeside), "https://hub.example"+toLogin, own)
	wantNewTab(t, "home", ann.get("/hub/home", frameBeside), "https://hub.example/hub/home", own)
	broken := ann.get("/hub/api/oauth2/authorize?client_id=none", frameBeside)
	wantShown(t, "a client that is not known", broken, http.StatusBadRequest, "not known to this hub")
	if policy := broken.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors "+own+";") {
		t.Errorf("nobody would see it: %s", policy)
	}
}

// framedIn logs somebody in inside a frame of the learning platform.
func framedIn(t testing.TB, h *testHub, name string) *visitor {
	t.Helper()
	v := h.visitor().overHTTPS()
	w := v.get("/hub/home", frameOfOthers)
	wantRedirect(t, "a frame", w, "/hub/login?next=%2Fhub%2Fhome")
	w = v.get(location(w), frameOfOthers)
	wantShown(t, "the login in the frame", w, http.StatusOK, `name="password"`)
	form := url.Values{"username": {name}, "password": {name + "'s password"}, "_xsrf": {v.token(w)}}
	wantRedirect(t, "logging in there", v.post("/hub/login?next=%2Fhub%2Fhome", form, frameOfOurs, header("Origin", v.site)), "/hub/home")
	return v
}

// A login inside a frame of a learning platform has cookies of its own, which the
// browser keeps for that platform; those of a login elsewhere are as they were.
func TestLoginInsideAFrameHasCookiesOfItsOwn(t *testing.T) {
	h := newPageHub(t, withFrames)
	var seen []string
	check := func(w *httptest.ResponseRecorder) {
		for _, c := range w.Result().Cookies() {
			seen = append(seen, c.Name)
			if !c.Partitioned || c.SameSite != http.SameSiteNoneMode || !c.Secure || !c.HttpOnly {
				t.Errorf("%s: %s", c.Name, c.Raw)
			}
			if want := map[string]string{FrameSessionCookie: "hub.example"}[c.Name]; c.Domain != want {
				t.Errorf("%s is for the domain %q", c.Name, c.Domain)
			}
		}
	}
	v := h.visitor().overHTTPS()
	page := v.get("/hub/login", frameOfOthers)
	check(page)
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors "+lms+";") || page.Header().Get("X-Frame-Options") != "" {
		t.Errorf("the platform cannot show it: %v", page.Header())
	}
	w := v.post("/hub/login", url.Values{"username": {"ann"}, "password": {"ann's password"}, "_xsrf": {v.token(page)}}, frameOfOurs, header("Origin", v.site))
	wantRedirect(t, "logging in", w, "/hub/home")
	check(w)
	slices.Sort(seen)
	if got, want := slices.Compact(seen), []string{FrameHostLoginCookie, FrameSessionCookie, frameXSRFCookie}; !slices.Equal(got, want) {
		t.Errorf("cookies %v, want %v", got, want)
	}
	wantShown(t, "home in the frame", v.get("/hub/home", frameOfOthers), http.StatusOK, `"user":"ann"`, `"admin":false`)

	tab := h.visitor().overHTTPS()
	w = tab.logIn("ann", "ann's password", "")
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
	if want := []string{HostLoginCookie, xsrfCookie, SessionCookie}; !slices.Equal(seen, want) {
		t.Errorf("cookies of a login in a tab: %v", seen)
	}
	w = v.get("/hub/logout", frameOfOurs)
	wantRedirect(t, "logging out in the frame", w, "/hub/login")
	if v.cookie("/hub/", FrameSessionCookie) != "" || v.cookie("/hub/", FrameHostLoginCookie) != "" {
		t.Error("the cookies stay after logging out")
	}
}

// The cookies of a login inside a frame count in frames, and under their own names.
func TestLoginInsideAFrameCountsInFramesAlone(t *testing.T) {
	h := newPageHub(t, withFrames)
	v := framedIn(t, h, "ann")
	toLogin := "/hub/login?next=%2Fhub%2Fhome"
	wantRedirect(t, "in a tab", v.get("/hub/home", fetch("navigate", "none", "document")), toLogin)
	wantRedirect(t, "by a browser that does not say", v.get("/hub/home"), toLogin)
	for _, tt := range []struct {
		what   string
		as     []asker
		status int
	}{
		{"its own page's script", []asker{fetch("cors", "same-origin", "empty"), header("X-XSRFToken", v.token(v.get("/hub/spawn/ann/x?opt-a=1", frameOfOurs)))}, 200},
		{"its own page's script without a token", []asker{fetch("cors", "same-origin", "empty")}, 403},
		{"another site's script", []asker{fetch("cors", "cross-site", "empty")}, 403},
		{"a script of somebody's server", []asker{fetch("cors", "same-site", "empty")}, 403},
		{"an image", []asker{fetch("no-cors", "same-origin", "image")}, 200},
		{"another site's image", []asker{fetch("no-cors", "cross-site", "image")}, 403},
		{"a tab", []asker{fetch("navigate", "same-origin", "document")}, 403},
		{"a frame of the API", []asker{frameOfOthers}, 403},
	} {
		if w := v.get("/hub/api/user", tt.as...); w.Code != tt.status {
			t.Errorf("%s: %d %s", tt.what, w.Code, w.Body)
		}
	}
	renamed := func(from *visitor, names map[string]string) asker {
		return func(r *http.Request) {
			r.Header.Del("Cookie")
			for old, name := range names {
				r.AddCookie(&http.Cookie{Name: name, Value: from.cookie("/hub/", old)})
			}
		}
	}
	asTab := renamed(v, map[string]string{FrameSessionCookie: SessionCookie, FrameHostLoginCookie: HostLoginCookie})
	wantRedirect(t, "under the names of a tab's", v.get("/hub/home", asTab), toLogin)
	half := renamed(v, map[string]string{FrameSessionCookie: SessionCookie, FrameHostLoginCookie: FrameHostLoginCookie})
	wantRedirect(t, "half of it under a tab's", v.get("/hub/home", half, frameOfOthers), toLogin)
	tab := h.visitor().overHTTPS()
	tab.logIn("ann", "ann's password", "")
	asFrame := renamed(tab, map[string]string{SessionCookie: FrameSessionCookie, HostLoginCookie: FrameHostLoginCookie})
	wantRedirect(t, "a tab's under the frame's names", v.get("/hub/home", asFrame, frameOfOthers), toLogin)
	// What a tab is logged in with goes on to count in a frame of the same site.
	wantShown(t, "a frame of the same site", tab.get("/hub/home", frameBeside), http.StatusOK, `"user":"ann"`)
}

// A page around the frame could lead people to click on what they do not see. So the
// login there is for one's servers alone, and what gives rights away is not in a frame.
func TestLoginInsideAFrameMayNoMoreThanServers(t *testing.T) {
	h := newPageHub(t, withFrames)
	h.password(h.user("root", true), "root's password")
	h.user("bob", false)
	v := framedIn(t, h, "root")
	token := v.token(v.get("/hub/spawn/root/x?opt-a=1", frameOfOurs))
	script := []asker{fetch("cors", "same-origin", "empty"), header("X-XSRFToken", token), header("Origin", v.site), header("Content-Type", "application/json")}
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
		if w := v.send(method, path, body, script...); w.Code != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.do, w.Code, w.Body, tt.status)
		}
	}
	by := "https://*.hub.example " + lms
	for _, path := range []string{"/hub/token", "/hub/change-password", "/hub/accept-share?code=x", "/hub/auth/change-password"} {
		wantNewTab(t, path, v.get(path, frameOfOthers), "https://hub.example"+path, by)
	}
	form := url.Values{"_xsrf": {token}}
	for _, path := range []string{"/hub/token", "/hub/token/revoke", "/hub/change-password", "/hub/accept-share", "/hub/logout-everywhere", authorizeURL} {
		wantNewTab(t, path, v.post(path, form, frameOfOurs, header("Origin", v.site)), "https://hub.example/hub/home", by)
	}
	for _, path := range []string{"/hub/spawn", "/hub/stop/root", "/hub/logout"} {
		w := v.post(path, form, frameOfOthers, header("Origin", lms))
		wantShown(t, "the platform's own form for "+path, w, http.StatusForbidden, "another site")
		wantShown(t, "without a token "+path, v.post(path, nil, frameOfOurs, header("Origin", v.site)), http.StatusForbidden)
	}
	wantRedirect(t, "its own form", v.post("/hub/spawn", form, frameOfOurs, header("Origin", v.site)), "/hub/spawn-pending/root")
}

// Who has to choose a password does so in a tab.
func TestPasswordsAreNotChosenInFrames(t *testing.T) {
	h := newPageHub(t, withFrames, func(c *app.Config, _ *Options) { c.ClaimAge = 24 * 3600e9 })
	h.user("new", false)
	v := h.visitor().overHTTPS()
	by := "https://*.hub.example " + lms
	form := url.Values{"username": {"new"}, "password": {"a password of mine"}, "_xsrf": {v.token(v.get("/hub/login", frameOfOthers))}}
	wantNewTab(t, "the first password", v.post("/hub/login", form, frameOfOurs, header("Origin", v.site)), "https://hub.example/hub/home", by)
	wantPage(t, "and in a tab", h.visitor().overHTTPS().logIn("new", "a password of mine", ""), http.StatusOK, `name="claim"`)
}

// Without the setting nothing of the hub is shown by other sites.
func TestNobodyFramesTheHubUnlessSaid(t *testing.T) {
	h := newPageHub(t, withDomains("https://hub.example"))
	v := h.visitor().overHTTPS()
	wantNewTab(t, "the login", v.get("/hub/login", frameOfOthers), "https://hub.example/hub/login", "https://*.hub.example")
	w := v.get("/hub/login")
	if !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") || w.Header().Get("X-Frame-Options") != "DENY" {
		t.Errorf("%v", w.Header())
	}
	v.logIn("ann", "ann's password", "")
	for _, c := range v.get("/hub/logout").Result().Cookies() {
		if isFrameCookie(c.Name) {
			t.Errorf("a cookie of frames: %s", c.Raw)
		}
	}
}

// A server that does not answer says so in the platform's frame too.
func TestServerThatDoesNotAnswerSaysSoInAFrame(t *testing.T) {
	for _, tt := range []struct {
		opt  option
		want string
	}{{withFrames, lms}, {withDomains("https://hub.example"), "'none'"}} {
		h := newPageHub(t, tt.opt)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://ann.hub.example/user/ann/lab", nil)
		frameOfOthers(r)
		w := httptest.NewRecorder()
		h.server.Unavailable(w, r)
		if got := w.Header().Get("Content-Security-Policy"); w.Code != http.StatusServiceUnavailable || !strings.Contains(got, "frame-ancestors "+tt.want+";") {
			t.Errorf("%d: %s", w.Code, got)
		}
	}
}

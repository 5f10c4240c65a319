package httpapitest

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

const site = "http://hub.example"

// Visitor is a browser: it keeps cookies as browsers do, and follows nothing by itself.
type Visitor struct {
	h    *Hub
	jar  *cookiejar.Jar
	Site string // where the hub is
}

// Visitor is a browser of nobody's.
func (h *Hub) Visitor() *Visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.T.Fatal(err)
	}
	return &Visitor{h: h, jar: jar, Site: site}
}

// LoggedIn is a visitor who has logged in through the page.
func (h *Hub) LoggedIn(name, password string) *Visitor {
	h.T.Helper()
	v := h.Visitor()
	if w := v.LogIn(name, password, ""); w.Code != http.StatusFound {
		h.T.Fatalf("login of %s: %d %s", name, w.Code, w.Body)
	}
	return v
}

// LogIn logs in by the form of the login page.
func (v *Visitor) LogIn(name, password, query string) *httptest.ResponseRecorder {
	v.h.T.Helper()
	token := v.Token(v.Get("/hub/login" + query))
	return v.Post("/hub/login"+query, url.Values{"username": {name}, "password": {password}, "_xsrf": {token}})
}

// Get opens a page.
func (v *Visitor) Get(target string, as ...Asker) *httptest.ResponseRecorder {
	return v.Send(http.MethodGet, target, "", as...)
}

// Post sends a form.
func (v *Visitor) Post(target string, form url.Values, as ...Asker) *httptest.ResponseRecorder {
	return v.Send(http.MethodPost, target, form.Encode(), append([]Asker{Header("Content-Type", "application/x-www-form-urlencoded")}, as...)...)
}

// Send sends a request with the cookies that the browser has, and keeps those that it is given.
func (v *Visitor) Send(method, target, body string, as ...Asker) *httptest.ResponseRecorder {
	v.h.T.Helper()
	u, err := url.Parse(v.Site + target)
	if err != nil {
		v.h.T.Fatal(err)
	}
	as = append([]Asker{func(r *http.Request) {
		for _, c := range v.jar.Cookies(u) {
			r.AddCookie(c)
		}
		r.Header.Set("User-Agent", "test")
	}}, as...)
	w := v.h.Do(method, v.Site+target, body, as...)
	res := w.Result()
	_ = res.Body.Close()
	v.jar.SetCookies(u, res.Cookies())
	return w
}

// Cookie is a cookie's value as the path sees it.
func (v *Visitor) Cookie(path, name string) string {
	u, _ := url.Parse(v.Site + path)
	for _, c := range v.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// XSRFField finds the token in a page.
var XSRFField = regexp.MustCompile(`name="_xsrf" value="([^"]+)"`)

// Token is the one in the page's form.
func (v *Visitor) Token(w *httptest.ResponseRecorder) string {
	v.h.T.Helper()
	m := XSRFField.FindStringSubmatch(w.Body.String())
	if m == nil {
		v.h.T.Fatalf("%d: no form in %s", w.Code, w.Body)
	}
	return html.UnescapeString(m[1])
}

// Location is where an answer leads.
func Location(w *httptest.ResponseRecorder) string { return w.Header().Get("Location") }

// WantRedirect wants an answer to lead there.
func WantRedirect(t testing.TB, what string, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	if w.Code/100 != 3 || Location(w) != want {
		t.Errorf("%s: %d to %q, want a redirect to %q", what, w.Code, Location(w), want)
	}
}

// WantPage asks for a page with the status and the texts, by the rules for pages.
func WantPage(t testing.TB, what string, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%s: %d %s %q, want a page with %d", what, w.Code, w.Header().Get("Content-Type"), Location(w), status)
		return
	}
	if w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("%s: headers %v", what, w.Header())
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s: the page lacks %q:\n%s", what, text, w.Body)
		}
	}
}

// OverHTTPS is the browser where the hub has HTTPS.
func (v *Visitor) OverHTTPS() *Visitor {
	v.Site = "https://hub.example"
	return v
}

// CodeOf is the code that ann's browser brings back to her server.
func CodeOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	query, ok := strings.CutPrefix(Location(w), "/user/ann/oauth_callback?")
	if w.Code != http.StatusFound || !ok || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d to %s: %s", w.Code, Location(w), w.Body)
	}
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("state") != "a/b=" || values.Get("code") == "" {
		t.Fatalf("sent to %s", Location(w))
	}
	return values.Get("code")
}

// AuthorizeURL is where ann's server sends browsers.
const AuthorizeURL = "/hub/api/oauth2/authorize?client_id=jupyterhub-user-ann&redirect_uri=%2Fuser%2Fann%2Foauth_callback&response_type=code&state=a%2Fb%3D"

// ServerSecret starts ann's server and gives its own token, the client's secret.
func (h *Hub) ServerSecret() string {
	h.T.Helper()
	ann := h.UserNamed("ann")
	who := access.Requester{User: ann, RequestID: "start"}
	browser, ok := h.App.Identities().ByToken(h.T.Context(), h.Token(ann))
	if !ok {
		h.T.Fatal("no token")
	}
	who.Scopes = browser.Scopes
	if _, err := h.App.StartServer(h.T.Context(), &who, "ann", "", servers.StartRequest{}); err != nil {
		h.T.Fatal(err)
	}
	run, err := h.App.BeginRun(h.T.Context(), h.ServerOf(ann, ""), servers.Lease{Owner: "test", Node: "node"})
	if err != nil {
		h.T.Fatal(err)
	}
	h.Ready(run.Server)
	return run.Env["JUPYTERHUB_API_TOKEN"]
}

// ManyTokens gives somebody tokens, with notes by their number from 0 on.
func (h *Hub) ManyTokens(name string, n int) {
	h.T.Helper()
	h.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, name)
		for i := 0; i < n && err == nil; i++ {
			note := fmt.Sprintf("token-%04d.", i)
			_, err = tx.CreateToken(ctx, hub.Token{UserID: u.ID, Hash: name + note, Note: note, ClientID: hub.APIClient, Scopes: []string{"inherit"}})
		}
		return err
	})
}

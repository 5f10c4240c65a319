package httpapi

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

// visitor is a browser: it keeps cookies as browsers do, and follows nothing by itself.
type visitor struct {
	h    *testHub
	jar  *cookiejar.Jar
	site string // where the hub is
}

func (h *testHub) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &visitor{h: h, jar: jar, site: site}
}

// loggedIn is a visitor who has logged in through the page.
func (h *testHub) loggedIn(name, password string) *visitor {
	h.t.Helper()
	v := h.visitor()
	if w := v.logIn(name, password, ""); w.Code != http.StatusFound {
		h.t.Fatalf("login of %s: %d %s", name, w.Code, w.Body)
	}
	return v
}

func (v *visitor) logIn(name, password, query string) *httptest.ResponseRecorder {
	v.h.t.Helper()
	token := v.token(v.get("/hub/login" + query))
	return v.post("/hub/login"+query, url.Values{"username": {name}, "password": {password}, "_xsrf": {token}})
}

func (v *visitor) get(target string, as ...asker) *httptest.ResponseRecorder {
	return v.send(http.MethodGet, target, "", as...)
}

func (v *visitor) post(target string, form url.Values, as ...asker) *httptest.ResponseRecorder {
	return v.send(http.MethodPost, target, form.Encode(), append([]asker{header("Content-Type", "application/x-www-form-urlencoded")}, as...)...)
}

func (v *visitor) send(method, target, body string, as ...asker) *httptest.ResponseRecorder {
	v.h.t.Helper()
	u, err := url.Parse(v.site + target)
	if err != nil {
		v.h.t.Fatal(err)
	}
	as = append([]asker{func(r *http.Request) {
		for _, c := range v.jar.Cookies(u) {
			r.AddCookie(c)
		}
		r.Header.Set("User-Agent", "test")
	}}, as...)
	w := v.h.do(method, v.site+target, body, as...)
	res := w.Result()
	_ = res.Body.Close()
	v.jar.SetCookies(u, res.Cookies())
	return w
}

// cookie is a cookie's value as the path sees it.
func (v *visitor) cookie(path, name string) string {
	u, _ := url.Parse(v.site + path)
	for _, c := range v.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

var xsrfField = regexp.MustCompile(`name="_xsrf" value="([^"]+)"`)

// token is the one in the page's form.
func (v *visitor) token(w *httptest.ResponseRecorder) string {
	v.h.t.Helper()
	m := xsrfField.FindStringSubmatch(w.Body.String())
	if m == nil {
		v.h.t.Fatalf("%d: no form in %s", w.Code, w.Body)
	}
	return html.UnescapeString(m[1])
}

func location(w *httptest.ResponseRecorder) string { return w.Header().Get("Location") }

func wantRedirect(t testing.TB, what string, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	if w.Code/100 != 3 || location(w) != want {
		t.Errorf("%s: %d to %q, want a redirect to %q", what, w.Code, location(w), want)
	}
}

// wantPage asks for a page with the status and the texts, by the rules for pages.
func wantPage(t testing.TB, what string, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%s: %d %s %q, want a page with %d", what, w.Code, w.Header().Get("Content-Type"), location(w), status)
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

// overHTTPS is the browser where the hub has HTTPS.
func (v *visitor) overHTTPS() *visitor {
	v.site = "https://hub.example"
	return v
}

func codeOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	query, ok := strings.CutPrefix(location(w), "/user/ann/oauth_callback?")
	if w.Code != http.StatusFound || !ok || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d to %s: %s", w.Code, location(w), w.Body)
	}
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("state") != "a/b=" || values.Get("code") == "" {
		t.Fatalf("sent to %s", location(w))
	}
	return values.Get("code")
}

const authorizeURL = "/hub/api/oauth2/authorize?client_id=jupyterhub-user-ann&redirect_uri=%2Fuser%2Fann%2Foauth_callback&response_type=code&state=a%2Fb%3D"

// serverSecret starts ann's server and gives its own token, the client's secret.
func (h *testHub) serverSecret() string {
	h.t.Helper()
	ann := h.userNamed("ann")
	who := access.Requester{User: ann, RequestID: "start"}
	browser, ok := h.app.Identities().ByToken(h.t.Context(), h.token(ann))
	if !ok {
		h.t.Fatal("no token")
	}
	who.Scopes = browser.Scopes
	if _, err := h.app.StartServer(h.t.Context(), &who, "ann", "", servers.StartRequest{}); err != nil {
		h.t.Fatal(err)
	}
	run, err := h.app.BeginRun(h.t.Context(), h.serverOf(ann, ""), servers.Lease{Owner: "test", Node: "node"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ready(run.Server)
	return run.Env["JUPYTERHUB_API_TOKEN"]
}

// manyTokens gives somebody tokens, with notes by their number from 0 on.
func (h *testHub) manyTokens(name string, n int) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, name)
		for i := 0; i < n && err == nil; i++ {
			note := fmt.Sprintf("token-%04d.", i)
			_, err = tx.CreateToken(ctx, hub.Token{UserID: u.ID, Hash: name + note, Note: note, ClientID: hub.APIClient, Scopes: []string{"inherit"}})
		}
		return err
	})
}

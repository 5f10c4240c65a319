package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
)

// The whole way of a notebook server's login.
func TestOAuthDance(t *testing.T) {
	h := newPageHub(t)
	secret := h.serverSecret()
	v := h.visitor()
	w := v.get(authorizeURL)
	wantRedirect(t, "nobody", w, "/hub/login?next="+url.QueryEscape(authorizeURL))
	wantRedirect(t, "login", v.logIn("ann", "ann's password", "?"+strings.SplitN(location(w), "?", 2)[1]), authorizeURL)
	code := codeOf(t, v.get(authorizeURL))

	form := url.Values{
		"client_id": {"jupyterhub-user-ann"}, "client_secret": {secret}, "grant_type": {"authorization_code"},
		"code": {code}, "redirect_uri": {"/user/ann/oauth_callback"},
	}
	program := h.visitor() // a notebook server: no cookies, a token that is none of this endpoint's business
	w = program.post("/hub/api/oauth2/token", form, bearer(secret))
	token := jsonBody[map[string]any](t, w)
	if w.Code != http.StatusOK || token["token_type"] != "Bearer" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	access, _ := token["access_token"].(string)
	me := jsonBody[map[string]any](t, program.get("/hub/api/user", bearer(access)))
	if me["name"] != "ann" || me["kind"] != "user" {
		t.Errorf("the token is %v's", me)
	}
	if w := program.post("/hub/api/oauth2/token", form); w.Code != http.StatusBadRequest || jsonBody[map[string]any](t, w)["error"] != "invalid_grant" {
		t.Errorf("the code again: %d %s", w.Code, w.Body)
	}
	if w := program.get("/hub/api/user", bearer(access)); w.Code != http.StatusForbidden {
		t.Errorf("the token of a code used twice: %d", w.Code)
	}
	// Logging out takes the tokens along.
	form.Set("code", codeOf(t, v.get(authorizeURL)))
	access, _ = jsonBody[map[string]any](t, program.post("/hub/api/oauth2/token", form))["access_token"].(string)
	if w := program.get("/hub/api/user", bearer(access)); w.Code != http.StatusOK {
		t.Errorf("the token: %d", w.Code)
	}
	v.get("/hub/logout")
	if w := program.get("/hub/api/user", bearer(access)); w.Code != http.StatusForbidden {
		t.Errorf("the token after logging out: %d", w.Code)
	}
	if strings.Contains(h.log.String(), code) || strings.Contains(h.log.String(), secret) || strings.Contains(h.log.String(), access) {
		t.Error("a secret is in the log")
	}
}

func TestOAuthConfirm(t *testing.T) {
	h := newPageHub(t)
	h.serverSecret()
	h.password(h.user("root", true), "root's password")
	h.password(h.user("bob", false), "bob's password")
	root, bob := h.loggedIn("root", "root's password"), h.loggedIn("bob", "bob's password")
	wantPage(t, "bob", bob.get(authorizeURL), http.StatusForbidden, "is not open to you. Ask ann to share it.")

	w := root.get(authorizeURL)
	wantPage(t, "root", w, http.StatusOK, "<h1>Allow the notebook server of ann to use your account?</h1>", "(only the default server of ann)", "<strong>ann</strong>", "<strong>root</strong>", `value="access:servers!server=ann/"`)
	wantPage(t, "consent without a token", root.post(authorizeURL, url.Values{"scopes": {"access:servers!server=ann/"}}), http.StatusForbidden)
	cross := root.post(authorizeURL, url.Values{"_xsrf": {root.token(w)}}, header("Sec-Fetch-Site", "cross-site"))
	wantPage(t, "consent from another site", cross, http.StatusForbidden)
	form := url.Values{"_xsrf": {root.token(w)}, "scopes": {"access:servers!server=ann/", "read:users:name!user=root"}}
	codeOf(t, root.post(authorizeURL, form))
	if w := root.get(authorizeURL, fetch("cors", "same-origin", "empty")); w.Code != http.StatusForbidden || location(w) != "" {
		t.Errorf("a script gets a code: %d %s", w.Code, location(w))
	}
	wantPage(t, "consent of one who may not", bob.post(authorizeURL, url.Values{"_xsrf": {bob.token(bob.get("/hub/change-password"))}}), http.StatusForbidden)
}

// Applications have names for people, where the API has JupyterHub's.
func TestApplicationsAreCalledAsPeopleCallThem(t *testing.T) {
	s := newHandlers(t, newTestHub(t))
	for description, want := range map[string]string{
		"Service wiki":                 "the service wiki",
		"Server at /user/ann/":         "the notebook server of ann",
		"Server at /user/ann/lab/":     "the server lab of ann",
		"Server at /user/a@b%20c.org/": "the notebook server of a@b c.org",
		"Server at the window":         "Server at the window",
		"Grader":                       "Grader",
		"":                             "client-7",
	} {
		if got := s.clientText(description, "client-7", "the "); got != want {
			t.Errorf("%q is called %q, want %q", description, got, want)
		}
	}
}

func TestOAuthBadRequests(t *testing.T) {
	h := newPageHub(t)
	secret := h.serverSecret()
	v := h.loggedIn("ann", "ann's password")
	for _, query := range []string{
		"", "?client_id=nobody&redirect_uri=%2Fuser%2Fann%2Foauth_callback&response_type=code",
		"?client_id=jupyterhub-user-ann&redirect_uri=https%3A%2F%2Fevil.example%2F&response_type=code",
		"?client_id=jupyterhub-user-ann&redirect_uri=%2F%2Fevil.example&response_type=code",
	} {
		wantPage(t, query, v.get("/hub/api/oauth2/authorize"+query), http.StatusBadRequest)
	}
	wantRedirect(t, "a bad response type", v.get(strings.Replace(authorizeURL, "=code", "=token", 1)),
		"/user/ann/oauth_callback?error=unsupported_response_type&error_description=only+code+is+supported&state=a%2Fb%3D")

	good := url.Values{"client_id": {"jupyterhub-user-ann"}, "client_secret": {secret}, "grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {"/"}}
	for what, c := range map[string]struct {
		w      *httptest.ResponseRecorder
		status int
	}{
		"GET":             {v.get("/hub/api/oauth2/token"), 405},
		"nothing":         {v.post("/hub/api/oauth2/token", nil), 400},
		"wrong code":      {v.post("/hub/api/oauth2/token", good), 400},
		"cross-site":      {v.post("/hub/api/oauth2/token", good, header("Origin", "https://elsewhere.example"), header("Sec-Fetch-Site", "cross-site")), 400},
		"JSON":            {v.send("POST", "/hub/api/oauth2/token", `{}`, header("Content-Type", "application/json")), 400},
		"in the query":    {v.send("POST", "/hub/api/oauth2/token?"+good.Encode(), "", header("Content-Type", "application/x-www-form-urlencoded")), 400},
		"broken encoding": {v.send("POST", "/hub/api/oauth2/token", "a=%zz", header("Content-Type", "application/x-www-form-urlencoded")), 400},
		"too large": {
			v.send("POST", "/hub/api/oauth2/token", "code="+strings.Repeat("x", maxBody), header("Content-Type", "application/x-www-form-urlencoded")), 413,
		},
	} {
		if c.w.Code != c.status || c.w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", what, c.w.Code, c.w.Body)
		}
	}
	if err := h.app.EndRun(t.Context(), h.serverOf(h.userNamed("ann"), "").ID, h.serverOf(h.userNamed("ann"), "").Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	wantPage(t, "a server that stopped", v.get(authorizeURL), http.StatusBadRequest, "start it again")
}

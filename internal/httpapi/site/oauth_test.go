package site_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// The whole way of a notebook server's login.
func TestOAuthDance(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	secret := h.ServerSecret()
	v := h.Visitor()
	w := v.Get(httpapitest.AuthorizeURL)
	httpapitest.WantRedirect(t, "nobody", w, "/hub/login?next="+url.QueryEscape(httpapitest.AuthorizeURL))
	httpapitest.WantRedirect(t, "login", v.LogIn("ann", "ann's password", "?"+strings.SplitN(httpapitest.Location(w), "?", 2)[1]), httpapitest.AuthorizeURL)
	code := httpapitest.CodeOf(t, v.Get(httpapitest.AuthorizeURL))

	form := url.Values{
		"client_id": {"jupyterhub-user-ann"}, "client_secret": {secret}, "grant_type": {"authorization_code"},
		"code": {code}, "redirect_uri": {"/user/ann/oauth_callback"},
	}
	program := h.Visitor() // a notebook server: no cookies, a token that is none of this endpoint's business
	w = program.Post("/hub/api/oauth2/token", form, httpapitest.Bearer(secret))
	token := httpapitest.JSONBody[map[string]any](t, w)
	if w.Code != http.StatusOK || token["token_type"] != "Bearer" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	access, _ := token["access_token"].(string)
	me := httpapitest.JSONBody[map[string]any](t, program.Get("/hub/api/user", httpapitest.Bearer(access)))
	if me["name"] != "ann" || me["kind"] != "user" {
		t.Errorf("the token is %v's", me)
	}
	if w := program.Post("/hub/api/oauth2/token", form); w.Code != http.StatusBadRequest || httpapitest.JSONBody[map[string]any](t, w)["error"] != "invalid_grant" {
		t.Errorf("the code again: %d %s", w.Code, w.Body)
	}
	if w := program.Get("/hub/api/user", httpapitest.Bearer(access)); w.Code != http.StatusForbidden {
		t.Errorf("the token of a code used twice: %d", w.Code)
	}
	// Logging out takes the tokens along.
	form.Set("code", httpapitest.CodeOf(t, v.Get(httpapitest.AuthorizeURL)))
	access, _ = httpapitest.JSONBody[map[string]any](t, program.Post("/hub/api/oauth2/token", form))["access_token"].(string)
	if w := program.Get("/hub/api/user", httpapitest.Bearer(access)); w.Code != http.StatusOK {
		t.Errorf("the token: %d", w.Code)
	}
	v.Get("/hub/logout")
	if w := program.Get("/hub/api/user", httpapitest.Bearer(access)); w.Code != http.StatusForbidden {
		t.Errorf("the token after logging out: %d", w.Code)
	}
	if strings.Contains(h.Log.String(), code) || strings.Contains(h.Log.String(), secret) || strings.Contains(h.Log.String(), access) {
		t.Error("a secret is in the log")
	}
}

func TestOAuthConfirm(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.ServerSecret()
	h.Password(h.User("root", true), "root's password")
	h.Password(h.User("bob", false), "bob's password")
	root, bob := h.LoggedIn("root", "root's password"), h.LoggedIn("bob", "bob's password")
	httpapitest.WantPage(t, "bob", bob.Get(httpapitest.AuthorizeURL), http.StatusForbidden, "is not open to you. Ask ann to share it.")

	w := root.Get(httpapitest.AuthorizeURL)
	httpapitest.WantPage(t, "root", w, http.StatusOK, "<h1>Allow the notebook server of ann to use your account?</h1>", "(only the default server of ann)", "<strong>ann</strong>", "<strong>root</strong>", `value="access:servers!server=ann/"`)
	httpapitest.WantPage(t, "consent without a token", root.Post(httpapitest.AuthorizeURL, url.Values{"scopes": {"access:servers!server=ann/"}}), http.StatusForbidden)
	cross := root.Post(httpapitest.AuthorizeURL, url.Values{"_xsrf": {root.Token(w)}}, httpapitest.Header("Sec-Fetch-Site", "cross-site"))
	httpapitest.WantPage(t, "consent from another site", cross, http.StatusForbidden)
	form := url.Values{"_xsrf": {root.Token(w)}, "scopes": {"access:servers!server=ann/", "read:users:name!user=root"}}
	httpapitest.CodeOf(t, root.Post(httpapitest.AuthorizeURL, form))
	if w := root.Get(httpapitest.AuthorizeURL, httpapitest.Fetch("cors", "same-origin", "empty")); w.Code != http.StatusForbidden || httpapitest.Location(w) != "" {
		t.Errorf("a script gets a code: %d %s", w.Code, httpapitest.Location(w))
	}
	httpapitest.WantPage(t, "consent of one who may not", bob.Post(httpapitest.AuthorizeURL, url.Values{"_xsrf": {bob.Token(bob.Get("/hub/change-password"))}}), http.StatusForbidden)
}

// Applications have names for people, where the API has JupyterHub's.
func TestApplicationsAreCalledAsPeopleCallThem(t *testing.T) {
	s := newHandlers(t, httpapitest.New(t))
	for description, want := range map[string]string{
		"Service wiki":                 "the service wiki",
		"Server at /user/ann/":         "the notebook server of ann",
		"Server at /user/ann/lab/":     "the server lab of ann",
		"Server at /user/a@b%20c.org/": "the notebook server of a@b c.org",
		"Server at the window":         "Server at the window",
		"Grader":                       "Grader",
		"":                             "client-7",
	} {
		if got := s.ClientText(description, "client-7", "the "); got != want {
			t.Errorf("%q is called %q, want %q", description, got, want)
		}
	}
}

func TestOAuthBadRequests(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	secret := h.ServerSecret()
	v := h.LoggedIn("ann", "ann's password")
	for _, query := range []string{
		"", "?client_id=nobody&redirect_uri=%2Fuser%2Fann%2Foauth_callback&response_type=code",
		"?client_id=jupyterhub-user-ann&redirect_uri=https%3A%2F%2Fevil.example%2F&response_type=code",
		"?client_id=jupyterhub-user-ann&redirect_uri=%2F%2Fevil.example&response_type=code",
	} {
		httpapitest.WantPage(t, query, v.Get("/hub/api/oauth2/authorize"+query), http.StatusBadRequest)
	}
	httpapitest.WantRedirect(t, "a bad response type", v.Get(strings.Replace(httpapitest.AuthorizeURL, "=code", "=token", 1)),
		"/user/ann/oauth_callback?error=unsupported_response_type&error_description=only+code+is+supported&state=a%2Fb%3D")

	good := url.Values{"client_id": {"jupyterhub-user-ann"}, "client_secret": {secret}, "grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {"/"}}
	for what, c := range map[string]struct {
		w      *httptest.ResponseRecorder
		status int
	}{
		"GET":             {v.Get("/hub/api/oauth2/token"), 405},
		"nothing":         {v.Post("/hub/api/oauth2/token", nil), 400},
		"wrong code":      {v.Post("/hub/api/oauth2/token", good), 400},
		"cross-site":      {v.Post("/hub/api/oauth2/token", good, httpapitest.Header("Origin", "https://elsewhere.example"), httpapitest.Header("Sec-Fetch-Site", "cross-site")), 400},
		"JSON":            {v.Send("POST", "/hub/api/oauth2/token", `{}`, httpapitest.Header("Content-Type", "application/json")), 400},
		"in the query":    {v.Send("POST", "/hub/api/oauth2/token?"+good.Encode(), "", httpapitest.Header("Content-Type", "application/x-www-form-urlencoded")), 400},
		"broken encoding": {v.Send("POST", "/hub/api/oauth2/token", "a=%zz", httpapitest.Header("Content-Type", "application/x-www-form-urlencoded")), 400},
		"too large": {
			v.Send("POST", "/hub/api/oauth2/token", "code="+strings.Repeat("x", endpoint.MaxBody), httpapitest.Header("Content-Type", "application/x-www-form-urlencoded")), 413,
		},
	} {
		if c.w.Code != c.status || c.w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", what, c.w.Code, c.w.Body)
		}
	}
	if err := h.App.EndRun(t.Context(), h.ServerOf(h.UserNamed("ann"), "").ID, h.ServerOf(h.UserNamed("ann"), "").Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	httpapitest.WantPage(t, "a server that stopped", v.Get(httpapitest.AuthorizeURL), http.StatusBadRequest, "start it again")
}

package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
)

// The seed document's first call, and JupyterHub 0.9's POST.
func TestTokensByPassword(t *testing.T) {
	h := newTestHub(t, func(c *app.Config, _ *Options) { c.PasswordTokens, c.PasswordTokenAge = true, time.Hour })
	ann := h.user("ann", false)
	h.password(ann, "correct horse battery")
	const path, good = "/hub/api/authorizations/token", `{"username": " Ann", "password": "correct horse battery"}`
	for _, method := range []string{"GET", "POST"} {
		w := h.do(method, path, good, header("Content-Type", "application/json"))
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", method, w.Code, w.Body)
		}
		got := jsonBody[struct {
			Token, Warning string
			User           map[string]any
		}](t, w)
		if got.User["name"] != "ann" || got.Warning == "" || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: got %+v and cookies %v", method, got, w.Result().Cookies())
		}
		if w := h.do("GET", "/hub/api/users/ann/tokens", "", bearer(got.Token)); w.Code != 200 {
			t.Errorf("the token does not work: %d %s", w.Code, w.Body)
		}
		if w := h.do("GET", path+"/"+got.Token, "", bearer(got.Token)); w.Code != 200 || jsonBody[map[string]any](t, w)["name"] != "ann" {
			t.Errorf("whose it is: %d %s", w.Code, w.Body)
		}
		if strings.Contains(h.log.String(), got.Token) {
			t.Error("the token is in the log")
		}
		h.advance(time.Hour)
		if w := h.do("GET", "/hub/api/user", "", bearer(got.Token)); w.Code != 403 {
			t.Errorf("after its time: %d", w.Code)
		}
	}
	h.run(t, []scenario{
		{name: "wrong password", method: "POST", path: path, body: `{"username": "ann", "password": "x"}`, status: 403, message: "Forbidden"},
		{name: "no such person", method: "GET", path: path, body: `{"username": "zed", "password": "x"}`, status: 403, message: "Forbidden"},
		{name: "no body", method: "GET", path: path, status: 403, message: "Forbidden"},
		{name: "numbers", method: "POST", path: path, body: `{"username": 1, "password": 2}`, status: 403, message: "Forbidden"},
		{name: "a list", method: "POST", path: path, body: `["ann"]`, status: 403, message: "Forbidden"},
		{name: "no JSON", method: "POST", path: path, body: `{`, status: 400, message: badJSON},
		{name: "whose, for nobody", method: "GET", path: path + "/x", status: 403, message: "Forbidden"},
		{name: "whose, with a cookie", method: "GET", path: path + "/x", as: []asker{h.browser(ann)}, status: 403, message: "Forbidden"},
		{name: "whose, of no such", method: "GET", path: path + "/x", as: []asker{bearer(h.token(ann))}, status: 404},
	})
	off := newTestHub(t)
	if w := off.do("POST", path, good); w.Code != 404 {
		t.Errorf("turned off: %d", w.Code)
	}
}

func TestShutdown(t *testing.T) {
	var asked []*bool
	h := newTestHub(t, func(_ *app.Config, o *Options) { o.Shutdown = func(servers *bool) { asked = append(asked, servers) } })
	admin := bearer(h.token(h.user("root", true)))
	const path = "/hub/api/shutdown"
	h.run(t, []scenario{
		{name: "not by anybody", method: "POST", path: path, as: []asker{bearer(h.token(h.user("ann", false)))}, status: 403},
		{name: "odd", method: "POST", path: path, body: `{"servers": "yes"}`, as: []asker{admin}, status: 400},
		{name: "as configured", method: "POST", path: path, as: []asker{admin}, status: 202, want: `{"message": "Shutting down Hub"}`},
		{name: "with the servers", method: "POST", path: path, body: `{"servers": true, "proxy": false}`, as: []asker{admin}, status: 202},
		{name: "admin access", method: "POST", path: "/hub/api/users/ann/admin-access", as: []asker{admin}, status: 403},
		{name: "admin access to nobody", method: "POST", path: "/hub/api/users/zed/admin-access", as: []asker{admin}, status: 404},
	})
	if len(asked) != 2 || asked[0] != nil || asked[1] == nil || !*asked[1] {
		t.Errorf("asked to end: %v", asked)
	}
}

func TestServersWithoutStart(t *testing.T) {
	h := newTestHub(t)
	ann := h.user("ann", false)
	h.user("bob", false)
	person := bearer(h.token(ann))
	const server, named = "/hub/api/users/ann/server", "/hub/api/users/ann/servers/"
	h.run(t, []scenario{
		{name: "make the default", method: "PUT", path: server, as: []asker{person}, status: 409, message: "already has a default server"},
		{name: "make", method: "PUT", path: named + "lab", body: `{"display_name": "My lab", "user_options": {"profile": "gpu"}}`, as: []asker{person},
			status: 201, want: `{"name": "lab", "display_name": "My lab", "stopped": true, "user_options": {"profile": "gpu"}}`},
		{name: "make again", method: "PUT", path: named + "lab", as: []asker{person}, status: 409},
		{name: "make another's", method: "PUT", path: "/hub/api/users/bob/servers/x", as: []asker{person}, status: 404, message: noAccess},
		{name: "bad name", method: "PUT", path: named + "A_b", as: []asker{person}, status: 400, message: "Invalid server_name"},
		{name: "nothing to change", method: "PATCH", path: named + "lab", body: `{}`, as: []asker{person}, status: 400, message: "at least one field"},
		{name: "unknown key", method: "PATCH", path: named + "lab", body: `{"x": 1}`, as: []asker{person}, status: 400, message: "Invalid JSON keys"},
		{name: "bad new name", method: "PATCH", path: named + "lab", body: `{"name": "a b"}`, as: []asker{person}, status: 400, message: "Invalid server_name"},
		{name: "options no object", method: "PATCH", path: named + "lab", body: `{"user_options": null}`, as: []asker{person}, status: 400, message: "user_options"},
		{name: "no such", method: "PATCH", path: named + "zzz", body: `{"name": "yyy"}`, as: []asker{person}, status: 404},
		{name: "to the default", method: "PATCH", path: named + "lab", body: `{"name": ""}`, as: []asker{person}, status: 409},
		{name: "rename", method: "PATCH", path: named + "lab", body: `{"name": "lab-2", "user_options": {"a": 1}}`, as: []asker{person},
			status: 200, want: `{"name": "lab-2", "display_name": "My lab", "url": "/user/ann/lab-2/", "user_options": {"a": 1}}`},
		{name: "the old name is gone", method: "GET", path: named + "lab", as: []asker{person}, status: 404},
		{name: "name the default one", method: "PATCH", path: server, body: `{"name": "first"}`, as: []asker{person}, status: 200, want: `{"name": "first", "full_name": "ann/first"}`},
		{name: "there is a default one", method: "GET", path: server, as: []asker{person}, status: 200, want: `{"name": "", "stopped": true}`},
		{name: "no room for the next", method: "PATCH", path: server, body: `{"name": "second"}`, as: []asker{person}, status: 400, message: "already has the maximum"},
		{name: "start", method: "POST", path: named + "first", as: []asker{person}, status: 202},
		{name: "while active", method: "PATCH", path: named + "first", body: `{"display_name": "x"}`, as: []asker{person}, status: 400, message: "is active"},
	})
}

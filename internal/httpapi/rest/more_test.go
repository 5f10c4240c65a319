package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// The seed document's first call, and JupyterHub 0.9's POST.
func TestTokensByPassword(t *testing.T) {
	h := httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.PasswordTokens, c.PasswordTokenAge = true, time.Hour })
	ann := h.User("ann", false)
	h.Password(ann, "correct horse battery")
	const path, good = "/hub/api/authorizations/token", `{"username": " Ann", "password": "correct horse battery"}`
	for _, method := range []string{"GET", "POST"} {
		w := h.Do(method, path, good, httpapitest.Header("Content-Type", "application/json"))
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", method, w.Code, w.Body)
		}
		got := httpapitest.JSONBody[struct {
			Token, Warning string
			User           map[string]any
		}](t, w)
		if got.User["name"] != "ann" || got.Warning == "" || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: got %+v and cookies %v", method, got, w.Result().Cookies())
		}
		if w := h.Do("GET", "/hub/api/users/ann/tokens", "", httpapitest.Bearer(got.Token)); w.Code != 200 {
			t.Errorf("the token does not work: %d %s", w.Code, w.Body)
		}
		if w := h.Do("GET", path+"/"+got.Token, "", httpapitest.Bearer(got.Token)); w.Code != 200 || httpapitest.JSONBody[map[string]any](t, w)["name"] != "ann" {
			t.Errorf("whose it is: %d %s", w.Code, w.Body)
		}
		if strings.Contains(h.Log.String(), got.Token) {
			t.Error("the token is in the log")
		}
		h.Advance(time.Hour)
		if w := h.Do("GET", "/hub/api/user", "", httpapitest.Bearer(got.Token)); w.Code != 403 {
			t.Errorf("after its time: %d", w.Code)
		}
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "wrong password", Method: "POST", Path: path, Body: `{"username": "ann", "password": "x"}`, Status: 403, Message: "Forbidden"},
		{Name: "no such person", Method: "GET", Path: path, Body: `{"username": "zed", "password": "x"}`, Status: 403, Message: "Forbidden"},
		{Name: "no body", Method: "GET", Path: path, Status: 403, Message: "Forbidden"},
		{Name: "numbers", Method: "POST", Path: path, Body: `{"username": 1, "password": 2}`, Status: 403, Message: "Forbidden"},
		{Name: "a list", Method: "POST", Path: path, Body: `["ann"]`, Status: 403, Message: "Forbidden"},
		{Name: "no JSON", Method: "POST", Path: path, Body: `{`, Status: 400, Message: httpapitest.BadJSON},
		{Name: "whose, for nobody", Method: "GET", Path: path + "/x", Status: 403, Message: "Forbidden"},
		{Name: "whose, with a cookie", Method: "GET", Path: path + "/x", As: []httpapitest.Asker{h.Browser(ann)}, Status: 403, Message: "Forbidden"},
		{Name: "whose, of no such", Method: "GET", Path: path + "/x", As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann))}, Status: 404},
	})
	off := httpapitest.New(t)
	if w := off.Do("POST", path, good); w.Code != 404 {
		t.Errorf("turned off: %d", w.Code)
	}
}

func TestShutdown(t *testing.T) {
	var asked []*bool
	h := httpapitest.New(t, func(_ *app.Config, o *httpapi.Options) {
		o.Shutdown = func(servers *bool) { asked = append(asked, servers) }
	})
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	const path = "/hub/api/shutdown"
	h.Run(t, []httpapitest.Scenario{
		{Name: "not by anybody", Method: "POST", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(h.User("ann", false)))}, Status: 403},
		{Name: "odd", Method: "POST", Path: path, Body: `{"servers": "yes"}`, As: []httpapitest.Asker{admin}, Status: 400},
		{Name: "as configured", Method: "POST", Path: path, As: []httpapitest.Asker{admin}, Status: 202, Want: `{"message": "Shutting down Hub"}`},
		{Name: "with the servers", Method: "POST", Path: path, Body: `{"servers": true, "proxy": false}`, As: []httpapitest.Asker{admin}, Status: 202},
		{Name: "admin access", Method: "POST", Path: "/hub/api/users/ann/admin-access", As: []httpapitest.Asker{admin}, Status: 403},
		{Name: "admin access to nobody", Method: "POST", Path: "/hub/api/users/zed/admin-access", As: []httpapitest.Asker{admin}, Status: 404},
	})
	if len(asked) != 2 || asked[0] != nil || asked[1] == nil || !*asked[1] {
		t.Errorf("asked to end: %v", asked)
	}
}

func TestServersWithoutStart(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	h.User("bob", false)
	person := httpapitest.Bearer(h.Token(ann))
	const server, named = "/hub/api/users/ann/server", "/hub/api/users/ann/servers/"
	h.Run(t, []httpapitest.Scenario{
		{Name: "make the default", Method: "PUT", Path: server, As: []httpapitest.Asker{person}, Status: 409, Message: "already has a default server"},
		{Name: "make", Method: "PUT", Path: named + "lab", Body: `{"display_name": "My lab", "user_options": {"profile": "gpu"}}`, As: []httpapitest.Asker{person},
			Status: 201, Want: `{"name": "lab", "display_name": "My lab", "stopped": true, "user_options": {"profile": "gpu"}}`},
		{Name: "make again", Method: "PUT", Path: named + "lab", As: []httpapitest.Asker{person}, Status: 409},
		{Name: "make another's", Method: "PUT", Path: "/hub/api/users/bob/servers/x", As: []httpapitest.Asker{person}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "bad name", Method: "PUT", Path: named + "A_b", As: []httpapitest.Asker{person}, Status: 400, Message: "Invalid server_name"},
		{Name: "nothing to change", Method: "PATCH", Path: named + "lab", Body: `{}`, As: []httpapitest.Asker{person}, Status: 400, Message: "at least one field"},
		{Name: "unknown key", Method: "PATCH", Path: named + "lab", Body: `{"x": 1}`, As: []httpapitest.Asker{person}, Status: 400, Message: "Invalid JSON keys"},
		{Name: "bad new name", Method: "PATCH", Path: named + "lab", Body: `{"name": "a b"}`, As: []httpapitest.Asker{person}, Status: 400, Message: "Invalid server_name"},
		{Name: "options no object", Method: "PATCH", Path: named + "lab", Body: `{"user_options": null}`, As: []httpapitest.Asker{person}, Status: 400, Message: "user_options"},
		{Name: "no such", Method: "PATCH", Path: named + "zzz", Body: `{"name": "yyy"}`, As: []httpapitest.Asker{person}, Status: 404},
		{Name: "to the default", Method: "PATCH", Path: named + "lab", Body: `{"name": ""}`, As: []httpapitest.Asker{person}, Status: 409},
		{Name: "rename", Method: "PATCH", Path: named + "lab", Body: `{"name": "lab-2", "user_options": {"a": 1}}`, As: []httpapitest.Asker{person},
			Status: 200, Want: `{"name": "lab-2", "display_name": "My lab", "url": "/user/ann/lab-2/", "user_options": {"a": 1}}`},
		{Name: "the old name is gone", Method: "GET", Path: named + "lab", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "name the default one", Method: "PATCH", Path: server, Body: `{"name": "first"}`, As: []httpapitest.Asker{person}, Status: 200, Want: `{"name": "first", "full_name": "ann/first"}`},
		{Name: "there is a default one", Method: "GET", Path: server, As: []httpapitest.Asker{person}, Status: 200, Want: `{"name": "", "stopped": true}`},
		{Name: "no room for the next", Method: "PATCH", Path: server, Body: `{"name": "second"}`, As: []httpapitest.Asker{person}, Status: 400, Message: "already has the maximum"},
		{Name: "start", Method: "POST", Path: named + "first", As: []httpapitest.Asker{person}, Status: 202},
		{Name: "while active", Method: "PATCH", Path: named + "first", Body: `{"display_name": "x"}`, As: []httpapitest.Asker{person}, Status: 400, Message: "is active"},
	})
}

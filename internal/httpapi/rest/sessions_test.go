package rest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

type session struct {
	ID, Browser, System, Address string
	Current                      bool
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func sessionsOf(t *testing.T, h *httpapitest.Hub, name string, as httpapitest.Asker) []session {
	t.Helper()
	w := h.Do("GET", "/hub/api/users/"+name+"/sessions", "", as)
	if w.Code != http.StatusOK {
		t.Fatalf("the list of %s: %d %s", name, w.Code, w.Body)
	}
	return httpapitest.JSONBody[struct{ Sessions []session }](t, w).Sessions
}

func TestSessions(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	h.Password(ann, "correct horse")
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	token := httpapitest.Bearer(h.Token(ann))

	browser := httpapitest.Header("User-Agent", firefox)
	visitors := []*httpapitest.Visitor{h.Visitor(), h.Visitor(), h.Visitor()}
	for _, v := range visitors {
		form := url.Values{"username": {"ann"}, "password": {"correct horse"}, "_xsrf": {v.Token(v.Get("/hub/login", browser))}}
		if w := v.Post("/hub/login", form, browser); w.Code != http.StatusFound {
			t.Fatalf("login: %d %s", w.Code, w.Body)
		}
	}
	list := sessionsOf(t, h, "ann", token)
	if len(list) != 3 || list[0].Browser != "Firefox" || list[0].System != "Linux" || list[0].Address != "192.0.2.1" || list[0].Current {
		t.Fatalf("ann has %+v", list)
	}
	for _, s := range list {
		for _, v := range visitors {
			cookie := v.Cookie("/hub/", "jupyterhub-session-id")
			if strings.Contains(cookie+" "+hub.HashSecret(cookie), s.ID) || len(s.ID) != 24 {
				t.Errorf("the id %q tells something of a cookie", s.ID)
			}
		}
	}
	const path = "/hub/api/users/ann/sessions"
	h.Run(t, []httpapitest.Scenario{
		{Name: "no such session", Method: "DELETE", Path: path + "/x", As: []httpapitest.Asker{token}, Status: 404},
		{Name: "without the right to list", Method: "GET", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann, "tokens!user=bob"))}, Status: 403},
		{Name: "reading is not ending", Method: "DELETE", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(ann, "read:tokens!user"))}, Status: 403},
		{Name: "tokens of others are not their sessions", Method: "GET", Path: path, As: []httpapitest.Asker{httpapitest.Bearer(h.Token(h.UserNamed("root"), "read:tokens", "tokens"))}, Status: 403},
		{Name: "nobody", Method: "GET", Path: path, Status: 403},
		{Name: "end one", Method: "DELETE", Path: path + "/" + list[2].ID, As: []httpapitest.Asker{token}, Status: 204},
		{Name: "end it again", Method: "DELETE", Path: path + "/" + list[2].ID, As: []httpapitest.Asker{token}, Status: 404},
		{Name: "an administrator ends one", Method: "DELETE", Path: path + "/" + list[1].ID, As: []httpapitest.Asker{admin}, Status: 204},
	})
	if left := sessionsOf(t, h, "ann", admin); len(left) != 1 {
		t.Errorf("after two were ended %+v are left", left)
	}

	mine := h.Session(ann)
	h.LoggedIn("ann", "correct horse")
	views, err := h.App.ListSessions(t.Context(), mine, "ann")
	if err != nil || len(views) != 3 {
		t.Fatalf("%+v, %v", views, err)
	}
	if err := h.App.EndOtherSessions(t.Context(), mine, "ann"); err != nil {
		t.Fatal(err)
	}
	if left := sessionsOf(t, h, "ann", admin); len(left) != 1 {
		t.Errorf("beside one's own %+v are left", left)
	}
	views, err = h.App.ListSessions(t.Context(), mine, "ann")
	if err != nil || len(views) != 1 || !views[0].Current {
		t.Errorf("the one that asks is not the one that is left: %+v, %v", views, err)
	}
}

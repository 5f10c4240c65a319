package extensions_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// G12: somebody becomes the teacher of a group without the configuration file, holds what the ready-made role says on
// the group alone, and no more once it is taken away.
func TestATeacherIsMadeWithoutTheConfiguration(t *testing.T) {
	h := httpapitest.New(t)
	root, tess, ada := h.User("root", true), h.User("tess", false), h.User("ada", false)
	h.User("bob", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "cs101")
		if err != nil {
			return err
		}
		return tx.AddMembers(ctx, g.ID, []int64{ada.ID, root.ID})
	})
	admin, teacher := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(tess))
	ask := func(method, path, body string, as httpapitest.Asker, want int) {
		t.Helper()
		if w := h.Do(method, "/hub/api/"+path, body, as); w.Code != want {
			t.Errorf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
		}
	}
	const gift = `{"user": "tess", "group": "cs101"}`
	ask(http.MethodGet, "users", "", teacher, 403)
	ask(http.MethodPost, "roles/teacher/users", gift, admin, 204)
	ask(http.MethodPost, "roles/teacher/users", gift, admin, 204)
	ask(http.MethodGet, "users?group=cs101", "", teacher, 200)
	ask(http.MethodPatch, "users/ada", `{"must_change_password": false}`, teacher, 200)
	ask(http.MethodPatch, "users/root", `{"must_change_password": true}`, teacher, 403)
	ask(http.MethodPatch, "users/bob", `{"must_change_password": false}`, teacher, 404)
	ask(http.MethodPost, "users/late", "", teacher, 201)
	ask(http.MethodPost, "roles/teacher/users", `{"user": "bob", "group": "cs101"}`, teacher, 403)
	ask(http.MethodPost, "roles/teacher/users", `{"user": "bob"}`, admin, 400)
	ask(http.MethodPost, "roles/teacher/users", `{"user": "zed", "group": "cs101"}`, admin, 400)
	ask(http.MethodPost, "roles/teacher/users", `{"user": "bob", "group": "none"}`, admin, 400)
	ask(http.MethodPatch, "groups/cs101", `{"name": "cs102"}`, admin, 200)
	ask(http.MethodGet, "groups/cs102", "", teacher, 200)
	ask(http.MethodDelete, "roles/teacher/users", `{"user": "tess", "group": "cs102"}`, admin, 204)
	ask(http.MethodDelete, "roles/teacher/users", `{"user": "tess", "group": "cs102"}`, admin, 404)
	ask(http.MethodGet, "users", "", teacher, 403)
}

func TestRolesAreMadeWhileTheHubRuns(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	bob := h.User("bob", false)
	admin, narrow := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(root, "admin:roles", "read:metrics"))
	reader := httpapitest.Bearer(h.Token(bob))
	do := func(name, method, path, body string, as httpapitest.Asker, status int, more httpapitest.Scenario) httpapitest.Scenario {
		more.Name, more.Method, more.Path, more.Body, more.As, more.Status = name, method, "/hub/api/roles"+path, body, []httpapitest.Asker{as}, status
		return more
	}
	none := httpapitest.Scenario{}
	h.Run(t, []httpapitest.Scenario{
		do("for a person", "GET", "", "", reader, 403, httpapitest.Scenario{Message: "admin:roles"}),
		do("make", "POST", "/metrics-reader", `{"description": "Reads", "scopes": ["read:metrics"]}`, narrow, 201, httpapitest.Scenario{Want: `{"name": "metrics-reader", "scopes": ["read:metrics"], "users": []}`}),
		do("again", "POST", "/metrics-reader", `{"scopes": []}`, narrow, 409, none),
		do("what one does not hold", "POST", "/wider", `{"scopes": ["proxy"]}`, narrow, 403, httpapitest.Scenario{Message: "proxy"}),
		do("a name of the configuration", "POST", "/user", `{"scopes": []}`, admin, 409, httpapitest.Scenario{Message: "configuration"}),
		do("the ready-made one", "PATCH", "/teacher", `{"scopes": []}`, admin, 409, httpapitest.Scenario{Message: "ready-made"}),
		do("a bad name", "POST", "/X", `{"scopes": []}`, admin, 400, none),
		do("a bad scope", "POST", "/other", `{"scopes": ["nope"]}`, admin, 400, httpapitest.Scenario{Message: "nope"}),
		do("an unknown key", "POST", "/other", `{"scope": []}`, admin, 400, none),
		do("not JSON", "POST", "/other", `{`, admin, 400, none),
		do("give", "POST", "/metrics-reader/users", `{"user": "bob"}`, narrow, 204, none),
		do("widen what others have", "PATCH", "/metrics-reader", `{"scopes": ["proxy", "read:metrics"]}`, narrow, 403, none),
		do("change", "PATCH", "/metrics-reader", `{"scopes": ["proxy"]}`, admin, 200, httpapitest.Scenario{Want: `{"scopes": ["proxy"], "description": "Reads"}`}),
		do("give more than one holds", "POST", "/metrics-reader/users", `{"user": "root"}`, narrow, 403, none),
		{Name: "it counts at once", Method: "GET", Path: "/hub/api/proxy", As: []httpapitest.Asker{reader}, Status: 200},
		do("one that is not there", "PATCH", "/nothing", `{"scopes": []}`, admin, 404, none),
		do("delete", "DELETE", "/metrics-reader", "", admin, 204, none),
		{Name: "nobody has it", Method: "GET", Path: "/hub/api/proxy", As: []httpapitest.Asker{reader}, Status: 403},
	})
}

package extensions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// home makes a home, of somebody or nobody.
func makeHome(h *httpapitest.Hub, id string, owner hub.User, name string) {
	h.T.Helper()
	h.Kit.Update(func(ctx context.Context, tx data.Tx) error {
		if err := tx.SeeNode(ctx, hub.Node{ID: "n1", Host: "moon", Place: "p", Folder: "/srv/homes"}); err != nil {
			return err
		}
		return tx.CreateHomes(ctx, hub.Home{
			ID: id, Place: "p", Folder: name + "-" + id, UID: 300_001, UserID: owner.ID, UserName: name, State: hub.HomeThere,
			Created: tx.Now(), Changed: tx.Now(),
		})
	})
}

// homeIDs are the ids of a page, and a sign that there are more.
func homeIDs(t *testing.T, text []byte) string {
	t.Helper()
	var page struct {
		Items []struct{ ID string }
		Next  *struct{ After string }
	}
	if err := json.Unmarshal(text, &page); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var ids []string
	for _, home := range page.Items {
		ids = append(ids, home.ID)
	}
	if page.Next != nil {
		ids = append(ids, "…")
	}
	return strings.Join(ids, " ")
}

func TestHomesOverTheAPI(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	bob := h.User("bob", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	makeHome(h, "aaa", ann, "ann")
	makeHome(h, "bbb", hub.User{}, "bob")
	makeHome(h, "ccc", hub.User{}, "gone")
	for path, want := range map[string]string{
		"/hub/api/homes":                      "aaa bbb ccc",
		"/hub/api/homes?limit=2":              "aaa bbb …",
		"/hub/api/homes?limit=1&after=aaa":    "bbb …",
		"/hub/api/homes?after=bbb":            "ccc",
		"/hub/api/homes?unowned=true":         "bbb ccc",
		"/hub/api/homes?offered=true":         "bbb",
		"/hub/api/homes?name=Ann":             "aaa",
		"/hub/api/homes?name=ann&unowned=1":   "",
		"/hub/api/homes?unowned=0&name=gone":  "ccc",
		"/hub/api/homes?limit=100000&after=b": "bbb ccc",
	} {
		if got := homeIDs(t, h.Do("GET", path, "", admin).Body.Bytes()); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	get := func(name, path string, status int, rest httpapitest.Scenario, as ...httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Status, rest.As = name, "GET", path, status, as
		return rest
	}
	post := func(name, path, body string, status int, rest httpapitest.Scenario, as ...httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Body, rest.Status, rest.As = name, "POST", path, body, status, as
		return rest
	}
	h.Run(t, []httpapitest.Scenario{
		get("nobody", "/hub/api/homes", 403, httpapitest.Scenario{Message: httpapitest.NoCredentials}),
		get("a person", "/hub/api/homes", 403, httpapitest.Scenario{Message: "admin:users"}, person),
		get("a person, a bad filter", "/hub/api/homes?colour=1", 403, httpapitest.Scenario{Message: "admin:users"}, person),
		get("a bad filter", "/hub/api/homes?colour=1", 400, httpapitest.Scenario{Message: "Unknown filter 'colour'"}, admin),
		get("a bad truth", "/hub/api/homes?unowned=perhaps", 400, httpapitest.Scenario{Message: "true or false"}, admin),
		get("a bad limit", "/hub/api/homes?limit=0", 400, httpapitest.Scenario{Message: "positive"}, admin),
		get("a bad name", "/hub/api/homes?name=a/b", 400, httpapitest.Scenario{Message: "slash"}, admin),
		get("one", "/hub/api/homes/aaa", 200,
			httpapitest.Scenario{Want: `{"id": "aaa", "state": "there", "owner": "ann", "path": "/srv/homes/ann-aaa", "uid": 300001, "host": "moon"}`}, admin),
		get("one that is not", "/hub/api/homes/zzz", 404, httpapitest.Scenario{Message: "no home zzz"}, admin),
		get("one, for a person", "/hub/api/homes/aaa", 403, httpapitest.Scenario{}, person),

		post("attach: nobody", "/hub/api/homes/bbb/attach", `{"username": "bob"}`, 403, httpapitest.Scenario{}),
		post("attach: a person", "/hub/api/homes/bbb/attach", `{"username": "ann"}`, 403, httpapitest.Scenario{}, person),
		post("attach: not JSON, a person", "/hub/api/homes/bbb/attach", `{`, 403, httpapitest.Scenario{}, person),
		post("attach: not JSON", "/hub/api/homes/bbb/attach", `{`, 400, httpapitest.Scenario{Message: httpapitest.BadJSON}, admin),
		post("attach: to whom", "/hub/api/homes/bbb/attach", `{}`, 400, httpapitest.Scenario{Message: "username"}, admin),
		post("attach: an unknown key", "/hub/api/homes/bbb/attach", `{"username": "bob", "chown": true}`, 400, httpapitest.Scenario{Message: "chown"}, admin),
		post("attach: by a number", "/hub/api/homes/bbb/attach", `{"username": 1}`, 400, httpapitest.Scenario{}, admin),
		post("attach: to a stranger", "/hub/api/homes/bbb/attach", `{"username": "zed"}`, 404, httpapitest.Scenario{}, admin),
		post("attach: somebody's", "/hub/api/homes/aaa/attach", `{"username": "bob"}`, 409, httpapitest.Scenario{Message: "is ann's"}, admin),
		post("attach", "/hub/api/homes/bbb/attach", `{"username": "BOB"}`, 200, httpapitest.Scenario{Want: `{"id": "bbb", "owner": "bob", "attached": true}`}, admin),

		post("archive: a person", "/hub/api/homes/ccc/archive", "", 403, httpapitest.Scenario{}, person),
		post("archive: somebody's", "/hub/api/homes/aaa/archive", "", 409, httpapitest.Scenario{Message: "is ann's"}, admin),
		post("archive", "/hub/api/homes/ccc/archive", "", 202, httpapitest.Scenario{Want: `{"state": "archiving"}`}, admin),
		post("archive: again", "/hub/api/homes/ccc/archive", "", 202, httpapitest.Scenario{Want: `{"state": "archiving"}`}, admin),

		post("detach: a person", "/hub/api/users/ann/detach-home", "", 403, httpapitest.Scenario{}, person),
		post("detach", "/hub/api/users/ann/detach-home", "", 200, httpapitest.Scenario{Want: `{"id": "aaa", "owner": null, "last_owner": "ann"}`}, admin),
		post("detach: none", "/hub/api/users/ann/detach-home", "", 404, httpapitest.Scenario{Message: "no home yet"}, admin),

		get("nodes: a person", "/hub/api/nodes", 403, httpapitest.Scenario{}, person),
	})
	h.Run(t, []httpapitest.Scenario{
		post("by a cookie alone", "/hub/api/homes/aaa/attach", fmt.Sprintf(`{"username": %q}`, bob.Name), 403, httpapitest.Scenario{Message: "_xsrf"}, h.Browser(root)),
	})
	if nodes := h.Do("GET", "/hub/api/nodes", "", admin); nodes.Code != 200 || !strings.Contains(nodes.Body.String(), `"host":"moon"`) {
		t.Errorf("nodes: %d %s", nodes.Code, nodes.Body)
	}
}

func TestForgettingServersOverTheAPI(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	post := func(name, body string, status int, rest httpapitest.Scenario, as ...httpapitest.Asker) httpapitest.Scenario {
		rest.Name, rest.Method, rest.Path, rest.Body, rest.Status, rest.As = name, "POST", "/hub/api/bulk/servers/forget", body, status, as
		return rest
	}
	h.Run(t, []httpapitest.Scenario{
		post("nobody", `{"node": "n1"}`, 403, httpapitest.Scenario{}),
		post("a person", `{"node": "n1"}`, 403, httpapitest.Scenario{Message: "admin:servers"}, person),
		post("a person, not JSON", `{`, 403, httpapitest.Scenario{Message: "admin:servers"}, person),
		post("not JSON", `{`, 400, httpapitest.Scenario{Message: httpapitest.BadJSON}, admin),
		post("nothing", `{}`, 400, httpapitest.Scenario{Message: "a node or a list"}, admin),
		post("both", `{"node": "n1", "servers": []}`, 400, httpapitest.Scenario{Message: "a node or a list"}, admin),
		post("no node", `{"node": ""}`, 400, httpapitest.Scenario{Message: "a node or a list"}, admin),
		post("no list", `{"servers": {}}`, 400, httpapitest.Scenario{Message: "must be a list"}, admin),
		post("an unknown key", `{"node": "n1", "force": true}`, 400, httpapitest.Scenario{Message: "force"}, admin),
		post("an unknown node", `{"node": "n1"}`, 404, httpapitest.Scenario{Message: "no node n1"}, admin),
		post("servers that rest", `{"servers": [{"username": "ann"}, {"username": "zed"}]}`, 200,
			httpapitest.Scenario{Want: `{"results": [{"username": "ann", "status": "not_running"}, {"username": "zed", "status": "not_found"}]}`}, admin),
	})
}

// A server that another machine runs, on its own loopback address, cannot be reached from
// here: the person reads where it is, and is not sent round in circles.
func TestServerThatRunsOnAnotherMachine(t *testing.T) {
	h := httpapitest.New(t)
	ann := h.User("ann", false)
	if _, err := h.App.OpenHomes(t.Context(), nil, hub.Node{ID: "here", Host: "sun"}, false); err != nil {
		t.Fatal(err)
	}
	h.Kit.Update(func(ctx context.Context, tx data.Tx) error {
		if err := tx.SeeNode(ctx, hub.Node{ID: "there", Host: "moon"}); err != nil {
			return err
		}
		_, err := tx.CreateServer(ctx, hub.Server{UserID: ann.ID, Phase: hub.Ready, WantRunning: true, Node: "there", Upstream: "http://127.0.0.1:20000"})
		return err
	})
	w := h.Do("GET", "/hub/user/ann/lab", "", h.Browser(ann), httpapitest.Header("Accept", "text/html"))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "moon") || strings.Contains(w.Body.String(), "redirect") {
		t.Errorf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
}

package httpapi

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// sharerConfig has a role by which people may share what is theirs.
func sharerConfig(c *app.Config, _ *Options) {
	var err error
	c.Rights, err = access.NewRights(nil, []scopes.Role{{Name: "sharer", Scopes: []string{"shares!user", "read:users:name", "read:groups:name"}}})
	if err != nil {
		panic(err)
	}
}

func TestShares(t *testing.T) {
	h := newTestHub(t, sharerConfig)
	ann, bob := h.user("ann", false), h.user("bob", false)
	h.user("eve", false)
	h.update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "class")
		if err != nil {
			return err
		}
		if err := tx.AddMembers(ctx, g.ID, []int64{bob.ID}); err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "sharer", UserID: ann.ID}})
	})
	secret := h.token(bob)
	owner, other := bearer(h.token(ann)), bearer(secret)
	const shares, user = "/hub/api/shares/ann/", "/hub/api/users/bob/shared"
	may := func(want bool) {
		t.Helper()
		who, ok := h.app.Identities().ByToken(t.Context(), secret)
		if !ok || who.Scopes.AllowsServer("access:servers", "ann", "", nil) != want {
			t.Errorf("bob may reach ann's server: want %v", want)
		}
	}
	may(false)
	h.run(t, []scenario{
		{name: "not by those without the scope", method: "POST", path: "/hub/api/shares/bob/", body: `{"user": "ann"}`, as: []asker{other}, status: 403},
		{name: "not another's", method: "POST", path: "/hub/api/shares/bob/", body: `{"user": "ann"}`, as: []asker{owner}, status: 404, message: noAccess},
		{name: "with nobody", method: "POST", path: shares, body: `{}`, as: []asker{owner}, status: 400, message: "exactly one"},
		{name: "with both", method: "POST", path: shares, body: `{"user": "bob", "group": "class"}`, as: []asker{owner}, status: 400, message: "exactly one"},
		{name: "a list", method: "POST", path: shares, body: `["bob"]`, as: []asker{owner}, status: 400},
		{name: "unknown key", method: "POST", path: shares, body: `{"user": "bob", "x": 1}`, as: []asker{owner}, status: 400},
		{name: "unknown scope", method: "POST", path: shares, body: `{"user": "bob", "scopes": ["nonsense"]}`, as: []asker{owner}, status: 400},
		{name: "another server's scope", method: "POST", path: shares, body: `{"user": "bob", "scopes": ["access:servers!server=bob/"]}`, as: []asker{owner}, status: 400},
		{name: "everything", method: "POST", path: shares, body: `{"user": "bob", "scopes": ["inherit"]}`, as: []asker{owner}, status: 400},
		{name: "more than one has", method: "POST", path: shares, body: `{"user": "bob", "scopes": ["admin:servers"]}`, as: []asker{owner}, status: 403, message: "Do not have permission to grant"},
		{name: "no such person", method: "POST", path: shares, body: `{"user": "zed"}`, as: []asker{owner}, status: 400, message: "No such user: zed"},
		{name: "no such server", method: "POST", path: shares + "lab", body: `{"user": "bob"}`, as: []asker{owner}, status: 404, message: "No such server"},
		{
			name: "with a person", method: "POST", path: shares, body: `{"user": " Bob "}`, as: []asker{owner}, status: 200,
			want: `{"kind": "user", "user": {"name": "bob"}, "group": null, "scopes": ["access:servers!server=ann/"],
				"server": {"user": {"name": "ann"}, "name": "", "url": "/user/ann/", "full_url": null, "ready": false}}`,
		},
	})
	may(true)
	h.run(t, []scenario{
		{
			name: "more is added", method: "POST", path: shares, body: `{"user": "bob", "scopes": ["read:servers"]}`, as: []asker{owner}, status: 200,
			want: `{"scopes": ["access:servers!server=ann/", "read:servers!server=ann/"]}`,
		},
		{name: "with a group", method: "POST", path: shares, body: `{"group": "class"}`, as: []asker{owner}, status: 200, want: `{"kind": "group", "group": {"name": "class"}, "user": null}`},
		{name: "of the owner", method: "GET", path: "/hub/api/shares/ann", as: []asker{owner}, status: 200, want: `{"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`},
		{name: "of the server", method: "GET", path: shares, as: []asker{owner}, status: 200, want: `{"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`},
		{name: "with the person", method: "GET", path: user, as: []asker{other}, status: 200, want: `{"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`},
		{name: "one of them", method: "GET", path: user + "/ann/", as: []asker{other}, status: 200, want: `{"kind": "user"}`},
		{name: "of nobody's", method: "GET", path: user + "/eve/", as: []asker{other}, status: 404},
		{name: "take a part back", method: "PATCH", path: shares, body: `{"user": "bob", "scopes": ["access:servers!server=ann/"]}`, as: []asker{owner}, status: 200, want: `{"scopes": ["read:servers!server=ann/"]}`},
		{name: "from nobody", method: "PATCH", path: shares, body: `{"user": "zed"}`, as: []asker{owner}, status: 200, want: `{}`},
	})
	may(true) // by the group
	h.run(t, []scenario{
		{name: "from the group", method: "PATCH", path: shares, body: `{"group": "class"}`, as: []asker{owner}, status: 200, want: `{}`},
	})
	may(false)
	h.run(t, []scenario{
		{name: "give it back", method: "DELETE", path: user + "/ann/", as: []asker{other}, status: 204},
		{name: "again", method: "DELETE", path: user + "/ann/", as: []asker{other}, status: 404},
		{name: "anew", method: "POST", path: shares, body: `{"user": "bob"}`, as: []asker{owner}, status: 200},
		{name: "all back", method: "DELETE", path: shares, as: []asker{owner}, status: 204},
	})
	may(false)
}

func TestShareCodes(t *testing.T) {
	h := newTestHub(t, sharerConfig)
	ann, bob := h.user("ann", false), h.user("bob", false)
	h.update(func(ctx context.Context, tx data.Tx) error {
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "sharer", UserID: ann.ID}})
	})
	owner := bearer(h.token(ann))
	const codes = "/hub/api/share-codes/ann/"
	h.run(t, []scenario{
		{name: "too short", method: "POST", path: codes, body: `{"expires_in": 59}`, as: []asker{owner}, status: 400},
		{name: "for ever", method: "POST", path: codes, body: `{"expires_in": null}`, as: []asker{owner}, status: 400},
		{name: "too long", method: "POST", path: codes, body: `{"expires_in": 31536001}`, as: []asker{owner}, status: 400},
		{name: "long before now", method: "POST", path: codes, body: `{"expires_in": -10000000000}`, as: []asker{owner}, status: 400},
		{name: "a text", method: "POST", path: codes, body: `{"expires_in": "soon"}`, as: []asker{owner}, status: 400},
		{name: "more than one has", method: "POST", path: codes, body: `{"scopes": ["admin:servers"]}`, as: []asker{owner}, status: 403},
	})
	w := h.do("POST", codes, `{"expires_in": 60}`, owner)
	made := jsonBody[struct {
		Code, ID  string
		AcceptURL string `json:"accept_url"`
	}](t, w)
	if w.Code != 200 || made.Code == "" || made.AcceptURL != "/hub/accept-share?code="+url.QueryEscape(made.Code) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := h.do("GET", codes, "", owner); strings.Contains(w.Body.String(), made.Code) || !strings.Contains(w.Body.String(), made.ID) {
		t.Errorf("list: %s", w.Body)
	}
	visit := func(u hub.User) int {
		return h.do("GET", made.AcceptURL, "", h.browser(u), header("Sec-Fetch-Mode", "navigate")).Code
	}
	if own, others := visit(ann), visit(bob); own != 403 || others != 200 {
		t.Errorf("the page: %d to the owner, %d to another", own, others)
	}
	if w := h.do("GET", made.AcceptURL, ""); w.Code != 302 || !strings.HasPrefix(w.Header().Get("Location"), "/hub/login?next=") {
		t.Errorf("the page for nobody: %d %s", w.Code, w.Header().Get("Location"))
	}
	accepted, err := h.app.AcceptShare(t.Context(), h.session(bob), made.Code)
	if err != nil || accepted.OwnerName != "ann" {
		t.Fatal(accepted, err)
	}
	if w := h.do("GET", "/hub/api/users/bob/shared/ann/", "", bearer(h.token(bob))); w.Code != 200 {
		t.Errorf("after accepting: %d %s", w.Code, w.Body)
	}
	if strings.Contains(h.log.String(), made.Code) {
		t.Error("the code is in the log")
	}
	browser := h.browser(bob)
	xsrf := h.xsrfOf(browser)
	w = h.do("POST", "/hub/accept-share", "_xsrf="+url.QueryEscape(xsrf)+"&code="+made.Code+"&next=%2Fhub%2Fhome", browser, withXSRF(xsrf),
		header("Content-Type", "application/x-www-form-urlencoded"), header("Sec-Fetch-Mode", "navigate"))
	if w.Code != 302 || w.Header().Get("Location") != "/hub/home" {
		t.Errorf("accepted with a place to go on to: %d %s", w.Code, w.Header().Get("Location"))
	}
	h.advance(time.Minute)
	if code := visit(bob); code != 404 {
		t.Errorf("after its time: %d", code)
	}
	h.run(t, []scenario{
		{name: "no such code", method: "DELETE", path: codes + "?code=x", as: []asker{owner}, status: 404},
		{name: "no such id", method: "DELETE", path: codes + "?id=sc_99", as: []asker{owner}, status: 404},
		{name: "odd id", method: "DELETE", path: codes + "?id=5", as: []asker{owner}, status: 404},
		{name: "by id", method: "DELETE", path: codes + "?id=" + made.ID, as: []asker{owner}, status: 204},
		{name: "all", method: "DELETE", path: codes, as: []asker{owner}, status: 204},
	})
}

// Somebody with whom a server is shared, and no more, is not offered to start it.
func TestSharedServerThatDoesNotRun(t *testing.T) {
	h := newTestHub(t)
	ann, bob := h.user("ann", false), h.user("bob", false)
	h.update(func(ctx context.Context, tx data.Tx) error {
		s, err := tx.CreateServer(ctx, hub.Server{UserID: ann.ID, Phase: hub.Failed})
		if err != nil {
			return err
		}
		_, err = tx.PutShare(ctx, hub.Share{ServerID: s.ID, UserID: bob.ID, Scopes: []string{"access:servers"}})
		return err
	})
	w := h.do("GET", "/hub/user/ann/", "", h.browser(bob), header("Sec-Fetch-Mode", "navigate"))
	if w.Code != 424 || !strings.Contains(w.Body.String(), "Only ann can start it") || strings.Contains(w.Body.String(), ">Start<") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.do("GET", "/hub/user/ann/", "", h.browser(ann), header("Sec-Fetch-Mode", "navigate")); w.Code != 303 {
		t.Errorf("its owner: %d", w.Code)
	}
}

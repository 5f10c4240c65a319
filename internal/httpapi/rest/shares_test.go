package rest_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// sharerConfig has a role by which people may share what is theirs.
func sharerConfig(c *app.Config, _ *httpapi.Options) {
	var err error
	c.Rights, err = access.NewRights(nil, []scopes.Role{{Name: "sharer", Scopes: []string{"shares!user", "read:users:name", "read:groups:name"}}})
	if err != nil {
		panic(err)
	}
}

func TestShares(t *testing.T) {
	h := httpapitest.New(t, sharerConfig)
	ann, bob := h.User("ann", false), h.User("bob", false)
	h.User("eve", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "class")
		if err != nil {
			return err
		}
		if err := tx.AddMembers(ctx, g.ID, []int64{bob.ID}); err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "sharer", UserID: ann.ID}})
	})
	secret := h.Token(bob)
	owner, other := httpapitest.Bearer(h.Token(ann)), httpapitest.Bearer(secret)
	const shares, user = "/hub/api/shares/ann/", "/hub/api/users/bob/shared"
	may := func(want bool) {
		t.Helper()
		who, ok := h.App.Identities().ByToken(t.Context(), secret)
		if !ok || who.Scopes.AllowsServer("access:servers", "ann", "", nil) != want {
			t.Errorf("bob may reach ann's server: want %v", want)
		}
	}
	may(false)
	h.Run(t, []httpapitest.Scenario{
		{Name: "not by those without the scope", Method: "POST", Path: "/hub/api/shares/bob/", Body: `{"user": "ann"}`, As: []httpapitest.Asker{other}, Status: 403},
		{Name: "not another's", Method: "POST", Path: "/hub/api/shares/bob/", Body: `{"user": "ann"}`, As: []httpapitest.Asker{owner}, Status: 404, Message: httpapitest.NoAccess},
		{Name: "with nobody", Method: "POST", Path: shares, Body: `{}`, As: []httpapitest.Asker{owner}, Status: 400, Message: "exactly one"},
		{Name: "with both", Method: "POST", Path: shares, Body: `{"user": "bob", "group": "class"}`, As: []httpapitest.Asker{owner}, Status: 400, Message: "exactly one"},
		{Name: "a list", Method: "POST", Path: shares, Body: `["bob"]`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "unknown key", Method: "POST", Path: shares, Body: `{"user": "bob", "x": 1}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "unknown scope", Method: "POST", Path: shares, Body: `{"user": "bob", "scopes": ["nonsense"]}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "another server's scope", Method: "POST", Path: shares, Body: `{"user": "bob", "scopes": ["access:servers!server=bob/"]}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "everything", Method: "POST", Path: shares, Body: `{"user": "bob", "scopes": ["inherit"]}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "more than one has", Method: "POST", Path: shares, Body: `{"user": "bob", "scopes": ["admin:servers"]}`, As: []httpapitest.Asker{owner}, Status: 403, Message: "Do not have permission to grant"},
		{Name: "no such person", Method: "POST", Path: shares, Body: `{"user": "zed"}`, As: []httpapitest.Asker{owner}, Status: 400, Message: "No such user: zed"},
		{Name: "no such server", Method: "POST", Path: shares + "lab", Body: `{"user": "bob"}`, As: []httpapitest.Asker{owner}, Status: 404, Message: "No such server"},
		{
			Name: "with a person", Method: "POST", Path: shares, Body: `{"user": " Bob "}`, As: []httpapitest.Asker{owner}, Status: 200,
			Want: `{"kind": "user", "user": {"name": "bob"}, "group": null, "scopes": ["access:servers!server=ann/"],
				"server": {"user": {"name": "ann"}, "name": "", "url": "/user/ann/", "full_url": null, "ready": false}}`,
		},
	})
	may(true)
	h.Run(t, []httpapitest.Scenario{
		{
			Name: "more is added", Method: "POST", Path: shares, Body: `{"user": "bob", "scopes": ["read:servers"]}`, As: []httpapitest.Asker{owner}, Status: 200,
			Want: `{"scopes": ["access:servers!server=ann/", "read:servers!server=ann/"]}`,
		},
		{Name: "with a group", Method: "POST", Path: shares, Body: `{"group": "class"}`, As: []httpapitest.Asker{owner}, Status: 200, Want: `{"kind": "group", "group": {"name": "class"}, "user": null}`},
		{Name: "of the owner", Method: "GET", Path: "/hub/api/shares/ann", As: []httpapitest.Asker{owner}, Status: 200, Want: `{"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`},
		{Name: "of the server", Method: "GET", Path: shares, As: []httpapitest.Asker{owner}, Status: 200, Want: `{"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`},
		{Name: "with the person", Method: "GET", Path: user, As: []httpapitest.Asker{other}, Status: 200, Want: `{"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`},
		{Name: "one of them", Method: "GET", Path: user + "/ann/", As: []httpapitest.Asker{other}, Status: 200, Want: `{"kind": "user"}`},
		{Name: "of nobody's", Method: "GET", Path: user + "/eve/", As: []httpapitest.Asker{other}, Status: 404},
		{Name: "take a part back", Method: "PATCH", Path: shares, Body: `{"user": "bob", "scopes": ["access:servers!server=ann/"]}`, As: []httpapitest.Asker{owner}, Status: 200, Want: `{"scopes": ["read:servers!server=ann/"]}`},
		{Name: "from nobody", Method: "PATCH", Path: shares, Body: `{"user": "zed"}`, As: []httpapitest.Asker{owner}, Status: 200, Want: `{}`},
	})
	may(true) // by the group
	h.Run(t, []httpapitest.Scenario{
		{Name: "from the group", Method: "PATCH", Path: shares, Body: `{"group": "class"}`, As: []httpapitest.Asker{owner}, Status: 200, Want: `{}`},
	})
	may(false)
	h.Run(t, []httpapitest.Scenario{
		{Name: "give it back", Method: "DELETE", Path: user + "/ann/", As: []httpapitest.Asker{other}, Status: 204},
		{Name: "again", Method: "DELETE", Path: user + "/ann/", As: []httpapitest.Asker{other}, Status: 404},
		{Name: "anew", Method: "POST", Path: shares, Body: `{"user": "bob"}`, As: []httpapitest.Asker{owner}, Status: 200},
		{Name: "all back", Method: "DELETE", Path: shares, As: []httpapitest.Asker{owner}, Status: 204},
	})
	may(false)
}

func TestShareCodes(t *testing.T) {
	h := httpapitest.New(t, sharerConfig)
	ann, bob := h.User("ann", false), h.User("bob", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "sharer", UserID: ann.ID}})
	})
	owner := httpapitest.Bearer(h.Token(ann))
	const codes = "/hub/api/share-codes/ann/"
	h.Run(t, []httpapitest.Scenario{
		{Name: "too short", Method: "POST", Path: codes, Body: `{"expires_in": 59}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "for ever", Method: "POST", Path: codes, Body: `{"expires_in": null}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "too long", Method: "POST", Path: codes, Body: `{"expires_in": 31536001}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "long before now", Method: "POST", Path: codes, Body: `{"expires_in": -10000000000}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "a text", Method: "POST", Path: codes, Body: `{"expires_in": "soon"}`, As: []httpapitest.Asker{owner}, Status: 400},
		{Name: "more than one has", Method: "POST", Path: codes, Body: `{"scopes": ["admin:servers"]}`, As: []httpapitest.Asker{owner}, Status: 403},
	})
	w := h.Do("POST", codes, `{"expires_in": 60}`, owner)
	made := httpapitest.JSONBody[struct {
		Code, ID  string
		AcceptURL string `json:"accept_url"`
	}](t, w)
	if w.Code != 200 || made.Code == "" || made.AcceptURL != "/hub/accept-share?code="+url.QueryEscape(made.Code) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := h.Do("GET", codes, "", owner); strings.Contains(w.Body.String(), made.Code) || !strings.Contains(w.Body.String(), made.ID) {
		t.Errorf("list: %s", w.Body)
	}
	visit := func(u hub.User) int {
		return h.Do("GET", made.AcceptURL, "", h.Browser(u), httpapitest.Header("Sec-Fetch-Mode", "navigate")).Code
	}
	if own, others := visit(ann), visit(bob); own != 403 || others != 200 {
		t.Errorf("the page: %d to the owner, %d to another", own, others)
	}
	if w := h.Do("GET", made.AcceptURL, ""); w.Code != 302 || !strings.HasPrefix(w.Header().Get("Location"), "/hub/login?next=") {
		t.Errorf("the page for nobody: %d %s", w.Code, w.Header().Get("Location"))
	}
	accepted, err := h.App.AcceptShare(t.Context(), h.Session(bob), made.Code)
	if err != nil || accepted.OwnerName != "ann" {
		t.Fatal(accepted, err)
	}
	if w := h.Do("GET", "/hub/api/users/bob/shared/ann/", "", httpapitest.Bearer(h.Token(bob))); w.Code != 200 {
		t.Errorf("after accepting: %d %s", w.Code, w.Body)
	}
	if strings.Contains(h.Log.String(), made.Code) {
		t.Error("the code is in the log")
	}
	browser := h.Browser(bob)
	xsrf := h.XSRFOf(browser)
	w = h.Do("POST", "/hub/accept-share", "_xsrf="+url.QueryEscape(xsrf)+"&code="+made.Code+"&next=%2Fhub%2Fhome", browser, httpapitest.WithXSRF(xsrf),
		httpapitest.Header("Content-Type", "application/x-www-form-urlencoded"), httpapitest.Header("Sec-Fetch-Mode", "navigate"))
	if w.Code != 302 || w.Header().Get("Location") != "/hub/home" {
		t.Errorf("accepted with a place to go on to: %d %s", w.Code, w.Header().Get("Location"))
	}
	h.Advance(time.Minute)
	if code := visit(bob); code != 404 {
		t.Errorf("after its time: %d", code)
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "no such code", Method: "DELETE", Path: codes + "?code=x", As: []httpapitest.Asker{owner}, Status: 404},
		{Name: "no such id", Method: "DELETE", Path: codes + "?id=sc_99", As: []httpapitest.Asker{owner}, Status: 404},
		{Name: "odd id", Method: "DELETE", Path: codes + "?id=5", As: []httpapitest.Asker{owner}, Status: 404},
		{Name: "by id", Method: "DELETE", Path: codes + "?id=" + made.ID, As: []httpapitest.Asker{owner}, Status: 204},
		{Name: "all", Method: "DELETE", Path: codes, As: []httpapitest.Asker{owner}, Status: 204},
	})
}

// Somebody with whom a server is shared, and no more, is not offered to start it.
func TestSharedServerThatDoesNotRun(t *testing.T) {
	h := httpapitest.New(t)
	ann, bob := h.User("ann", false), h.User("bob", false)
	h.Update(func(ctx context.Context, tx data.Tx) error {
		s, err := tx.CreateServer(ctx, hub.Server{UserID: ann.ID, Phase: hub.Failed})
		if err != nil {
			return err
		}
		_, err = tx.PutShare(ctx, hub.Share{ServerID: s.ID, UserID: bob.ID, Scopes: []string{"access:servers"}})
		return err
	})
	w := h.Do("GET", "/hub/user/ann/", "", h.Browser(bob), httpapitest.Header("Sec-Fetch-Mode", "navigate"))
	if w.Code != 424 || !strings.Contains(w.Body.String(), "Only ann can start it") || strings.Contains(w.Body.String(), ">Start<") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.Do("GET", "/hub/user/ann/", "", h.Browser(ann), httpapitest.Header("Sec-Fetch-Mode", "navigate")); w.Code != 303 {
		t.Errorf("its owner: %d", w.Code)
	}
}

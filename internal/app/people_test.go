package app_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/tokens"
)

type ctx = context.Context

// Renaming keeps everything; a person created again under an old name inherits
// nothing.
func TestRenameAndRecreate(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	f.Password("alice", "wonderland")
	token := f.token("alice")
	own, err := f.CreateToken(t.Context(), f.by(token), "alice", tokens.TokenRequest{Scopes: []string{"read:users!user=alice", "access:servers!user"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateGroups(t.Context(), admin, []string{"class"}, []string{"alice"}); err != nil {
		t.Fatal(err)
	}
	name := "Bob"
	if _, err := f.PatchUser(t.Context(), admin, "alice", people.UserPatch{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if r := f.by(token); r.User.Name != "bob" || len(r.User.Groups) != 1 {
		t.Errorf("after the rename the token speaks for %q in %v", r.User.Name, r.User.Groups)
	}
	if r := f.by(own.Secret); !r.Scopes.AllowsUser("read:users", "bob", nil) || r.Scopes.AllowsUser("read:users", "alice", nil) {
		t.Errorf("a token's filter on its owner did not follow the rename: %v", r.Scopes.Strings())
	}
	if _, err := f.login("bob", "wonderland"); err != nil {
		t.Errorf("the password was lost: %v", err)
	}
	f.create("alice")
	_, err = f.login("alice", "wonderland")
	f.wantCode(err, hub.Unauthenticated)
	v, err := f.GetUser(t.Context(), admin, "alice")
	if err != nil || len(v.Groups) != 0 {
		t.Errorf("a new alice is in %v (%v)", v.Groups, err)
	}
	if err := f.DeleteUser(t.Context(), admin, "bob"); err != nil {
		t.Fatal(err)
	}
	if f.works(token) {
		t.Error("a token outlived its person")
	}
}

func TestWhoMayTouchAdministrators(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	if _, err := f.CreateUsers(t.Context(), admin, []string{"boss"}, true); err != nil {
		t.Fatal(err)
	}
	// An administrator's token with the right to manage people, but one that speaks
	// for somebody who is not an administrator any more, loses it.
	alice := f.by(f.token("alice"))
	yes := true
	_, err := f.PatchUser(t.Context(), alice, "alice", people.UserPatch{Admin: &yes})
	f.wantCode(err, hub.Forbidden)
	_, err = f.CreateUsers(t.Context(), alice, []string{"x"}, true)
	f.wantCode(err, hub.Forbidden)
	f.wantCode(f.Revoke(t.Context(), alice, "boss"), hub.Forbidden)
	_, err = f.CreateToken(t.Context(), alice, "boss", tokens.TokenRequest{})
	f.wantCode(err, hub.Forbidden)
	_, err = f.CreateToken(t.Context(), alice, "nobody", tokens.TokenRequest{})
	f.wantCode(err, hub.Forbidden)
	_, err = f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{Scopes: []string{"admin:users"}})
	f.wantCode(err, hub.Invalid)
	_, err = f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{Scopes: []string{"inherit", "admin:users"}})
	f.wantCode(err, hub.Invalid)

	boss := f.token("boss")
	no := false
	if _, err := f.PatchUser(t.Context(), admin, "boss", people.UserPatch{Admin: &no}); err != nil {
		t.Fatal(err)
	}
	_, err = f.CreateUsers(t.Context(), f.by(boss), []string{"x"}, false)
	f.wantCode(err, hub.Forbidden)
}

// A change comes with its audit entry, one a person, tied by the request.
func TestAudit(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	r := f.by(adminToken)
	r.RequestID, r.Address = "req-1", "192.0.2.7"
	if _, err := f.CreateUsers(t.Context(), r, []string{"a1", "a2", "a3"}, false); err != nil {
		t.Fatal(err)
	}
	if got := f.auditActions("req-1"); got["user.create"] != 3 {
		t.Errorf("three people were made with the entries %v", got)
	}
	_, err := f.CreateUsers(t.Context(), r, []string{"b1", "a1", "b/2"}, false)
	f.wantCode(err, hub.Invalid)
	if got := f.auditActions("req-1"); got["user.create"] != 3 {
		t.Errorf("a refused request left the entries %v", got)
	}
}

func TestNobodyActsAsTheHub(t *testing.T) {
	if got := (&access.Requester{}).Actor(); got != hub.System() {
		t.Errorf("what the hub does by itself is said to be done by %+v", got)
	}
}

func TestNamedServers(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	alice := f.by(f.token("alice"))
	start := func(name string) error {
		_, err := f.StartServer(t.Context(), alice, "alice", name, servers.StartRequest{Options: json.RawMessage(`{"profile":"gpu"}`)})
		return err
	}
	for _, name := range []string{"lab", "gpu-2"} {
		if err := start(name); err != nil {
			t.Fatal(err)
		}
	}
	f.wantCode(start("third"), hub.Invalid)
	f.wantCode(start("Not A Name"), hub.Invalid)
	if err := start("lab"); err != nil {
		t.Errorf("asking twice for a server is no error: %v", err)
	}
	if err := start(""); err != nil {
		t.Errorf("the default server counts as a named one: %v", err)
	}
	s, err := f.GetServer(t.Context(), alice, "alice", "lab", "read:servers")
	if err != nil || string(s.Options) != `{"profile":"gpu"}` || s.Phase != hub.Queued {
		t.Errorf("a server asked for is %+v, %v", s, err)
	}
	f.create("eve")
	eve := f.by(f.token("eve"))
	_, err = f.GetServer(t.Context(), eve, "alice", "lab", "read:servers")
	f.wantCode(err, hub.NotFound)
	_, err = f.StopServer(t.Context(), eve, "alice", "lab", true)
	f.wantCode(err, hub.NotFound)
	_, err = f.StartServer(t.Context(), eve, "nobody", "", servers.StartRequest{})
	f.wantCode(err, hub.NotFound)
}

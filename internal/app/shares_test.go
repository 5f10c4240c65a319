package app_test

import (
	"context"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/sharing"
	"github.com/atriumhub/atrium/internal/tokens"
)

// What can be granted without a filter can be taken back without one, and a scope that
// there isn't is refused rather than passed over.
func TestRevokeSharedScopes(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.NamedLimit = -1 })
	admin := f.admin()
	f.create("ada", "bob")
	bob := sharing.Recipient{User: "bob"}
	give := func() {
		t.Helper()
		if _, err := f.GrantShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: bob, Scopes: []string{"access:servers", "start:servers"}}); err != nil {
			t.Fatal(err)
		}
	}
	shared := func() (list []string) {
		t.Helper()
		err := f.DB.View(t.Context(), func(tx data.Tx) error {
			u, err := tx.UserByName(t.Context(), "bob")
			list = u.Shared
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for _, scope := range []string{"access:servers", "access:servers!server=ada/"} {
		give()
		v, gone, err := f.RevokeShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: bob, Scopes: []string{scope}})
		if err != nil || gone || !slices.Equal(v.Scopes, []string{"start:servers"}) || !slices.Equal(shared(), []string{"start:servers!server=ada/"}) {
			t.Errorf("%s: left %v, shared %v, %v %v", scope, v.Scopes, shared(), gone, err)
		}
	}
	give()
	for scope, refused := range map[string]bool{"nope": true, "access:servers!server=bob/": false} {
		_, _, err := f.RevokeShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: bob, Scopes: []string{scope}})
		if hub.Is(err, hub.Invalid) != refused || len(shared()) != 2 {
			t.Errorf("%s: %v, shared %v", scope, err, shared())
		}
	}
}

// Whoever may make tokens for a person gains what the person does: by a token made
// before, which inherits.
func TestJoiningGivesNoSharesToWhoHasTokens(t *testing.T) {
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "helper", Scopes: []string{"tokens!user=bob", "groups!group=class", "read:users:name"}}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	admin := f.admin()
	f.create("ada", "bob", "eve", "mallory")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "mallory")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "helper", UserID: u.ID}})
	})
	if _, err := f.CreateGroup(t.Context(), admin, "class", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := f.GrantShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: sharing.Recipient{Group: "class"}}); err != nil {
		t.Fatal(err)
	}
	mallory, err := f.CreateToken(t.Context(), admin, "mallory", tokens.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	who := f.by(mallory.Secret)
	bobs, err := f.CreateToken(t.Context(), who, "bob", tokens.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.ChangeMembers(t.Context(), who, "class", []string{"bob"}, true, false)
	f.wantCode(err, hub.Forbidden)
	if f.by(bobs.Secret).Scopes.AllowsServer("access:servers", "ada", "", nil) {
		t.Error("by bob's token she may enter ada's server")
	}
	if _, err := f.ChangeMembers(t.Context(), who, "class", []string{"eve"}, true, false); err != nil {
		t.Errorf("somebody whom she only puts into the group: %v", err)
	}
}

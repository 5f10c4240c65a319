package app_test

import (
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

// What can be granted without a filter can be taken back without one, and a scope that
// there isn't is refused rather than passed over.
func TestRevokeSharedScopes(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.NamedLimit = -1 })
	admin := f.admin()
	f.create("ada", "bob")
	bob := app.Recipient{User: "bob"}
	give := func() {
		t.Helper()
		if _, err := f.GrantShare(t.Context(), admin, "ada", "", app.ShareRequest{To: bob, Scopes: []string{"access:servers", "start:servers"}}); err != nil {
			t.Fatal(err)
		}
	}
	shared := func() (list []string) {
		t.Helper()
		err := f.DB.View(t.Context(), func(tx app.Tx) error {
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
		v, gone, err := f.RevokeShare(t.Context(), admin, "ada", "", app.ShareRequest{To: bob, Scopes: []string{scope}})
		if err != nil || gone || !slices.Equal(v.Scopes, []string{"start:servers"}) || !slices.Equal(shared(), []string{"start:servers!server=ada/"}) {
			t.Errorf("%s: left %v, shared %v, %v %v", scope, v.Scopes, shared(), gone, err)
		}
	}
	give()
	for scope, refused := range map[string]bool{"nope": true, "access:servers!server=bob/": false} {
		_, _, err := f.RevokeShare(t.Context(), admin, "ada", "", app.ShareRequest{To: bob, Scopes: []string{scope}})
		if hub.Is(err, hub.Invalid) != refused || len(shared()) != 2 {
			t.Errorf("%s: %v, shared %v", scope, err, shared())
		}
	}
}

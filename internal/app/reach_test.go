package app_test

import (
	"context"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/sharing"
)

// Whoever had access to a server by a right has it until that is taken away, whichever
// it was and wherever it was written down.
func TestAccessFollowsRights(t *testing.T) {
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "helper", Scopes: []string{"access:servers!group=class"}}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	admin := f.admin()
	f.create("ada", "carol")
	s := f.running(admin, "ada", "")
	change := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range []string{"class", "team"} {
		change(f.CreateGroup(t.Context(), admin, g, nil))
	}
	share := func(to sharing.Recipient) (give, take func(name string)) {
		give = func(string) { change(f.GrantShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: to})) }
		take = func(string) { change(nil, f.RevokeShares(t.Context(), admin, "ada", "")) }
		return give, take
	}
	member := func(group string, who ...string) (give, take func(name string)) {
		move := func(add bool) func(string) {
			return func(name string) {
				if len(who) > 0 {
					name = who[0]
				}
				change(f.ChangeMembers(t.Context(), admin, group, []string{name}, add, false))
			}
		}
		return move(true), move(false)
	}
	promote := func(yes bool) func(string) {
		return func(name string) { change(f.PatchUser(t.Context(), admin, name, people.UserPatch{Admin: &yes})) }
	}
	toBob, fromBob := share(sharing.Recipient{User: "bob"})
	toTeam, fromTeam := share(sharing.Recipient{Group: "team"})
	joinTeam, leaveTeam := member("team")
	adaJoins, adaLeaves := member("class", "ada")
	none := func(string) {}
	helper := func(name string) {
		f.Update(func(ctx context.Context, tx data.Tx) error {
			u, err := tx.UserByName(ctx, name)
			if err != nil {
				return err
			}
			return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "helper", UserID: u.ID}})
		})
	}
	for name, c := range map[string]struct{ before, give, take, after func(string) }{
		"an administrator":            {none, promote(true), promote(false), none},
		"a share":                     {none, toBob, fromBob, none},
		"a share with a group":        {joinTeam, toTeam, fromTeam, leaveTeam},
		"a group with a share":        {toTeam, joinTeam, leaveTeam, fromTeam},
		"a role for the owners group": {helper, adaJoins, adaLeaves, none},
	} {
		f.create("bob")
		c.before("bob")
		cookie, _ := f.browser("bob")
		token := f.token("bob")
		may := func() [2]bool {
			byCookie, err := f.Identities().Session(t.Context(), cookie)
			byToken, err2 := f.Identities().Token(t.Context(), token)
			if err != nil || err2 != nil {
				t.Fatal("bob is nobody")
			}
			return [2]bool{f.MayReach(t.Context(), byCookie, s.UserID, s.ID), f.MayReach(t.Context(), byToken, s.UserID, s.ID)}
		}
		if got := may(); got != [2]bool{} {
			t.Errorf("%s: before, access is %v", name, got)
		}
		c.give("bob")
		if got := may(); got != [2]bool{true, true} {
			t.Errorf("%s: with it, access is %v", name, got)
		}
		c.take("bob")
		if got := may(); got != [2]bool{} {
			t.Errorf("%s: without it, access is %v", name, got)
		}
		c.after("bob")
		if err := f.DeleteUser(t.Context(), admin, "bob"); err != nil {
			t.Fatal(err)
		}
	}
	if f.MayReach(t.Context(), access.Credential{}, s.UserID, s.ID) {
		t.Error("nobody has access")
	}
}

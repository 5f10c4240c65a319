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
	"github.com/atriumhub/atrium/internal/tokens"
)

// The rules by which no right grows (docs/adr/0007), one example each; TestNobodyGainsARight
// tries chains of them at random.

// mallory is somebody with the scopes, and with all rights that they give.
func (f *fixture) mallory() *access.Requester {
	f.t.Helper()
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "mallory")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "mallorys", UserID: u.ID}})
	})
	return f.by(f.token("mallory"))
}

// rulesFixture is a hub on which mallory's role allows the scopes. ann and mallory are in no
// group, the class has the role teachers, which allows to read who there is; ben is in the
// group lab, which has none, and shares his server with it.
func rulesFixture(t *testing.T, list ...string) *fixture {
	t.Helper()
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "mallorys", Scopes: list}, {Name: "teachers", Scopes: []string{"list:users"}}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	admin := f.admin()
	f.create("ann", "ben", "mallory")
	for name, member := range map[string]string{"class": "ben", "lab": "ben"} {
		if _, err := f.CreateGroup(t.Context(), admin, name, []string{member}); err != nil {
			t.Fatal(err)
		}
	}
	f.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.GroupByName(ctx, "class")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "teachers", GroupID: g.ID}})
	})
	if _, err := f.GrantShare(t.Context(), admin, "ben", "", sharing.ShareRequest{To: sharing.Recipient{Group: "lab"}}); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEachRuleByWhichNoRightGrows(t *testing.T) {
	yes, free := true, "free"
	join := func(group, name string) func(*fixture, *access.Requester) error {
		return func(f *fixture, who *access.Requester) error {
			_, err := f.ChangeMembers(f.t.Context(), who, group, []string{name}, true, false)
			return err
		}
	}
	for what, c := range map[string]struct {
		may []string // besides what everybody may
		try func(f *fixture, who *access.Requester) error
	}{
		"a token makes no wider one": {[]string{"servers!user=ann"}, func(f *fixture, _ *access.Requester) error {
			narrow, err := f.CreateToken(f.t.Context(), f.by(f.token("mallory")), "mallory", tokens.TokenRequest{Scopes: []string{"tokens!user"}})
			if err != nil {
				f.t.Fatal(err)
			}
			_, err = f.CreateToken(f.t.Context(), f.by(narrow.Secret), "mallory", tokens.TokenRequest{Scopes: []string{"servers!user=ann"}})
			return err
		}},
		"tokens of others give what is their own": {[]string{"tokens!user=admin"}, func(f *fixture, who *access.Requester) error {
			_, err := f.CreateToken(f.t.Context(), who, "admin", tokens.TokenRequest{Scopes: []string{"shutdown"}})
			return err
		}},
		"administrators are made by administrators": {[]string{"admin:users"}, func(f *fixture, who *access.Requester) error {
			_, err := f.PatchUser(f.t.Context(), who, "ann", people.UserPatch{Admin: &yes})
			return err
		}},
		"new ones too": {[]string{"admin:users"}, func(f *fixture, who *access.Requester) error {
			_, err := f.CreateUsers(f.t.Context(), who, []string{"eve"}, true)
			return err
		}},
		"not by a token that may less": {nil, func(f *fixture, _ *access.Requester) error {
			narrow, err := f.CreateToken(f.t.Context(), f.by(adminToken), "admin", tokens.TokenRequest{Scopes: []string{"admin:users"}})
			if err != nil {
				f.t.Fatal(err)
			}
			_, err = f.PatchUser(f.t.Context(), f.by(narrow.Secret), "ann", people.UserPatch{Admin: &yes})
			return err
		}},
		"administrators are changed by administrators": {[]string{"admin:users"}, func(f *fixture, who *access.Requester) error {
			_, err := f.PatchUser(f.t.Context(), who, "admin", people.UserPatch{Suspended: &yes})
			return err
		}},
		"and their tokens revoked":               {[]string{"admin:users"}, func(f *fixture, who *access.Requester) error { return f.Revoke(f.t.Context(), who, "admin") }},
		"and deleted":                            {[]string{"admin:users"}, func(f *fixture, who *access.Requester) error { return f.DeleteUser(f.t.Context(), who, "admin") }},
		"a group gives its roles to nobody":      {[]string{"groups!group=class"}, join("class", "ann")},
		"nor to whoever joins it themselves":     {[]string{"groups!group=class"}, join("class", "mallory")},
		"nor what is shared with it to oneself":  {[]string{"groups!group=lab", "read:users:name"}, join("lab", "mallory")},
		"nor to whose tokens one makes":          {[]string{"groups!group=lab", "tokens!user=ann", "read:users:name"}, join("lab", "ann")},
		"nor to whose password one sets":         {[]string{"groups!group=lab", "admin:users!user=ann", "read:users:name"}, join("lab", "ann")},
		"a group gives no right on the newcomer": {[]string{"groups!group=lab", "admin:servers!group=lab", "read:users:name"}, join("lab", "ann")},
		"not by the exact set of groups": {[]string{"groups!group=class", "admin:users!user=ann"}, func(f *fixture, who *access.Requester) error {
			_, err := f.PatchUser(f.t.Context(), who, "ann", people.UserPatch{Groups: &[]string{"class"}})
			return err
		}},
		"a name that a scope of theirs names is no key": {[]string{"admin:users!user=ann", "servers!user=free", "admin:users!user=free"}, func(f *fixture, who *access.Requester) error {
			_, err := f.PatchUser(f.t.Context(), who, "ann", people.UserPatch{Name: &free})
			return err
		}},
		"nor one of a server's": {[]string{"admin:users!user=ann", "access:servers!server=free/lab", "admin:users!user=free"}, func(f *fixture, who *access.Requester) error {
			_, err := f.PatchUser(f.t.Context(), who, "ann", people.UserPatch{Name: &free})
			return err
		}},
		"nor one that a group gets": {[]string{"admin:groups", "admin:servers!group=free"}, func(f *fixture, who *access.Requester) error {
			_, err := f.RenameGroup(f.t.Context(), who, "lab", free, true)
			return err
		}},
		"a password makes nobody who may more": {[]string{"admin:users"}, func(f *fixture, who *access.Requester) error {
			return f.SetPassword(f.t.Context(), who, "ben", "correct horse", false) // he reads who there is, and mallory may not list
		}},
		"shares give what whoever shares holds": {[]string{"shares!user=ann", "read:users:name"}, func(f *fixture, who *access.Requester) error {
			_, err := f.GrantShare(f.t.Context(), who, "ann", "", sharing.ShareRequest{To: sharing.Recipient{User: "mallory"}, Scopes: []string{"start:servers"}})
			return err
		}},
	} {
		t.Run(what, func(t *testing.T) {
			f := rulesFixture(t, c.may...)
			err := c.try(f, f.mallory())
			if !hub.Is(err, hub.Forbidden) && !hub.Is(err, hub.Invalid) {
				t.Errorf("it is not refused: %v", err)
			}
		})
	}
}

// What the rules leave: who holds it already may.
func TestWhatTheRulesLeaveIsDone(t *testing.T) {
	f := rulesFixture(t, "admin:users", "groups!group=class", "list:users", "groups!group=lab", "shares!user=ann", "access:servers!user=ann")
	who := f.mallory()
	for what, err := range map[string]error{
		"a group whose role one has":          second(f.ChangeMembers(t.Context(), who, "class", []string{"ann"}, true, false)),
		"a group with shares, for a stranger": second(f.ChangeMembers(t.Context(), f.by(adminToken), "lab", []string{"ann"}, true, false)),
		"a share of what one has":             second(f.GrantShare(t.Context(), who, "ann", "", sharing.ShareRequest{To: sharing.Recipient{User: "ben"}, Scopes: []string{"access:servers"}})),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

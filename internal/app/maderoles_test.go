package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/roles"
)

// newMaker is a hub with mona, who makes and gives roles, and holds some scopes.
func newMaker(t *testing.T, held ...string) (*fixture, *access.Requester) {
	t.Helper()
	rights, err := access.NewRights(nil, []scopes.Role{
		{Name: "makers", Scopes: append([]string{roles.Scope}, held...)},
		{Name: "metrics", Scopes: []string{"read:metrics"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	f.admin()
	f.create("mona", "bob", "mia")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		by, err := access.UsersNamed(ctx, tx, []string{"mona", "bob", "mia"})
		if err != nil {
			return err
		}
		g, err := tx.CreateGroup(ctx, "cs101")
		if err != nil {
			return err
		}
		if err := tx.AddMembers(ctx, g.ID, []int64{by["bob"].ID, by["mia"].ID}); err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "makers", UserID: by["mona"].ID}, {Role: "metrics", UserID: by["mia"].ID}})
	})
	return f, f.by(f.token("mona"))
}

// refused wants an error that tells people on a page what is the matter.
func refused(t *testing.T, what string, err error, code hub.Code) {
	t.Helper()
	e, ok := errors.AsType[*hub.Error](err)
	if !ok || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	} else if e.Plain == "" {
		t.Errorf("%s: a page has no words for %v", what, err)
	}
}

// A scope that names nobody is each holder's own, so that nobody hands it to somebody on whom they do not hold it: neither
// by giving the role, nor by changing one that is given already.
func TestNobodyHandsOnWhatTheyHoldOnThemselvesAlone(t *testing.T) {
	ctx := t.Context()
	for _, scope := range []string{"delete:users!user", "self"} {
		f, mona := newMaker(t, "list:users", "delete:users!user")
		admin := f.by(adminToken)
		theirs := roles.Change{Scopes: &[]string{scope}}

		f.must(second(f.MakeRole(ctx, admin, "lister", roles.Change{Scopes: &[]string{"list:users"}})))
		f.must(second(f.ChangeRole(ctx, mona, "lister", theirs)))
		f.must(second(f.ChangeRole(ctx, mona, "lister", roles.Change{Scopes: &[]string{"list:users"}})))
		f.must(f.GiveRole(ctx, mona, roles.Gift{Role: "lister", User: "bob"}))
		refused(t, "changed for bob, who has it, to "+scope, second(f.ChangeRole(ctx, mona, "lister", theirs)), hub.Forbidden)

		f.must(second(f.MakeRole(ctx, mona, "own", theirs)))
		f.must(f.GiveRole(ctx, mona, roles.Gift{Role: "own", User: "mona"}))
		refused(t, "given to bob: "+scope, f.GiveRole(ctx, mona, roles.Gift{Role: "own", User: "bob"}), hub.Forbidden)
		said := "hers"
		f.must(second(f.ChangeRole(ctx, mona, "own", roles.Change{Description: &said})))
		f.must(f.GiveRole(ctx, admin, roles.Gift{Role: "own", User: "bob"}))
		refused(t, "changed where an administrator gave it: "+scope, second(f.ChangeRole(ctx, mona, "own", roles.Change{Scopes: &[]string{}})), hub.Forbidden)
		refused(t, "deleted where an administrator gave it: "+scope, f.DeleteRole(ctx, mona, "own"), hub.Forbidden)
		refused(t, "taken where an administrator gave it: "+scope, f.TakeRole(ctx, mona, roles.Gift{Role: "own", User: "bob"}), hub.Forbidden)
		f.must(f.DeleteRole(ctx, admin, "own"))
	}
}

// Who holds a scope on the members of a group gives it to them on themselves: but to none who holds more.
func TestWhatIsHeldByAGroupIsGivenToItsMembers(t *testing.T) {
	ctx := t.Context()
	f, mona := newMaker(t, "admin:passwords!group=cs101")
	f.create("carol")
	f.must(second(f.MakeRole(ctx, mona, "own", roles.Change{Scopes: &[]string{"admin:passwords!user"}})))
	f.must(f.GiveRole(ctx, mona, roles.Gift{Role: "own", User: "bob"}))
	refused(t, "to one who is not in the group", f.GiveRole(ctx, mona, roles.Gift{Role: "own", User: "carol"}), hub.Forbidden)
	refused(t, "to one who holds more", f.GiveRole(ctx, mona, roles.Gift{Role: "own", User: "mia"}), hub.Forbidden)
	refused(t, "what she holds on nobody", second(f.MakeRole(ctx, mona, "other", roles.Change{Scopes: &[]string{"delete:users!user"}})), hub.Forbidden)
}

// Whatever a role is refused for is said in words for people.
func TestRefusedRolesAreToldInPlainWords(t *testing.T) {
	ctx := t.Context()
	f, mona := newMaker(t)
	f.must(second(f.MakeRole(ctx, mona, "mine", roles.Change{})))
	long, many := strings.Repeat("x", 501), make([]string, 101)
	for name, c := range map[string]struct {
		role string
		is   roles.Change
		code hub.Code
	}{
		"a name that none has":          {"X", roles.Change{}, hub.Invalid},
		"a name of the configuration's": {"makers", roles.Change{}, hub.Conflict},
		"a ready-made one's":            {"teacher", roles.Change{}, hub.Conflict},
		"one that there is":             {"mine", roles.Change{}, hub.Conflict},
		"a long description":            {"new", roles.Change{Description: &long}, hub.Invalid},
		"many scopes":                   {"new", roles.Change{Scopes: &many}, hub.Invalid},
		"a scope that there is not":     {"new", roles.Change{Scopes: &[]string{"read:minds"}}, hub.Invalid},
		"a filter that there is not":    {"new", roles.Change{Scopes: &[]string{"list:users!moon=full"}}, hub.Invalid},
		"more than she has":             {"new", roles.Change{Scopes: &[]string{"admin:users"}}, hub.Forbidden},
	} {
		refused(t, name, second(f.MakeRole(ctx, mona, c.role, c.is)), c.code)
	}
	for _, name := range []string{"teacher", "makers"} {
		refused(t, "to change "+name, second(f.ChangeRole(ctx, mona, name, roles.Change{})), hub.Conflict)
		refused(t, "to delete "+name, f.DeleteRole(ctx, mona, name), hub.Conflict)
	}
	refused(t, "to delete one that there is not", f.DeleteRole(ctx, mona, "no-such"), hub.NotFound)
	refused(t, "to give one that there is not", f.GiveRole(ctx, mona, roles.Gift{Role: "no-such", User: "bob"}), hub.NotFound)
	refused(t, "to give it to nobody", f.GiveRole(ctx, mona, roles.Gift{Role: "mine", User: "nobody"}), hub.Invalid)
	refused(t, "to give it on no group", f.GiveRole(ctx, mona, roles.Gift{Role: "mine", User: "bob", Group: "none"}), hub.Invalid)
}

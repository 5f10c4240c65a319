package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/accounts"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/tokens"
)

// admins names those who are administrators now, and not suspended.
func (f *fixture) admins() (names []string) {
	f.t.Helper()
	err := f.DB.View(f.t.Context(), func(tx data.Tx) error {
		all, _, err := tx.ListUsers(f.t.Context(), hub.UserQuery{Sort: hub.SortByName})
		for _, u := range all {
			if u.Admin && !u.Suspended {
				names = append(names, u.Name)
			}
		}
		return err
	})
	f.must(err)
	return names
}

// service is one that may do all.
func (f *fixture) service() *access.Requester {
	f.t.Helper()
	const secret = "token-of-the-service"
	s, err := f.CreateService(f.t.Context(), f.by(adminToken), hub.Service{Name: "robot", Admin: true}, secret)
	f.must(err)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: scopes.RoleAdmin, ServiceID: s.ID}})
	})
	return f.by(secret)
}

func yes() *bool { b := true; return &b }
func no() *bool  { return new(bool) }

// The last administrator who can get in stays one, whichever way they would go, and the
// refusal says what to do.
func TestLastAdministratorStays(t *testing.T) {
	ways := map[string]func(f *fixture, name string) error{
		"has it taken by a service": func(f *fixture, name string) error {
			_, err := f.PatchUser(f.t.Context(), f.service(), name, people.UserPatch{Admin: no()})
			return err
		},
		"is suspended": func(f *fixture, name string) error {
			_, err := f.PatchUser(f.t.Context(), f.service(), name, people.UserPatch{Suspended: yes()})
			return err
		},
		"is deleted": func(f *fixture, name string) error { return f.DeleteUser(f.t.Context(), f.service(), name) },
		"in a list of people": func(f *fixture, name string) error {
			return rowError(f.BulkUsers(f.t.Context(), f.service(), people.Request{Change: true, Rows: []people.UserRow{{Username: name, Admin: no()}}}))
		},
		"in a plan of such a list": func(f *fixture, name string) error {
			return rowError(f.BulkUsers(f.t.Context(), f.service(), people.Request{Change: true, DryRun: true, Rows: []people.UserRow{{Username: name, Admin: no()}}}))
		},
		"in a list of those to suspend": func(f *fixture, name string) error {
			return rowError(f.Bulk(f.t.Context(), f.service(), people.ChangeRequest{Usernames: []string{name}, Change: accounts.Change{Suspended: yes()}}))
		},
		"found by a filter of those to suspend": func(f *fixture, name string) error {
			return rowError(f.Bulk(f.t.Context(), f.service(), people.ChangeRequest{
				Filter: &filter.Filter{Name: name, Confirmed: 1}, Change: accounts.Change{Suspended: yes()},
			}))
		},
		"in a list of those to delete": func(f *fixture, name string) error {
			return rowError(f.BulkDelete(f.t.Context(), f.service(), "", []string{name}, false))
		},
		"in a plan of such deletions": func(f *fixture, name string) error {
			return rowError(f.BulkDelete(f.t.Context(), f.service(), "", []string{name}, true))
		},
	}
	for what, remove := range ways {
		t.Run(what, func(t *testing.T) {
			f := newFixture(t, nil)
			f.admin()
			f.create("helper", "sleeper", "student")
			for name, p := range map[string]people.UserPatch{"helper": {Admin: yes()}, "sleeper": {Admin: yes(), Suspended: yes()}} {
				_, err := f.PatchUser(t.Context(), f.by(adminToken), name, p)
				f.must(err)
			}
			f.Password("sleeper", chosen)
			f.Password("student", chosen)
			err := remove(f, "admin") // helper has no way in, and sleeper is suspended
			if err == nil || !strings.Contains(err.Error(), "admin is the last administrator who can get in. Make somebody else one first: atrium users set-admin NAME") {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff([]string{"admin", "helper"}, f.admins()); diff != "" {
				t.Errorf("the administrators (-want +got):\n%s", diff)
			}
		})
		t.Run("another can get in, "+what, func(t *testing.T) {
			f := newFixture(t, nil)
			f.admin()
			f.create("helper")
			_, err := f.PatchUser(t.Context(), f.by(adminToken), "helper", people.UserPatch{Admin: yes()})
			f.must(err)
			f.Password("helper", chosen)
			f.must(remove(f, "admin"))
		})
	}
}

// One's own account is not demoted by oneself, however many other administrators there are.
func TestNobodyTakesTheirOwnAdminRights(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("helper")
	f.patch("helper", people.UserPatch{Admin: yes()})
	f.Password("helper", chosen)
	demoted := []people.UserRow{{Username: "admin", Admin: no()}}
	for what, demote := range map[string]func(r *access.Requester) error{
		"alone": func(r *access.Requester) error {
			_, err := f.PatchUser(t.Context(), r, "admin", people.UserPatch{Admin: no()})
			return err
		},
		"in a list": func(r *access.Requester) error {
			return rowError(f.BulkUsers(t.Context(), r, people.Request{Change: true, Rows: demoted}))
		},
		"in a plan of a list": func(r *access.Requester) error {
			return rowError(f.BulkUsers(t.Context(), r, people.Request{Change: true, DryRun: true, Rows: demoted}))
		},
	} {
		if err := demote(f.by(adminToken)); err == nil || !strings.Contains(err.Error(), "You cannot take away your own admin rights") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if diff := cmp.Diff([]string{"admin", "helper"}, f.admins()); diff != "" {
		t.Errorf("the administrators (-want +got):\n%s", diff)
	}
	_, err := f.PatchUser(t.Context(), f.by(adminToken), "admin", people.UserPatch{Admin: yes()})
	f.must(err) // which they are
	_, err = f.PatchUser(t.Context(), f.by(f.token("helper")), "admin", people.UserPatch{Admin: no()})
	f.must(err)
}

// rowError is the error of a bulk request, or what its one row says.
func rowError(results []bulk.Result, err error) error {
	if err == nil && results[0].Status == bulk.Failed {
		err = hub.Errorf(hub.Conflict, "%s", results[0].Message)
	}
	return err
}

// Who comes in by a token alone can look after the hub; so can anybody where others vouch
// for people.
func TestWhoCountsAsAnAdministratorWhoCanGetIn(t *testing.T) {
	for what, c := range map[string]struct {
		prepare func(f *fixture)
		config  func(*app.Config)
		stays   bool
	}{
		"no way in":                {prepare: func(*fixture) {}, stays: true},
		"a token":                  {prepare: func(f *fixture) { f.token("helper") }},
		"one password for all":     {prepare: func(*fixture) {}, config: func(c *app.Config) { c.Logins = append(c.Logins, forEverybody()) }},
		"passwords kept by others": {prepare: func(*fixture) {}, config: func(c *app.Config) { c.Logins = nil }},
		"a token that may less": {stays: true, prepare: func(f *fixture) {
			_, err := f.CreateToken(f.t.Context(), f.by(adminToken), "helper", tokens.TokenRequest{Scopes: []string{"read:users!user=helper"}})
			f.must(err)
		}},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFixture(t, c.config)
			f.admin()
			f.create("helper")
			_, err := f.PatchUser(t.Context(), f.by(adminToken), "helper", people.UserPatch{Admin: yes()})
			f.must(err)
			c.prepare(f)
			_, err = f.PatchUser(t.Context(), f.service(), "admin", people.UserPatch{Admin: no()})
			if stays := hub.Is(err, hub.Conflict); stays != c.stays {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Of many administrators who go in one request, one stays.
func TestOneOfManyAdministratorsStays(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("ann", "ben")
	for _, name := range []string{"ann", "ben"} {
		_, err := f.PatchUser(t.Context(), f.by(adminToken), name, people.UserPatch{Admin: yes()})
		f.must(err)
		f.Password(name, chosen)
	}
	robot := f.service()
	results, err := f.BulkUsers(t.Context(), robot, people.Request{Change: true, Rows: []people.UserRow{
		{Username: "ann", Admin: no()}, {Username: "ben", Admin: no()}, {Username: "admin", Admin: no()},
	}})
	f.must(err)
	if results[1].Status != bulk.Changed || results[2].Status != bulk.Failed {
		t.Errorf("the rows became %+v", results)
	}
	if diff := cmp.Diff([]string{"admin"}, f.admins()); diff != "" {
		t.Errorf("the administrators (-want +got):\n%s", diff)
	}
	for _, name := range []string{"ann", "ben"} {
		_, err := f.PatchUser(t.Context(), robot, name, people.UserPatch{Admin: yes()})
		f.must(err)
	}
	results, err = f.BulkDelete(t.Context(), robot, "", []string{"admin", "ann", "ben"}, false)
	f.must(err)
	if results[0].Status != bulk.Deleted || results[1].Status != bulk.Deleted || results[2].Status != bulk.Failed {
		t.Errorf("the rows became %+v", results)
	}
}

// Administrators who take each other's right at the same moment are left with one.
func TestAdministratorsDemoteEachOtherAtOnce(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	names := []string{"ann", "ben", "cleo", "dan"}
	f.create(names...)
	by := map[string]*access.Requester{}
	for _, name := range names {
		_, err := f.PatchUser(t.Context(), f.by(adminToken), name, people.UserPatch{Admin: yes()})
		f.must(err)
		by[name] = f.by(f.token(name))
	}
	_, err := f.PatchUser(t.Context(), by["ann"], "admin", people.UserPatch{Admin: no()})
	f.must(err)
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			_, err := f.PatchUser(t.Context(), by[name], names[(i+1)%len(names)], people.UserPatch{Admin: no()})
			if err != nil && !hub.Is(err, hub.Conflict) && !hub.Is(err, hub.Forbidden) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if left := f.admins(); len(left) == 0 {
		t.Error("nobody is an administrator any more")
	}
}

// A configuration whose list of administrators leaves nobody who can get in is refused,
// and nothing of it is applied.
func TestConfigurationLeavesAnAdministrator(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	roles := func(users ...string) bootstrap.Declared {
		return bootstrap.Declared{Roles: []bootstrap.DeclaredRole{{Name: scopes.RoleAdmin, Users: users}}}
	}
	err := f.ApplyConfig(t.Context(), roles("teacher"))
	f.wantCode(err, hub.Invalid)
	if err == nil || !strings.Contains(err.Error(), "would lose their rights: admin") {
		t.Errorf("it says %v", err)
	}
	if diff := cmp.Diff([]string{"admin"}, f.admins()); diff != "" {
		t.Errorf("the administrators (-want +got):\n%s", diff)
	}
	f.create("teacher")
	f.Password("teacher", chosen)
	f.must(f.ApplyConfig(t.Context(), roles("teacher")))
	if diff := cmp.Diff([]string{"teacher"}, f.admins()); diff != "" {
		t.Errorf("the administrators (-want +got):\n%s", diff)
	}

	fresh := newFixture(t, nil) // nobody could get in before, either
	fresh.must(fresh.ApplyConfig(t.Context(), roles("teacher")))
}

package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/tokens"
)

// groupsFixture is a hub on which the configuration makes the group declared, with properties,
// and the group staff by a role; the role tutors is on members of cs101.
func groupsFixture(t *testing.T) (*fixture, *access.Requester) {
	t.Helper()
	rights, err := access.NewRights(nil, []scopes.Role{
		{Name: "assistants", Scopes: []string{"list:users"}},
		{Name: "tutors", Scopes: []string{"list:users!group=cs101"}},
		{Name: "owners", Scopes: []string{"admin:groups!group=own"}},
		{Name: "namers", Scopes: []string{"admin:groups"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	admin := f.admin()
	f.must(f.ApplyConfig(t.Context(), bootstrap.Declared{
		Roles:  []bootstrap.DeclaredRole{{Name: "assistants", Groups: []string{"staff"}}, {Name: "namers", Users: []string{"nora"}}, {Name: "owners", Users: []string{"olga"}}},
		Groups: []bootstrap.DeclaredGroup{{Name: "declared", Users: []string{"ann"}, Properties: []byte(`{"room":7}`)}},
	}))
	f.create("ben", "cleo")
	for name, members := range map[string][]string{"cs101": {"ben"}, "lab": {"ben", "cleo"}, "Empty": nil} {
		_, err := f.CreateGroup(t.Context(), admin, name, members)
		f.must(err)
	}
	return f, admin
}

// G15: the page of groups reads a part of them, with how many are in each and not who.
func TestG15GroupsByPage(t *testing.T) {
	f, admin := groupsFixture(t)
	views, total, err := f.ListGroups(t.Context(), admin, hub.GroupQuery{Sort: hub.GroupsByMembers, Descending: true, Limit: 3, Count: true})
	f.must(err)
	var got []string
	for _, v := range views {
		got = append(got, fmt.Sprintf("%s %d %t %v %v", v.Name, v.Members, v.Declared, v.Locked, v.Users))
	}
	want := []string{"lab 2 false [] []", "cs101 1 false [] []", "declared 1 true [name properties] []"}
	if diff := cmp.Diff(want, got); diff != "" || total != 5 {
		t.Errorf("%d groups (-want +got):\n%s", total, diff)
	}
	for held, allowed := range map[string]bool{"list:groups": false, "list:groups read:groups": true, "list:groups!group=lab read:groups!group=lab": true, "list:groups!group=lab": false} {
		_, _, err := f.ListGroups(t.Context(), f.limited(admin, held), hub.GroupQuery{Sort: hub.GroupsByMembers, Count: true})
		if allowed != (err == nil) {
			t.Errorf("who may %s sorts by how many are in groups: %v", held, err)
		}
	}
}

// limited is somebody by a token with scopes, which spaces part.
func (f *fixture) limited(r *access.Requester, list string) *access.Requester {
	f.t.Helper()
	v, err := f.CreateToken(f.t.Context(), r, r.User.Name, tokens.TokenRequest{Scopes: strings.Fields(list)})
	f.must(err)
	return f.by(v.Secret)
}

// G15: what hangs on a group stays with it under another name.
func TestG15RenameAGroup(t *testing.T) {
	f, admin := groupsFixture(t)
	_, err := f.SetGroupProperties(t.Context(), admin, "lab", []byte(`{"room":1}`), true)
	f.must(err)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.GroupByName(ctx, "lab")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "assistants", GroupID: g.ID}})
	})
	cleo := f.token("cleo")
	if r := f.by(cleo); !r.Scopes.Has("list:users") {
		t.Fatal("a member has not the role of the group")
	}
	admin.RequestID = "rename"
	v, err := f.RenameGroup(t.Context(), admin, "lab", "<b onload=x>2", true)
	if err != nil || v.Name != "<b onload=x>2" || v.Members != 2 || string(v.Properties) != `{"room":1}` {
		t.Fatalf("%+v, %v", v, err)
	}
	if r := f.by(cleo); !r.Scopes.Has("list:users") || !cmp.Equal(r.User.Groups, []string{"<b onload=x>2"}) {
		t.Errorf("a member is in %v and may %v", r.User.Groups, r.Scopes.Strings())
	}
	if u, err := f.GetUser(t.Context(), admin, "cleo"); err != nil || !cmp.Equal(u.Groups, []string{"<b onload=x>2"}) {
		t.Errorf("a member is shown in %v, %v", u.Groups, err)
	}
	_, err = f.GetGroup(t.Context(), admin, "lab", true)
	f.wantCode(err, hub.NotFound)
	got := f.audited("rename")
	if len(got) != 1 || string(got[0].Before) != `{"name":"lab"}` || got[0].Action != "group.change" {
		t.Errorf("recorded is %+v", got)
	}
	if _, err := f.RenameGroup(t.Context(), admin, "Empty", "Empty", true); err != nil {
		t.Errorf("to keep a name: %v", err)
	}
}

// G15: what cannot be changed here says why, and stays.
func TestG15WhatOfAGroupIsLocked(t *testing.T) {
	f, admin := groupsFixture(t)
	rename := func(r *access.Requester, old, name string) error {
		_, err := f.RenameGroup(t.Context(), r, old, name, true)
		return err
	}
	properties := func(name string) error {
		_, err := f.SetGroupProperties(t.Context(), admin, name, []byte(`{}`), true)
		return err
	}
	token := f.limited(admin, "groups!group=lab")
	_, err := f.CreateGroup(t.Context(), admin, "own", nil)
	f.must(err)
	owner := f.by(f.token("olga"))
	nora := f.by(f.token("nora"))
	for name, tc := range map[string]struct {
		err  error
		code hub.Code
		says string
	}{
		"rename what the configuration makes":         {rename(admin, "declared", "x"), hub.Conflict, "The configuration makes the group declared"},
		"rename what a role of it makes":              {rename(admin, "staff", "x"), hub.Conflict, "The configuration makes the group staff"},
		"delete what the configuration makes":         {f.DeleteGroup(t.Context(), admin, "declared"), hub.Conflict, "The configuration makes"},
		"its properties":                              {properties("declared"), hub.Conflict, "sets the properties of the group declared"},
		"rename what a role's scopes name":            {rename(admin, "cs101", "x"), hub.Conflict, "Scopes of the role tutors name the group cs101"},
		"rename what a token is limited to":           {rename(admin, "lab", "x"), hub.Conflict, "token, a role or a service is limited to the group lab"},
		"rename to a name that is taken":              {rename(admin, "Empty", "lab"), hub.Conflict, "Group lab already exists"},
		"rename to no name":                           {rename(admin, "Empty", "a/b"), hub.Invalid, "Invalid group name"},
		"rename nothing":                              {rename(admin, "nothing", "x"), hub.NotFound, ""},
		"rename without the scope":                    {rename(token, "lab", "x"), hub.Forbidden, "admin:groups"},
		"rename one's own to a name that is not":      {rename(owner, "own", "y"), hub.NotFound, ""},
		"properties of one that has none in the file": {properties("staff"), "", ""},
	} {
		if tc.code == "" && tc.err != nil || tc.code != "" && (!hub.Is(tc.err, tc.code) || !strings.Contains(tc.err.Error(), tc.says)) {
			t.Errorf("%s: %v, want %s %q", name, tc.err, tc.code, tc.says)
		}
	}
	if _, err := f.GetGroup(t.Context(), admin, "declared", true); err != nil {
		t.Errorf("the group of the configuration: %v", err)
	}
	if err := rename(nora, "Empty", "of nora"); err != nil {
		t.Errorf("who may look after groups renames one: %v", err)
	}
}

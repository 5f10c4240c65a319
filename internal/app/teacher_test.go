package app_test

import (
	"context"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/roles"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/tokens"
)

// taught is a hub with tess, who teaches cs101, in which are ada, an administrator (anton), somebody who may more than tess
// by a role of her own (mia), and a helper who may less (hal).
type taught struct {
	*fixture
	tess *access.Requester
}

func newClass(t *testing.T, lacking ...string) *taught {
	t.Helper()
	teachers := slices.DeleteFunc([]string{
		"admin-ui", "list:users!group=cs101", "read:users!group=cs101", "servers!group=cs101", "access:servers!group=cs101",
		"groups!group=cs101", "admin:passwords!group=cs101", "create:users!group=cs101",
		"access:services!service=wiki",
	}, func(s string) bool { return slices.Contains(lacking, s) })
	rights, err := access.NewRights(nil, []scopes.Role{
		{Name: "teachers", Scopes: teachers},
		{Name: "metrics", Scopes: []string{"read:metrics"}},
		{Name: "helpers", Scopes: []string{"servers!group=cs101"}},
		{Name: "everybody-in-it", Scopes: []string{"access:services!service=wiki"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &taught{fixture: newFixture(t, func(c *app.Config) { c.Rights = rights })}
	c.admin()
	c.create("tess", "ada", "mia", "hal", "bob")
	c.Update(func(ctx context.Context, tx data.Tx) error {
		anton, err := tx.CreateUsers(ctx, []string{"anton"}, true)
		if err != nil {
			return err
		}
		g, err := tx.CreateGroup(ctx, "cs101")
		if err != nil {
			return err
		}
		by, err := access.UsersNamed(ctx, tx, []string{"tess", "ada", "mia", "hal"})
		if err != nil {
			return err
		}
		if err := tx.AddMembers(ctx, g.ID, []int64{anton[0].ID, by["ada"].ID, by["mia"].ID, by["hal"].ID}); err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{
			{Role: "teachers", UserID: by["tess"].ID}, {Role: "metrics", UserID: by["mia"].ID}, {Role: "helpers", UserID: by["hal"].ID},
			{Role: "everybody-in-it", GroupID: g.ID},
		})
	})
	c.tess = c.by(c.token("tess"))
	return c
}

// What the list of people says of who holds more is what the hub refuses, and nothing that is held by other ways than a group.
func TestTheListTellsWhoHoldsMore(t *testing.T) {
	c := newClass(t)
	for name, want := range map[string]bool{"ada": false, "hal": false, "anton": true, "mia": true, "tess": false} {
		u := c.user(name)
		if v := c.View(c.tess, u, nil); v.Above != want {
			t.Errorf("the teacher is told of %s: above is %v", name, v.Above)
		}
		if v := c.View(c.by(c.token("admin")), u, nil); v.Above {
			t.Errorf("an administrator is told that %s is above", name)
		}
		if err := c.tess.NeedOn(u, "admin:passwords"); name != "tess" && (err != nil) != want {
			t.Errorf("the hub says of %s: %v", name, err)
		}
	}
}

// Who is in a group and holds more than somebody with scopes on the group is out of their reach, by whatever they try:
// by the scopes themselves, by a token that names the person, in bulk. What all members hold by the group is no more.
func TestNobodyActsByAGroupOnSomebodyWhoHoldsMore(t *testing.T) {
	c := newClass(t)
	ctx := t.Context()
	yes := true
	for _, name := range []string{"ada", "hal", "anton", "mia", "bob"} { // who has none cannot be made to change it
		c.must(c.SetPassword(ctx, c.by(c.token("admin")), name, "seven brown foxes", false))
	}
	for what, do := range map[string]func(name string) error{
		"start": func(name string) error {
			_, err := c.StartServer(ctx, c.tess, name, "", servers.StartRequest{})
			return err
		},
		"set a password": func(name string) error {
			return c.SetPassword(ctx, c.tess, name, "seven brown foxes", true)
		},
		"have the password changed": func(name string) error {
			_, err := c.PatchUser(ctx, c.tess, name, people.UserPatch{MustChange: &yes})
			return err
		},
		"set a password in bulk": func(name string) error {
			results, err := c.BulkPasswords(ctx, c.tess, people.PasswordsRequest{Rows: []people.UserRow{{Username: name, Password: "seven brown foxes"}}})
			if err == nil && results[0].Status != bulk.Changed {
				return hub.Errorf(hub.Forbidden, "%s: %s", results[0].Status, results[0].Message)
			}
			return err
		},
		"start in bulk": func(name string) error {
			results, err := c.BulkStart(ctx, c.tess, people.ServersRequest{Rows: []servers.ServerRow{{Username: name}}})
			if err == nil && results[0].Status != bulk.Started && results[0].Status != bulk.Running {
				return hub.Errorf(hub.Forbidden, "%s: %s", results[0].Status, results[0].Message)
			}
			return err
		},
		"get a token by their name": func(name string) error {
			_, err := c.CreateToken(ctx, c.tess, "tess", tokens.TokenRequest{Scopes: []string{"access:servers!user=" + name}})
			return err
		},
	} {
		for _, name := range []string{"ada", "hal"} {
			if err := do(name); err != nil {
				t.Errorf("%s: %s: %v", what, name, err)
			}
		}
		for _, name := range []string{"anton", "mia", "bob"} {
			if err := do(name); err == nil {
				t.Errorf("%s: the teacher may, of %s", what, name)
			}
		}
	}
}

// A right that was written down with a name ends when the person comes to hold more.
func TestATokenOnSomebodyEndsWhenTheyHoldMore(t *testing.T) {
	c := newClass(t)
	v, err := c.CreateToken(t.Context(), c.tess, "tess", tokens.TokenRequest{Scopes: []string{"servers!user=ada"}})
	if err != nil {
		t.Fatal(err)
	}
	stop := func() error { _, err := c.StopServer(t.Context(), c.by(v.Secret), "ada", "", false); return err }
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	yes := true
	if _, err := c.PatchUser(t.Context(), c.by(adminToken), "ada", people.UserPatch{Admin: &yes}); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err == nil {
		t.Error("an administrator's server is stopped by a token of their teacher's")
	}
}

func TestATeacherTakesNobodyOutWhoHoldsMore(t *testing.T) {
	c := newClass(t)
	if _, err := c.ChangeMembers(t.Context(), c.tess, "cs101", []string{"anton"}, false, false); !hub.Is(err, hub.Forbidden) {
		t.Errorf("an administrator: %v", err)
	}
	if _, err := c.ChangeMembers(t.Context(), c.tess, "cs101", []string{"ada"}, false, false); err != nil {
		t.Error(err)
	}
	if _, err := c.ChangeMembers(t.Context(), c.tess, "cs101", []string{"ada"}, true, false); !hub.Is(err, hub.Forbidden) {
		t.Errorf("somebody is pulled into the class: %v", err)
	}
}

// People whom a teacher makes land in the group, and nobody who exists is pulled in that way.
func TestWhomATeacherMakesLandsInTheGroup(t *testing.T) {
	c := newClass(t)
	ctx := t.Context()
	in := func(name string) bool {
		t.Helper()
		v, err := c.GetUser(ctx, c.by(adminToken), name)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Equal(v.Groups, []string{"cs101"})
	}
	if _, err := c.CreateUser(ctx, c.tess, "new1", false); err != nil || !in("new1") {
		t.Errorf("one: %v", err)
	}
	if _, err := c.CreateUsers(ctx, c.tess, []string{"new2", "new3"}, false); err != nil || !in("new2") || !in("new3") {
		t.Errorf("some: %v", err)
	}
	rows := []people.UserRow{
		{Username: "new4", Password: "seven brown foxes"},
		{Username: "new5", Groups: &[]string{"cs101"}},
		{Username: "new6", Groups: &[]string{"elsewhere"}},
		{Username: "bob", Groups: &[]string{"cs101"}},
		{Username: "anton", Password: "seven brown foxes"},
		{Username: "ada", Password: "seven brown foxes"},
		{Username: "new7", Admin: new(true)},
	}
	results, err := c.BulkUsers(ctx, c.tess, people.Request{Rows: []people.UserRow{{Username: "new0"}}})
	if err != nil || results[0].Status != bulk.Created || !in("new0") {
		t.Errorf("one alone in bulk: %v, %v", results, err)
	}
	results, err = c.BulkUsers(ctx, c.tess, people.Request{Change: true, MakeGroups: true, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	want := []bulk.Status{bulk.Created, bulk.Created, bulk.Failed, bulk.Failed, bulk.Failed, bulk.Changed, bulk.Failed}
	for i, x := range results {
		if x.Status != want[i] {
			t.Errorf("%s is %s (%s), want %s", x.Username, x.Status, x.Message, want[i])
		}
	}
	if !in("new4") || !in("new5") {
		t.Error("who was made in bulk is not in the group")
	}
	if err := c.SetPassword(ctx, c.tess, "new1", "seven brown foxes", true); err != nil {
		t.Error(err)
	}
}

// What a class is given, its teacher must hold to put somebody new into it: they could be them.
func TestNobodyIsMadeIntoAGroupThatHoldsMoreThanTheTeacher(t *testing.T) {
	c := newClass(t, "access:services!service=wiki")
	if _, err := c.CreateUser(t.Context(), c.tess, "new1", false); !hub.Is(err, hub.Forbidden) {
		t.Errorf("somebody with %v: %v", "access:services!service=wiki", err)
	}
	if _, err := c.GetUser(t.Context(), c.by(adminToken), "new1"); !hub.Is(err, hub.NotFound) {
		t.Errorf("they were made all the same: %v", err)
	}
}

// The configuration's exact lists leave alone what was given while the hub ran, and a name has one source.
func TestRolesOfTheHubAndOfTheConfigurationStayApart(t *testing.T) {
	c := newClass(t)
	admin := c.by(adminToken)
	gift := roles.Gift{Role: "teacher", User: "bob", Group: "cs101"}
	if err := c.GiveRole(t.Context(), admin, gift); err != nil {
		t.Fatal(err)
	}
	if err := c.ApplyConfig(t.Context(), bootstrap.Declared{Roles: []bootstrap.DeclaredRole{{Name: "helpers", Users: []string{"hal"}}}}); err != nil {
		t.Fatal(err)
	}
	bob := c.by(c.token("bob"))
	if err := c.SetPassword(t.Context(), bob, "ada", "seven brown foxes", true); err != nil {
		t.Errorf("the gift did not outlive the configuration: %v", err)
	}
	err := c.ApplyConfig(t.Context(), bootstrap.Declared{Roles: []bootstrap.DeclaredRole{{Name: "teacher"}}})
	if !hub.Is(err, hub.Invalid) {
		t.Errorf("a name has two sources: %v", err)
	}
	if _, err := c.MakeRole(t.Context(), admin, "helpers", roles.Change{}); !hub.Is(err, hub.Conflict) {
		t.Errorf("a name of the configuration: %v", err)
	}
	if err := c.GiveRole(t.Context(), admin, roles.Gift{Role: "helpers", User: "bob"}); !hub.Is(err, hub.Conflict) {
		t.Errorf("a role of the configuration is given: %v", err)
	}
}

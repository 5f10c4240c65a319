package app_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
)

func (f *fixture) applyTo(name, password, token string) bootstrap.AdminApplied {
	f.t.Helper()
	done, err := f.ApplyAdmin(f.t.Context(), bootstrap.AdminCredentials{Username: name, Password: password, Token: token})
	if err != nil {
		f.t.Fatal(err)
	}
	return done
}

// An administrator who was deleted does not come back by a restart, nor does whoever
// got their name since become one.
func TestApplyAdminToOneWhoIsGone(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	if _, err := f.CreateUsers(t.Context(), f.by(adminToken), []string{"boss"}, true); err != nil {
		t.Fatal(err)
	}
	boss := f.by(f.token("boss"))
	if err := f.DeleteUser(t.Context(), boss, "admin"); err != nil {
		t.Fatal(err)
	}
	if done := f.applyTo("admin", adminPassword, adminToken); done.Changed || !strings.Contains(done.Warning, "not there any more") {
		t.Errorf("%+v", done)
	}
	if _, err := f.GetUser(t.Context(), boss, "admin"); !hub.Is(err, hub.NotFound) {
		t.Errorf("a deleted administrator is back: %v", err)
	}
	if _, err := f.CreateUsers(t.Context(), boss, []string{"admin"}, false); err != nil {
		t.Fatal(err)
	}
	if done := f.applyTo("admin", "another password", "another-token"); done.Changed || done.Warning == "" {
		t.Errorf("%+v", done)
	}
	if _, err := f.login("admin", "another password"); err == nil || f.works("another-token") {
		t.Error("somebody else of that name got the administrator's credentials")
	}
}

// A name in the configuration is no reason to take somebody's password, nor to apply
// what was applied to them already.
func TestApplyAdminToOthers(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("bob")
	f.Password("bob", "bob's password")
	_, err := f.ApplyAdmin(t.Context(), bootstrap.AdminCredentials{Username: "bob", Password: "the operator's", Token: "bobs-token"})
	f.wantCode(err, hub.Invalid)
	if _, err := f.login("bob", "bob's password"); err != nil || f.works("bobs-token") {
		t.Errorf("somebody's password was overwritten: %v", err)
	}
	if done := f.applyTo("carol", "carol's password", "carols-token"); !done.Changed || !f.by("carols-token").User.Admin {
		t.Errorf("a new name: %+v", done)
	}
	if !f.works(adminToken) {
		t.Error("a new administrator's token revoked the former one's")
	}
	in, err := f.login("admin", adminPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ChangePassword(t.Context(), &in.Requester, adminPassword, "own choice"); err != nil {
		t.Fatal(err)
	}
	if done := f.applyTo("admin", adminPassword, adminToken); done.Changed {
		t.Error("flipping back to a name applied the same again")
	}
	if _, err := f.login("admin", "own choice"); err != nil {
		t.Errorf("a later change was overwritten: %v", err)
	}
	no := false
	if _, err := f.PatchUser(t.Context(), admin, "carol", people.UserPatch{Admin: &no}); err != nil {
		t.Fatal(err)
	}
	if done := f.applyTo("carol", "carol's password", "carols-token"); done.Changed || done.Warning == "" || f.by("carols-token").User.Admin {
		t.Errorf("rights that were taken away: %+v", done)
	}
}

func TestApplyAdminIsAudited(t *testing.T) {
	f := newFixture(t, nil)
	f.User("admin", false)
	f.apply(adminPassword, adminToken)
	f.apply(adminPassword, "second-token")
	want := []string{
		`user.change admin {"admin":false,"name":"admin","suspended":false} {"admin":true,"name":"admin","suspended":false}`,
		`user.password admin  `,
		`token.create admin  {"note":"from the hub's configuration","token":"a1"}`,
		`token.delete admin {"note":"from the hub's configuration","token":"a1"} `,
		`token.create admin  {"note":"from the hub's configuration","token":"a2"}`,
	}
	if diff := cmp.Diff(want, f.auditTrail("")); diff != "" {
		t.Error(diff)
	}
}

// Of several hubs that start for the first time at once, one sets the administrator up.
func TestFirstAdminOnce(t *testing.T) {
	f := newFixture(t, nil)
	other, _ := f.second(f.DB)
	var wg sync.WaitGroup
	outcomes := make([]bootstrap.AdminApplied, 2)
	passwords := []string{hub.NewPassword(), hub.NewPassword()}
	hubs := []*app.App{f.App, other}
	for _, hub := range hubs { // both, before one of them acts on it
		if needed, err := hub.NeedsAdmin(t.Context()); err != nil || !needed {
			t.Fatal(needed, err)
		}
	}
	for i, hub := range hubs {
		wg.Go(func() {
			var err error
			outcomes[i], err = hub.ApplyAdmin(t.Context(), bootstrap.AdminCredentials{Username: "admin", Password: passwords[i], First: true})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if outcomes[0].Late == outcomes[1].Late {
		t.Fatalf("%+v", outcomes)
	}
	for i, done := range outcomes {
		if _, err := f.login("admin", passwords[i]); (err == nil) == done.Late {
			t.Errorf("%+v, but its password gives %v", done, err)
		}
	}
}

// Who has lost everything to somebody else gets all of it back, and alone.
func TestResetAdminRevokes(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	token := f.token("admin")
	session, login := f.browser("admin")
	made, err := f.ResetAdmin(t.Context(), "admin", "a new password", "a new token of theirs")
	f.must(err)
	if made || !f.works("a new token of theirs") {
		t.Errorf("the administrator was made: %t, or their new token does not work", made)
	}
	if _, ok := f.Identities().ByCookies(t.Context(), session, login); ok || f.works(token) || f.works(adminToken) {
		t.Error("a session or token outlived the reset")
	}
	if _, err := f.login("admin", "a new password"); err != nil {
		t.Error(err)
	}
}

package app_test

import (
	"testing"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/tokens"
)

// Roles go to names at every start. Whoever may make groups anew, or rename people,
// must not get by the next start what they cannot take at once.
func TestNobodyWaitsForTheNextStart(t *testing.T) {
	rights, err := access.NewRights(nil, []scopes.Role{
		{Name: "managers", Scopes: []string{"admin:groups", "admin:users", "read:users:name"}},
		{Name: "operators", Scopes: []string{"admin:servers", "shutdown"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	admin := f.admin()
	declared := bootstrap.Declared{
		Roles: []bootstrap.DeclaredRole{
			{Name: "managers", Users: []string{"mallory"}},
			{Name: "operators", Users: []string{" Carol"}, Groups: []string{"staff"}},
		},
		Groups: []bootstrap.DeclaredGroup{{Name: "staff", Users: []string{"dave"}}},
	}
	start := func() {
		t.Helper()
		if err := f.ApplyConfig(t.Context(), declared); err != nil {
			t.Fatal(err)
		}
	}
	start()
	v, err := f.CreateToken(t.Context(), admin, "mallory", tokens.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	who := func() *access.Requester { return f.by(v.Secret) }

	f.deleteGroup("staff")
	_, err = f.CreateGroup(t.Context(), who(), "staff", []string{"mallory"})
	f.wantCode(err, hub.Forbidden)
	if _, err := f.CreateGroup(t.Context(), who(), "staff", nil); err != nil {
		t.Error(err)
	}
	_, err = f.ChangeMembers(t.Context(), who(), "staff", []string{"mallory"}, true, false)
	f.wantCode(err, hub.Forbidden)
	for _, name := range []string{"carol", "dave"} {
		if err := f.DeleteUser(t.Context(), who(), name); err != nil {
			t.Fatal(err)
		}
		_, err = f.PatchUser(t.Context(), who(), "mallory", people.UserPatch{Name: &name})
		f.wantCode(err, hub.Forbidden)
	}
	other := "eve"
	for _, name := range []string{"mallory", "eve"} { // away, and back to what is hers
		if _, err := f.PatchUser(t.Context(), who(), name, people.UserPatch{Name: &other}); err != nil {
			t.Error(err)
		}
		other = "mallory"
	}
	start()
	if who().Scopes.Has("shutdown") {
		t.Error("the next start gave what was refused before")
	}
	if _, err := f.ChangeMembers(t.Context(), f.by(adminToken), "staff", []string{"mallory"}, true, false); err != nil {
		t.Errorf("an administrator: %v", err)
	}
}

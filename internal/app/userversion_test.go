package app_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/tokens"
)

// version is what those who edit somebody have seen.
func (f *fixture) version(r *access.Requester, name string) string {
	f.t.Helper()
	v, err := f.GetUser(f.t.Context(), r, name)
	if err != nil {
		f.t.Fatal(err)
	}
	version := people.VersionOf(r, v.User)
	if version == "" {
		f.t.Fatalf("%s has no version for %s", name, r.User.Name)
	}
	return version
}

// refused asks for a change of somebody who was seen before, and gives who changed what since.
func (f *fixture) refused(r *access.Requester, name, seen string) *people.ChangedError {
	f.t.Helper()
	yes := true
	_, err := f.PatchUser(f.t.Context(), r, name, people.UserPatch{Suspended: &yes, Seen: seen})
	changed, ok := errors.AsType[*people.ChangedError](err)
	if !ok {
		f.t.Fatalf("a change of %s, who was changed meanwhile, gives %v", name, err)
	}
	return changed
}

func actions(list []hub.AuditEntry) (out []string) {
	for _, e := range list {
		out = append(out, e.Actor.Name+" "+e.Action)
	}
	return out
}

// G10: of two who edit somebody at once, the second is told what the first has changed.
func TestG10EditsSayWhoChangedWhatMeanwhile(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice", "bob")
	if _, err := f.CreateUsers(t.Context(), admin, []string{"boss"}, true); err != nil {
		t.Fatal(err)
	}
	boss := f.by(f.token("boss"))
	if _, err := f.CreateGroups(t.Context(), admin, []string{"class"}, nil); err != nil {
		t.Fatal(err)
	}
	seen := f.version(boss, "alice")
	groups := []string{"class"}
	if _, err := f.PatchUser(t.Context(), admin, "alice", people.UserPatch{Groups: &groups, Seen: f.version(admin, "alice")}); err != nil {
		t.Fatalf("a change of what was seen: %v", err)
	}
	e := f.refused(boss, "alice", seen)
	if e.Now == nil || !cmp.Equal(e.Now.Groups, groups) || e.Now.Suspended {
		t.Errorf("it is told that she is now %+v", e.Now)
	}
	if diff := cmp.Diff([]string{"admin group.add_member"}, actions(e.Changes)); diff != "" {
		t.Error(diff)
	}
	// What she does herself, or what her password is, is nobody's edit.
	seen = f.version(boss, "alice")
	f.Password("alice", "wonderland")
	if _, err := f.login("alice", "wonderland"); err != nil {
		t.Fatal(err)
	}
	no := false
	if _, err := f.PatchUser(t.Context(), boss, "alice", people.UserPatch{Admin: &no, Seen: seen}); err != nil {
		t.Errorf("a change after a log-in: %v", err)
	}
	// Who was renamed is found again, and who was deleted is told of.
	seen = f.version(boss, "alice")
	name := "alicia"
	if _, err := f.PatchUser(t.Context(), admin, "alice", people.UserPatch{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if e = f.refused(boss, "alice", seen); e.Now == nil || e.Now.Name != "alicia" || e.Changes[0].Action != "user.change" {
		t.Errorf("who was renamed is %+v by %v", e.Now, actions(e.Changes))
	}
	f.create("alice") // somebody else
	if e = f.refused(boss, "alice", seen); e.Now == nil || e.Now.Name != "alicia" {
		t.Errorf("somebody of the same name is taken for who was edited: %+v", e.Now)
	}
	seen = f.version(boss, "bob")
	if err := f.DeleteUser(t.Context(), admin, "bob"); err != nil {
		t.Fatal(err)
	}
	if e = f.refused(boss, "bob", seen); e.Now != nil || !cmp.Equal(actions(e.Changes), []string{"admin user.delete"}) {
		t.Errorf("who was deleted is %+v by %v", e.Now, actions(e.Changes))
	}
}

// G10: who was told nothing of somebody before is told nothing by a version, made up or old.
func TestG10VersionsTellNothingToOthers(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice", "bob")
	seen := f.version(admin, "alice")
	view, err := f.CreateToken(t.Context(), admin, "admin", tokens.TokenRequest{Scopes: []string{"admin:users!user=bob"}})
	if err != nil {
		t.Fatal(err)
	}
	deputy := f.by(view.Secret)
	patch := people.UserPatch{Seen: seen}
	_, err = f.PatchUser(t.Context(), deputy, "alice", patch)
	f.wantCode(err, hub.NotFound)
	_, err = f.PatchUser(t.Context(), deputy, "nobody", patch)
	f.wantCode(err, hub.NotFound)
	if e := f.refused(deputy, "bob", seen); e.Now == nil || e.Now.Name != "bob" || len(e.Changes) != 0 {
		t.Errorf("by the version of somebody else they learn of %+v, %v", e.Now, actions(e.Changes))
	}
	if err := f.DeleteUser(t.Context(), admin, "alice"); err != nil {
		t.Fatal(err)
	}
	_, err = f.PatchUser(t.Context(), deputy, "alice", patch)
	f.wantCode(err, hub.NotFound)
	for _, odd := range []string{"-", "zz", "-1-", "9999999999999999999999-1", "a\x00b-"} {
		if e := f.refused(admin, "bob", odd); len(e.Changes) != 0 {
			t.Errorf("of the version %q: %v", odd, actions(e.Changes))
		}
	}
	if _, err := f.PatchUser(t.Context(), admin, "nobody", people.UserPatch{Seen: "-"}); !hub.Is(err, hub.NotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/tokens"
)

const claimAge = 14 * 24 * time.Hour

func newClaimFixture(t *testing.T) *fixture {
	return newFixture(t, func(c *app.Config) {
		c.ClaimAge, c.PasswordTokens, c.Rights = claimAge, true, teachers(t)
	})
}

// teachers are rights with a role of that name.
func teachers(t *testing.T) *access.Rights {
	t.Helper()
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "teacher", Scopes: []string{"list:users"}}})
	if err != nil {
		t.Fatal(err)
	}
	return rights
}

const chosen = "seven brown foxes"

// state is what an administrator is told of somebody's password.
func (f *fixture) state(name string) access.PasswordState {
	f.t.Helper()
	v, err := f.GetUser(f.t.Context(), f.by(adminToken), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return v.Fields.Password
}

func (f *fixture) claim(name, password string) error {
	_, err := f.Claim(f.t.Context(), name, password, login.Browser{Address: "192.0.2.1", RequestID: "claiming " + name})
	return err
}

func TestClaim(t *testing.T) {
	f := newClaimFixture(t)
	f.admin()
	f.create("alice")
	if got := f.state("alice"); got != access.PasswordUnclaimed {
		t.Errorf("alice's password is %s", got)
	}
	_, err := f.login(" ALICE ", chosen)
	unclaimed, ok := errors.AsType[*login.UnclaimedError](err)
	if !ok || unclaimed.Name != "alice" || unclaimed.Problem != "" || !hub.Is(err, hub.Unauthenticated) {
		t.Fatalf("the first login: %v", err)
	}
	_, err = f.login("alice", "password1")
	if unclaimed, ok := errors.AsType[*login.UnclaimedError](err); !ok || !strings.Contains(unclaimed.Problem, "everybody tries") {
		t.Errorf("a common password: %v", err)
	}
	f.wantCode(f.claim("alice", "password1"), hub.Invalid)
	if got := f.state("alice"); got != access.PasswordUnclaimed {
		t.Errorf("the first login alone has set the password: %s", got)
	}
	in, err := f.Claim(t.Context(), " Alice", chosen, login.Browser{Address: "192.0.2.1", RequestID: "claim"})
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie); !ok || r.User.Name != "alice" || r.MustChange {
		t.Errorf("the claim's cookies speak for %+v", r.User)
	}
	if got := f.auditActions("claim"); got["user.claim"] != 1 || len(got) != 1 {
		t.Errorf("the audit log has %v", got)
	}
	if got := f.state("alice"); got != access.PasswordSet {
		t.Errorf("afterwards alice's password is %s", got)
	}
	f.wantCode(f.claim("alice", "another one of hers"), hub.Unauthenticated)
	if _, err := f.login("alice", chosen); err != nil {
		t.Errorf("the next login: %v", err)
	}
}

// teaches gives somebody, or a group, a role.
func (f *fixture) teaches(user, group string) {
	f.t.Helper()
	f.Update(func(ctx context.Context, tx data.Tx) error {
		member := hub.RoleMember{Role: "teacher"}
		if user != "" {
			u, err := tx.UserByName(ctx, user)
			if err != nil {
				return err
			}
			member.UserID = u.ID
		} else {
			g, err := tx.GroupByName(ctx, group)
			if err != nil {
				return err
			}
			member.GroupID = g.ID
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{member})
	})
}

// Only those may claim who hold nothing beyond the default role and own nothing.
func TestClaimIsClosed(t *testing.T) {
	for what, close := range map[string]func(f *fixture){
		"an administrator": func(f *fixture) {
			admin := true
			_, err := f.PatchUser(f.t.Context(), f.by(adminToken), "alice", people.UserPatch{Admin: &admin})
			f.must(err)
		},
		"a role": func(f *fixture) {
			f.teaches("alice", "")
		},
		"a group's role": func(f *fixture) {
			_, err := f.CreateGroup(f.t.Context(), f.by(adminToken), "staff", []string{"alice"})
			f.must(err)
			f.teaches("", "staff")
		},
		"suspended": func(f *fixture) {
			yes := true
			_, err := f.PatchUser(f.t.Context(), f.by(adminToken), "alice", people.UserPatch{Suspended: &yes})
			f.must(err)
		},
		"a server that somebody entered": func(f *fixture) { f.enter("admin", "alice") },
		"a role at the next start": func(f *fixture) {
			f.must(f.ApplyConfig(f.t.Context(), bootstrap.Declared{Roles: []bootstrap.DeclaredRole{{Name: "teacher", Users: []string{"alice"}}}}))
			f.must(f.DeleteUser(f.t.Context(), f.by(adminToken), "alice"))
			f.create("alice")
		},
		"a token": func(f *fixture) { f.token("alice") },
		"a token that is gone": func(f *fixture) {
			r := f.by(f.token("alice"))
			f.must(f.DeleteToken(f.t.Context(), r, "alice", tokens.TokenID(*r.Token)))
		},
		"after the time": func(f *fixture) { f.clock.Add(claimAge) },
	} {
		t.Run(what, func(t *testing.T) {
			f := newClaimFixture(t)
			f.admin()
			f.create("alice")
			close(f)
			_, err := f.login("alice", chosen)
			if _, ok := errors.AsType[*login.UnclaimedError](err); ok || !hub.Is(err, hub.Unauthenticated) {
				t.Errorf("a login: %v", err)
			}
			f.wantCode(f.claim("alice", chosen), hub.Unauthenticated)
			if got := f.state("alice"); got != access.PasswordUnset {
				t.Errorf("the password is %s", got)
			}
		})
	}
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// A claim is a login: who has no account, and where claims are off, sees the same as
// with a wrong password; and credentials in the API never claim.
func TestClaimTellsNoMoreThanItMust(t *testing.T) {
	f := newClaimFixture(t)
	f.admin()
	f.create("alice")
	_, err := f.login("nobody", chosen)
	if _, ok := errors.AsType[*login.UnclaimedError](err); ok || !hub.Is(err, hub.Unauthenticated) {
		t.Errorf("a name that does not exist: %v", err)
	}
	f.wantCode(f.claim("nobody", chosen), hub.Unauthenticated)
	f.wantCode(f.claim("a/../b\x00", chosen), hub.Unauthenticated)

	_, _, err = f.TokenByPassword(t.Context(), "alice", chosen, login.Browser{Address: "192.0.2.1"})
	f.wantCode(err, hub.Forbidden)
	_, err = f.PasswordRequester(t.Context(), "alice", chosen, login.Browser{Address: "192.0.2.1"})
	f.wantCode(err, hub.Forbidden)
	if got := f.state("alice"); got != access.PasswordUnclaimed {
		t.Errorf("credentials in the API made it %s", got)
	}

	off := newFixture(t, nil)
	off.admin()
	off.create("alice")
	_, err = off.login("alice", chosen)
	if _, ok := errors.AsType[*login.UnclaimedError](err); ok {
		t.Error("there are claims though they are off")
	}
	off.wantCode(off.claim("alice", chosen), hub.Unauthenticated)
	if got := off.state("alice"); got != access.PasswordUnset {
		t.Errorf("without claims the password is %s", got)
	}
}

// Guessing whose account is unclaimed is slowed down like guessing passwords; a whole
// class that claims at once from one address is not.
func TestClaimsAreThrottled(t *testing.T) {
	f := newClaimFixture(t)
	f.admin()
	limited := false
	for i := range 300 {
		_, err := f.login("nobody"+strings.Repeat("x", i%50), chosen)
		limited = limited || hub.Is(err, hub.Limit)
	}
	if !limited {
		t.Error("300 names can be tried at once")
	}
	f.clock.Add(time.Hour)
	var names []string
	for i := range 300 {
		names = append(names, "student"+string(rune('a'+i%26))+strings.Repeat("z", i/26))
	}
	f.create(names...)
	for _, name := range names {
		if _, err := f.login(name, chosen); !hub.Is(err, hub.Unauthenticated) {
			t.Fatalf("%s: %v", name, err)
		}
		if err := f.claim(name, chosen); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// Giving somebody more than everybody has closes their claim, and the row says so.
func TestGrantingClosesTheClaim(t *testing.T) {
	f := newClaimFixture(t)
	admin := f.admin()
	f.create("alice", "bob", "claimed")
	f.Password("claimed", chosen)
	_, err := f.CreateGroup(t.Context(), admin, "staff", nil)
	f.must(err)
	_, err = f.CreateGroup(t.Context(), admin, "plain", nil)
	f.must(err)
	f.teaches("", "staff")
	yes := true
	staff, both := []string{"staff"}, []string{"plain"}
	results, err := f.BulkUsers(t.Context(), admin, people.Request{Change: true, Rows: []people.UserRow{
		{Username: "alice", Admin: &yes},
		{Username: "bob", Groups: &staff},
		{Username: "claimed", Admin: &yes},
		{Username: "new", Admin: &yes},
		{Username: "given", Admin: &yes, Password: chosen},
		{Username: "ordinary", Groups: &both},
	}})
	f.must(err)
	want := map[string]string{
		"alice": "alice had not set a password yet; as an administrator they cannot set one by logging in: set one for them",
		"bob":   "bob had not set a password yet; with the rights of the group staff they cannot set one by logging in: set one for them",
		"new":   "new has no password; as an administrator they cannot set one by logging in: set one for them",
	}
	for _, x := range results {
		if got := strings.Join(x.Warnings, "; "); x.Status == bulk.Failed || got != want[x.Username] {
			t.Errorf("%s: %s %s, warned of %q, want %q", x.Username, x.Status, x.Message, got, want[x.Username])
		}
	}
}

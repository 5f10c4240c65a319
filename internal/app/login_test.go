package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
)

func TestLogin(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice", "bob")
	f.Password("alice", "wonderland")

	in, err := f.login(" ALICE ", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	r, ok := f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie)
	if !ok || r.User.Name != "alice" {
		t.Fatalf("the cookies of a login speak for %q", r.User.Name)
	}
	for what, pair := range map[string][2]string{
		"the session cookie alone":     {in.SessionCookie, ""},
		"the login cookie alone":       {"", in.LoginCookie},
		"another's login cookie":       {in.SessionCookie, hub.NewSecret()},
		"the cookies swapped":          {in.LoginCookie, in.SessionCookie},
		"the hash of a session cookie": {hub.HashSecret(in.SessionCookie), in.LoginCookie},
	} {
		if _, ok := f.Identities().ByCookies(t.Context(), pair[0], pair[1]); ok {
			t.Errorf("%s is enough", what)
		}
	}
	for _, tc := range [][2]string{{"alice", "Wonderland"}, {"alice", ""}, {"bob", ""}, {"bob", "x"}, {"nobody", "x"}, {"a/b", "x"}, {"", ""}} {
		_, err := f.login(tc[0], tc[1])
		f.wantCode(err, hub.Unauthenticated)
		f.clock.Add(3 * time.Minute)
	}
	f.clock.Add(15 * 24 * time.Hour)
	if _, ok := f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie); ok {
		t.Error("a session outlived its time")
	}
}

// 500 right logins from one address within a minute, a tenth of them mistyped
// first: all get in. 1,000 wrong ones for one name: throttled, and told how long.
func TestLectureHallAndGuessing(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("student%03d", i))
	}
	f.create(names...)
	for _, n := range names {
		f.Password(n, "secret of "+n)
	}
	for i, n := range names {
		if i%10 == 0 {
			_, err := f.login(n, "secret of "+n+"x")
			f.wantCode(err, hub.Unauthenticated)
		}
		f.clock.Add(100 * time.Millisecond)
		if _, err := f.login(n, "secret of "+n); err != nil {
			t.Fatalf("%s, the %dth of the hall, was turned away: %v", n, i, err)
		}
	}
	throttled := 0
	for range 1000 {
		_, err := f.login("student000", "guess")
		if e, ok := err.(*hub.Error); ok && e.Code == hub.Limit { //nolint:errorlint // made just now
			throttled++
			if e.RetryAfter <= 0 {
				t.Fatal("a throttled login isn't told how long to wait")
			}
		}
	}
	if throttled < 980 {
		t.Errorf("only %d of 1,000 guesses were throttled", throttled)
	}
}

func TestLogoutEndsWhatTheSessionGave(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	f.Password("alice", "wonderland")
	first, _ := f.login("alice", "wonderland")
	second, err := f.login("alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	bound := hub.NewToken()
	f.Update(func(ctx ctx, tx data.Tx) error {
		_, err := tx.CreateToken(ctx, hub.Token{
			UserID: first.Requester.User.ID, Hash: hub.HashSecret(bound), SessionID: first.Requester.Session.ID,
			ClientID: hub.APIClient, Scopes: []string{"inherit"},
		})
		return err
	})
	if !f.works(bound) {
		t.Fatal("a token bound to a live session does not work")
	}
	if err := f.Logout(t.Context(), &first.Requester); err != nil {
		t.Fatal(err)
	}
	if f.works(bound) {
		t.Error("a token outlived its session")
	}
	if _, err := f.Identities().Session(t.Context(), first.SessionCookie); err == nil {
		t.Error("a session outlived its logout")
	}
	if _, err := f.Identities().Session(t.Context(), second.SessionCookie); err != nil {
		t.Error("a logout ended another session")
	}
	if err := f.LogoutEverywhere(t.Context(), &second.Requester); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Identities().Session(t.Context(), second.SessionCookie); err == nil {
		t.Error("a session outlived the logout everywhere")
	}
}

func TestRevokeAndSuspend(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	f.Password("alice", "wonderland")
	for _, tc := range []struct {
		name  string
		do    func() error
		again bool // they may log in afterwards
	}{
		{"revoke", func() error { return f.Revoke(t.Context(), admin, "alice") }, true},
		{"suspend", func() error {
			yes := true
			_, err := f.PatchUser(t.Context(), admin, "alice", people.UserPatch{Suspended: &yes})
			return err
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, err := f.login("alice", "wonderland")
			if err != nil {
				t.Fatal(err)
			}
			token := f.token("alice")
			if !f.works(token) {
				t.Fatal("a fresh token does not work")
			}
			if err := tc.do(); err != nil {
				t.Fatal(err)
			}
			if f.works(token) {
				t.Error("their token still works")
			}
			if _, ok := f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie); ok {
				t.Error("their session still lives")
			}
			if _, err = f.login("alice", "wonderland"); (err == nil) != tc.again {
				t.Errorf("a login afterwards gives %v", err)
			}
		})
	}
}

func TestChangePassword(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("alice")
	f.Password("alice", "wonderland")
	one, _ := f.login("alice", "wonderland")
	two, err := f.login("alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	f.wantCode(f.ChangePassword(t.Context(), &one.Requester, "wrong", "looking glass"), hub.Unauthenticated)
	f.clock.Add(time.Minute)
	f.wantCode(f.ChangePassword(t.Context(), &one.Requester, "wonderland", "short"), hub.Invalid)
	f.wantCode(f.ChangePassword(t.Context(), f.by(f.token("alice")), "wonderland", "looking glass"), hub.Forbidden)
	if err := f.ChangePassword(t.Context(), &one.Requester, "wonderland", "looking glass"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Identities().Session(t.Context(), one.SessionCookie); err != nil {
		t.Error("the session that changed the password ended")
	}
	if _, err := f.Identities().Session(t.Context(), two.SessionCookie); err == nil {
		t.Error("another session outlived the change")
	}
	if _, err := f.login("alice", "looking glass"); err != nil {
		t.Errorf("the new password does not work: %v", err)
	}
}

// Credentials from the environment: applied at first start and when they differ
// from those applied last; the same value never overwrites a later change.
func TestApplyAdmin(t *testing.T) {
	f := newFixture(t, nil)
	if !f.apply("first password", "first-token") || !f.works("first-token") {
		t.Fatal("credentials were not applied at the first start")
	}
	if f.apply("first password", "first-token") {
		t.Error("the same credentials were applied again")
	}
	in, err := f.login("admin", "first password")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ChangePassword(t.Context(), &in.Requester, "first password", "own choice"); err != nil {
		t.Fatal(err)
	}
	f.apply("first password", "first-token")
	if _, err := f.login("admin", "own choice"); err != nil {
		t.Error("the same environment overwrote a later change")
	}
	if !f.apply("second password", "second-token") {
		t.Error("changed credentials were not applied")
	}
	if _, err := f.login("admin", "second password"); err != nil {
		t.Errorf("the changed password does not work: %v", err)
	}
	if f.works("first-token") || !f.works("second-token") {
		t.Error("the former token must go and the new one work")
	}
	if _, err := f.Identities().Session(t.Context(), in.SessionCookie); err == nil {
		t.Error("a session outlived the new password")
	}
}

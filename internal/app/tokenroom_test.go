package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/tokens"
)

// student is somebody with a password, who has logged in.
func (f *fixture) student(name string) *access.Requester {
	f.t.Helper()
	f.create(name)
	f.Password(name, "wonderland")
	in, err := f.login(name, "wonderland")
	if err != nil {
		f.t.Fatal(err)
	}
	return &in.Requester
}

func TestAStudentMakesNoMoreTokensThanTheLimit(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.TokenLimit = 3 })
	admin := f.admin()
	alice := f.student("alice")
	run := f.run(alice, "alice", "") // with a token of its own
	f.logInAt(run, alice)
	refused := func(who *access.Requester) {
		t.Helper()
		_, err := f.CreateToken(t.Context(), who, "alice", tokens.TokenRequest{})
		if !hub.Is(err, hub.Invalid) || !strings.Contains(err.Error(), "already has the maximum of 3 API tokens") {
			t.Errorf("%v, want a refusal that says how many there may be", err)
		}
	}
	last := ""
	for _, age := range []time.Duration{time.Hour, 0, 0} {
		v, err := f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{ExpiresIn: age})
		if err != nil {
			t.Fatal(err)
		}
		last = tokens.TokenID(v.Token)
	}
	refused(alice)
	refused(admin)
	f.clock.Add(time.Hour) // the first has expired
	if _, err := f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{}); err != nil {
		t.Errorf("after one has expired: %v", err)
	}
	refused(alice)
	if err := f.DeleteToken(t.Context(), alice, "alice", last); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{}); err != nil {
		t.Errorf("after one was revoked: %v", err)
	}
	if _, err := f.CreateToken(t.Context(), admin, "admin", tokens.TokenRequest{}); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

// Servers start, people log in at them, and programs get a token for a password, however
// many tokens there are.
func TestLoginsGoOnAtTheLimitOfTokens(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.TokenLimit, c.PasswordTokens = 2, true })
	f.admin()
	alice := f.student("alice")
	byPassword := func() string {
		t.Helper()
		v, _, err := f.TokenByPassword(t.Context(), "alice", "wonderland", login.Browser{})
		if err != nil {
			t.Fatal(err)
		}
		return v.Secret
	}
	first := byPassword()
	mine, err := f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	run := f.run(alice, "alice", "")
	var logins []string
	for range 5 {
		f.clock.Add(time.Minute)
		logins = append(logins, f.logInAt(run, alice).Secret)
	}
	for i, secret := range logins {
		if works := f.works(secret); works != (i >= 3) {
			t.Errorf("login %d of 5 works: %t", i+1, works)
		}
	}
	second := byPassword()
	for _, c := range []struct {
		what, secret string
		want         bool
	}{
		{"the token for a password", second, true},
		{"the one before", first, false},
		{"the one that she made", mine.Secret, true},
		{"her server's", run.Env["JUPYTERHUB_API_TOKEN"], true},
	} {
		if works := f.works(c.secret); works != c.want {
			t.Errorf("%s works: %t", c.what, works)
		}
	}
	if _, err := f.CreateToken(t.Context(), alice, "alice", tokens.TokenRequest{}); !hub.Is(err, hub.Invalid) {
		t.Errorf("a third one: %v", err)
	}
	for range 2 {
		if _, err := f.CreateToken(t.Context(), f.by(second), "alice", tokens.TokenRequest{}); !hub.Is(err, hub.Invalid) {
			t.Errorf("by the token for a password: %v", err)
		}
	}
}

// Nobody but the one who logs in without end is logged out.
func TestLoggingInWithoutEndEndsTheOldestLogins(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	alice, bob := f.student("alice"), f.student("bob")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		for i := range 1000 {
			s := hub.Session{ID: fmt.Sprint("s", i), UserID: alice.User.ID, LastSeen: tx.Now().Add(time.Minute), Expires: tx.Now().Add(time.Hour)}
			if err := tx.CreateSession(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	f.clock.Add(2 * time.Minute)
	if _, err := f.login("alice", "wonderland"); err != nil {
		t.Fatal(err)
	}
	if err := f.DB.View(t.Context(), func(tx data.Tx) error {
		all, err := tx.SessionsOf(t.Context(), alice.User.ID)
		if len(all) != 1000 {
			t.Errorf("she has %d sessions", len(all))
		}
		if _, gone := tx.SessionByID(t.Context(), alice.Session.ID); !hub.Is(gone, hub.NotFound) {
			t.Errorf("the one that was not seen for longest: %v", gone)
		}
		if err == nil {
			_, err = tx.SessionByID(t.Context(), bob.Session.ID)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Scopes are read with every use of a token: ten megabytes of them kept everybody else waiting for most of a minute.
func TestATokenHasNoMoreScopesThanAnybodyNeeds(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("ada")
	ada := f.by(f.token("ada"))
	servers := func(n, width int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("access:servers!server=ada/s%0*d", width, i))
		}
		return list
	}
	mint := func(list, roles []string) (tokens.TokenView, error) {
		return f.CreateToken(t.Context(), ada, "ada", tokens.TokenRequest{Scopes: list, Roles: roles})
	}
	if v, err := mint(servers(200, 3), nil); err != nil || len(v.Scopes) != 200 {
		t.Errorf("as many as may be: %d, %v", len(v.Scopes), err)
	}
	for name, list := range map[string][]string{"too many": servers(201, 3), "too long": servers(100, 60)} {
		_, err := mint(list, nil)
		f.wantCode(err, hub.Invalid)
		if err == nil || !strings.Contains(err.Error(), "too many for one token") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v, err := mint(slices.Repeat([]string{"self"}, 10_000), nil); err != nil || len(v.Scopes) != 1 {
		t.Errorf("one, said often: %d, %v", len(v.Scopes), err)
	}
	if v, err := mint(nil, slices.Repeat([]string{"user"}, 10_000)); err != nil || len(v.Scopes) != 1 {
		t.Errorf("a role, said often: %d, %v", len(v.Scopes), err)
	}
}

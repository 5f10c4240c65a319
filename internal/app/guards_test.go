package app_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/sharing"
	"github.com/atriumhub/atrium/internal/tokens"
)

// What a group gives ends with the group, at once, for members who are known already.
func TestMembersOfADeletedGroupLoseItsRightsAtOnce(t *testing.T) {
	rights, err := access.NewRights(nil, []scopes.Role{{Name: "teachers", Scopes: []string{"list:users"}}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *app.Config) { c.Rights = rights })
	admin := f.admin()
	f.create("ada", "bob")
	if _, err := f.CreateGroup(t.Context(), admin, "class", []string{"bob"}); err != nil {
		t.Fatal(err)
	}
	f.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.GroupByName(ctx, "class")
		return errors.Join(err, tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "teachers", GroupID: g.ID}}))
	})
	if _, err := f.GrantShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: sharing.Recipient{Group: "class"}}); err != nil {
		t.Fatal(err)
	}
	token := f.token("bob")
	has := func() [2]bool {
		set := f.by(token).Scopes
		return [2]bool{set.Has("list:users"), set.AllowsServer("access:servers", "ada", "", nil)}
	}
	if has() != [2]bool{true, true} {
		t.Fatalf("a member has %v of the role and the share", has())
	}
	if err := f.DeleteGroup(t.Context(), admin, "class"); err != nil {
		t.Fatal(err)
	}
	if has() != [2]bool{} {
		t.Errorf("a member of what was the group still has %v of the role and the share", has())
	}
}

// What is shared with somebody, or with a group of theirs, they have at once, and no longer
// than it is shared.
func TestRecipientsOfSharesHaveThemAtOnce(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ada", "bob", "eve")
	if _, err := f.CreateGroup(t.Context(), admin, "class", []string{"eve"}); err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{"bob": f.token("bob"), "eve": f.token("eve")}
	want := func(what, name string, want bool) {
		t.Helper()
		if got := f.by(tokens[name]).Scopes.AllowsServer("access:servers", "ada", "", nil); got != want {
			t.Errorf("%s: %s may enter the server: %v", what, name, got)
		}
	}
	for name, to := range map[string]sharing.Recipient{"bob": {User: "bob"}, "eve": {Group: "class"}} {
		grant := func() {
			t.Helper()
			if _, err := f.GrantShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: to}); err != nil {
				t.Fatal(err)
			}
		}
		want("before", name, false)
		grant()
		want("granted", name, true)
		if _, _, err := f.RevokeShare(t.Context(), admin, "ada", "", sharing.ShareRequest{To: to}); err != nil {
			t.Fatal(err)
		}
		want("revoked", name, false)
		grant()
		want("granted again", name, true)
		if err := f.RevokeShares(t.Context(), admin, "ada", ""); err != nil {
			t.Fatal(err)
		}
		want("all revoked", name, false)
	}
	code, err := f.CreateShareCode(t.Context(), admin, "ada", "", nil, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	f.Password("bob", "wonderland")
	in, err := f.login("bob", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AcceptShare(t.Context(), &in.Requester, code.Secret); err != nil {
		t.Fatal(err)
	}
	want("accepted by a code", "bob", true)
}

// Entries of the audit log and events of servers are kept for as long as is configured, each
// by its own time, however many there are.
func TestAuditAndEventsAreKeptForTheirTime(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.AuditAge, c.EventsAge = 3*time.Hour, 2*time.Hour })
	f.User("ada", false)
	var server hub.Server
	f.Update(func(ctx context.Context, tx data.Tx) (err error) {
		u, err := tx.UserByName(ctx, "ada")
		if err == nil {
			server, err = tx.CreateServer(ctx, hub.Server{UserID: u.ID, Phase: hub.Stopped})
		}
		return err
	})
	write := func(what string, n int) {
		f.Update(func(ctx context.Context, tx data.Tx) error {
			for range n {
				if err := tx.AddAudit(ctx, hub.AuditEntry{RequestID: "kept", Actor: hub.System(), Action: what}); err != nil {
					return err
				}
				if _, err := tx.AddEvent(ctx, server.Event(tx.Now(), hub.EventKind(what), 0, "")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	left := func() map[string]int {
		n := map[string]int{}
		for action, count := range f.auditActions("kept") {
			n["audit "+action] = count
		}
		f.Update(func(ctx context.Context, tx data.Tx) error {
			events, err := tx.EventsOf(ctx, server.ID, server.Fence, 0)
			for _, e := range events {
				n["event "+string(e.Kind)]++
			}
			return err
		})
		return n
	}
	write("old", 1100) // more than one batch
	f.clock.Add(time.Hour)
	write("new", 1)
	for _, c := range []struct {
		after time.Duration
		want  map[string]int
	}{
		{30 * time.Minute, map[string]int{"audit old": 1100, "audit new": 1, "event old": 1100, "event new": 1}},
		{time.Hour, map[string]int{"audit old": 1100, "audit new": 1, "event new": 1}},
		{time.Hour, map[string]int{"audit new": 1}},
		{time.Hour, map[string]int{}},
	} {
		f.clock.Add(c.after)
		if _, err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, left()); diff != "" {
			t.Errorf("%s after the last (-want +got):\n%s", c.after, diff)
		}
	}
}

// Whoever was suspended while their password was being checked gets no session, whatever it
// was that suspended them.
func TestSuspendedDuringALogin(t *testing.T) {
	f := newFixture(t, nil)
	ann := f.User("ann", false)
	f.Password("ann", "wonderland")
	hasher := &slowHasher{PasswordHasher: f.Hasher, meanwhile: func() {
		f.Update(func(ctx context.Context, tx data.Tx) error { return tx.SuspendUsers(ctx, []int64{ann.ID}) })
	}}
	slow := app.New(app.Deps{
		Config: f.Config(), Store: f.DB, Relay: &mirror.Relay{}, Hasher: hasher, Clock: f.clock.Now, Logger: discard(),
		Throttle: native.NewThrottle(native.ThrottleOptions{Clock: f.clock.Now}),
	})
	_, err := slow.Login(t.Context(), "ann", "wonderland", login.Browser{Address: "192.0.2.1"})
	f.wantCode(err, hub.Unauthenticated)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		sessions, err := tx.SessionsOf(ctx, ann.ID)
		if len(sessions) > 0 {
			t.Errorf("%d sessions of hers are open", len(sessions))
		}
		return err
	})
}

// A code is good for the client that it was made for, with its secret, and while the session
// lives in which it was made.
func TestCodesNeedTheirClientsSecretAndASessionThatLives(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.SessionAge = tokens.CodeAge / 2 })
	f.admin()
	f.create("alice")
	f.Password("alice", "wonderland")
	in, err := f.login("alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	run := f.run(&in.Requester, "alice", "")
	c, err := f.OAuthClient(t.Context(), run.Server.ClientID)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := f.OAuthGrant(t.Context(), &in.Requester, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	code, err := f.IssueCode(t.Context(), &in.Requester, grant, tokens.CodeRequest{RedirectURI: c.RedirectURI})
	if err != nil {
		t.Fatal(err)
	}
	exchange := func(client, secret string) error {
		_, err := f.ExchangeCode(t.Context(), tokens.Exchange{
			ClientID: client, ClientSecret: secret, Code: code, RedirectURI: c.RedirectURI, Verify: func(string, string) bool { return true },
		})
		return err
	}
	for what, x := range map[string][2]string{
		"no secret":                   {c.ID, ""},
		"another's secret":            {c.ID, adminToken},
		"a client that is not there":  {"nobody", run.Env["JUPYTERHUB_API_TOKEN"]},
		"a client that has no secret": {hub.APIClient, ""},
		"the hash in place of it":     {c.ID, c.SecretHash},
	} {
		if err := exchange(x[0], x[1]); !errors.Is(err, tokens.ErrInvalidClient) {
			t.Errorf("%s: %v", what, err)
		}
	}
	f.clock.Add(tokens.CodeAge * 2 / 3) // the code's time is not over
	if err := exchange(c.ID, run.Env["JUPYTERHUB_API_TOKEN"]); !errors.Is(err, tokens.ErrInvalidGrant) {
		t.Errorf("after the end of its session: %v", err)
	}
	f.Update(func(ctx context.Context, tx data.Tx) error {
		tokens, err := tx.TokensOfClient(ctx, in.Requester.User.ID, c.ID)
		if len(tokens) > 0 {
			err = errors.Join(err, fmt.Errorf("%d tokens were made", len(tokens)))
		}
		return err
	})
}

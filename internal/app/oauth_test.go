package app_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/tokens"
)

// run begins a run of somebody's server.
func (f *fixture) run(who *access.Requester, owner, server string) servers.Run {
	f.t.Helper()
	started, err := f.StartServer(f.t.Context(), who, owner, server, servers.StartRequest{})
	if err != nil {
		f.t.Fatal(err)
	}
	run, err := f.BeginRun(f.t.Context(), started, servers.Lease{Owner: "test"})
	if err != nil {
		f.t.Fatal(err)
	}
	return run
}

// logInAt logs somebody in at a server, as their browser and the server do.
func (f *fixture) logInAt(run servers.Run, who *access.Requester) tokens.Exchanged {
	f.t.Helper()
	ctx := f.t.Context()
	c, err := f.OAuthClient(ctx, run.Server.ClientID)
	if err != nil {
		f.t.Fatal(err)
	}
	grant, err := f.OAuthGrant(ctx, who, c, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	code, err := f.IssueCode(ctx, who, grant, tokens.CodeRequest{RedirectURI: c.RedirectURI})
	if err != nil {
		f.t.Fatal(err)
	}
	out, err := f.ExchangeCode(ctx, tokens.Exchange{
		ClientID: c.ID, ClientSecret: run.Env["JUPYTERHUB_API_TOKEN"], Code: code, RedirectURI: c.RedirectURI,
		Verify: func(string, string) bool { return true },
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// A token ends no later than the session that it is of.
func TestOAuthTokensEndWithTheirSession(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.SessionAge, c.OAuthAge = 3*time.Hour, 2*time.Hour })
	f.admin()
	f.create("alice")
	f.Password("alice", "wonderland")
	in, err := f.login("alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	run := f.run(&in.Requester, "alice", "")
	exchange := func() tokens.Exchanged { return f.logInAt(run, &in.Requester) }
	if got := exchange().ExpiresIn; got != 2*time.Hour {
		t.Errorf("early in the session a token is good for %s", got)
	}
	f.clock.Add(2*time.Hour + 30*time.Minute)
	late := exchange()
	if late.ExpiresIn != 30*time.Minute || !f.works(late.Secret) {
		t.Errorf("half an hour before its session's end a token is good for %s", late.ExpiresIn)
	}
	f.clock.Add(30 * time.Minute)
	if f.works(late.Secret) {
		t.Error("a token outlived its session")
	}
}

// Whatever servers are called, none gets hold of another's OAuth client.
func TestOAuthClientsOfServersDiffer(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.NamedLimit = -1 })
	admin := f.admin()
	f.create("alice", "alice-x")
	first := f.run(admin, "alice", "x")
	id := first.Server.ID + 2 // of the second but one from here
	f.create("alice-x-" + strconv.FormatInt(id, 10))
	taken := f.run(admin, "alice-x-"+strconv.FormatInt(id, 10), "")
	second := f.run(admin, "alice-x", "")
	if second.Server.ID != id {
		t.Fatalf("the test supposes the id %d, not %d", id, second.Server.ID)
	}
	for _, run := range []servers.Run{first, taken, second} {
		c, err := f.OAuthClient(t.Context(), run.Server.ClientID)
		if err != nil || c.ServerID != run.Server.ID || c.SecretHash != hub.HashSecret(run.Env["JUPYTERHUB_API_TOKEN"]) {
			t.Errorf("the client %s of %s is %+v, %v", run.Server.ClientID, run.Server.FullName(), c, err)
		}
	}
}

// A configuration can say what servers' own tokens may do, instead of the role server;
// as far as the owner holds it when the server starts.
func TestServerTokenHasTheConfiguredScopes(t *testing.T) {
	for name, c := range map[string]struct{ configured, want, may, not []string }{
		"some": {
			[]string{"access:servers!server", "read:users!user", "list:groups"},
			[]string{"access:servers!server", "read:users!user", "users:activity!user"},
			[]string{"access:servers!server=ann/lab", "read:users!user=ann", "users:activity!user=ann"}, []string{"list:groups", "access:servers!user=ann"},
		},
		"everybody's activity": {
			[]string{"users:activity"}, []string{"read:users:activity!user=ann", "users:activity!user=ann"}, []string{"users:activity!user=ann"}, []string{"users:activity"},
		},
		"all": {[]string{"inherit"}, []string{"inherit"}, []string{"tokens!user=ann", "servers!user=ann"}, []string{"admin:users"}},
	} {
		f := newFixture(t, func(conf *app.Config) { conf.ServerTokenScopes = c.configured })
		admin := f.admin()
		f.create("ann")
		who := f.by(f.run(admin, "ann", "lab").Env["JUPYTERHUB_API_TOKEN"])
		if diff := cmp.Diff(c.want, who.Token.Scopes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, s := range c.may {
			if !slices.Contains(who.ScopeNames(), s) {
				t.Errorf("%s: it may not %s", name, s)
			}
		}
		for _, s := range c.not {
			if slices.Contains(who.ScopeNames(), s) {
				t.Errorf("%s: it may %s", name, s)
			}
		}
	}
}

// And what servers may do in the name of those who open them: they are told, and their
// OAuth clients get as much.
func TestServersClientHasTheConfiguredScopes(t *testing.T) {
	for want, configured := range map[string][]string{"[]": nil, `["read:servers!user"]`: {"read:servers!user"}} {
		f := newFixture(t, func(conf *app.Config) { conf.ServerClientScopes = configured })
		admin := f.admin()
		f.create("ann")
		run := f.run(admin, "ann", "lab")
		if got := run.Env["JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES"]; got != want {
			t.Errorf("it is told %s, want %s", got, want)
		}
		c, err := f.OAuthClient(t.Context(), run.Server.ClientID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{}, configured...), c.AllowedScopes); diff != "" {
			t.Error(diff)
		}
	}
}

// What a notebook server's own token may do says the role server, which a configuration
// may change; it may always report activity, and never more than its owner.
func TestServerTokenHasTheServersRole(t *testing.T) {
	for name, c := range map[string]struct {
		role []string
		want []string
	}{
		"as it comes": {nil, []string{"access:servers!server=ann/lab", "read:users:activity!user=ann", "users:activity!user=ann"}},
		"as configured": {
			[]string{"access:servers!user", "list:users"},
			[]string{"access:servers!server=ann/lab", "access:servers!user=ann", "read:users:activity!user=ann", "users:activity!user=ann"},
		},
	} {
		rights, err := access.NewRights(nil, []scopes.Role{{Name: scopes.RoleServer, Scopes: c.role}})
		if err != nil {
			t.Fatal(err)
		}
		f := newFixture(t, func(conf *app.Config) { conf.Rights = rights })
		admin := f.admin()
		f.create("ann")
		run := f.run(admin, "ann", "lab")
		var got []string
		for _, s := range f.by(run.Env["JUPYTERHUB_API_TOKEN"]).Scopes.Strings() {
			if !strings.HasPrefix(s, "read:users:name") && !strings.HasPrefix(s, "read:users:groups") { // what every token tells of its owner
				got = append(got, s)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/servers"
)

// warm starts somebody's server as the requester, as far as a hub gets before anybody opens
// it: it runs with a token of its own, and reports itself.
func (f *fixture) warm(r *access.Requester, name, server string) hub.Server {
	f.t.Helper()
	ctx := f.t.Context()
	s, err := f.StartServer(ctx, r, name, server, servers.StartRequest{})
	f.must(err)
	run, err := f.BeginRun(ctx, s, servers.Lease{Owner: "test", Node: "node"})
	f.must(err)
	f.must(f.ReportActivity(ctx, f.by(run.Env["JUPYTERHUB_API_TOKEN"]), name, servers.ActivityReport{
		User: f.clock.Now(), Servers: map[string]time.Time{server: f.clock.Now()},
	}))
	f.NoteServers(map[int64]time.Time{s.ID: f.clock.Now()}, nil)
	f.must(f.FlushActivity(ctx))
	return run.Server
}

// enter is a request of the visitor's to a server of the owner's, as the proxy tells of it.
func (f *fixture) enter(visitor, owner string) {
	f.t.Helper()
	secret := "token-of-" + visitor
	if !f.works(secret) {
		u := f.user(visitor)
		f.Update(func(ctx context.Context, tx data.Tx) error {
			_, err := tx.CreateToken(ctx, hub.Token{UserID: u.ID, Hash: hub.HashSecret(secret), Scopes: []string{scopes.Inherit}, Chosen: true})
			return err
		})
	}
	c, err := f.Identities().Token(f.t.Context(), secret)
	if err != nil {
		f.t.Fatalf("%s's token is not known: %v", visitor, err)
	}
	f.must(f.Enter(f.t.Context(), c, f.user(owner).ID, 4711, func() string { return "192.0.2.7" }))
}

// A class whose servers were started before the first lesson sets its passwords by the
// first login all the same, whoever started them.
func TestWarmingUpAClassKeepsTheFirstLogin(t *testing.T) {
	f := newClaimFixture(t)
	admin := f.admin()
	service, err := f.CreateService(t.Context(), admin, hub.Service{Name: "warmer"}, "token-of-the-warmer")
	f.must(err)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: scopes.RoleAdmin, ServiceID: service.ID}})
	})
	f.create("ann", "ben", "cleo")
	f.warm(admin, "ann", "")
	f.warm(f.by("token-of-the-warmer"), "ben", "")
	f.warm(admin, "cleo", "lab")
	for _, name := range []string{"ann", "ben", "cleo"} {
		if got := f.state(name); got != access.PasswordUnclaimed {
			t.Errorf("with a warm server %s's password is %s", name, got)
		}
		f.must(f.claim(name, chosen))
		if got := f.state(name); got != access.PasswordSet {
			t.Errorf("%s's password is %s after the first login", name, got)
		}
		f.enter(name, name) // which changes nothing
	}
	if u := f.user("ann"); u.ClaimClosed {
		t.Error("ann's first login counts as somebody else's")
	}
}

// What others have left in somebody's server is nobody's for a first login.
func TestEnteringAServerClosesTheFirstLogin(t *testing.T) {
	f := newClaimFixture(t)
	admin := f.admin()
	f.create("ann", "ben", "late")
	f.Password("ben", chosen)
	for _, name := range []string{"ann", "ben", "late"} {
		f.warm(admin, name, "")
	}
	f.enter("admin", "ann")
	if got := f.state("ann"); got != access.PasswordUnset {
		t.Errorf("once her server was entered ann's password is %s", got)
	}
	f.wantCode(f.claim("ann", chosen), hub.Unauthenticated)
	f.clock.Add(claimAge)
	for _, visit := range [][2]string{{"ben", "ann"}, {"ann", "ben"}, {"ben", "late"}} {
		f.enter(visit[0], visit[1])
	}
	var got []string
	for _, e := range f.audited("") {
		if e.Action == "user.close_claim" {
			got = append(got, fmt.Sprintf("%s from %s: %s %s", e.Actor.Name, e.Address, e.TargetName, e.After))
		}
	}
	if diff := cmp.Diff([]string{`admin from 192.0.2.7: ann {"why":"their server was entered"}`}, got); diff != "" {
		t.Errorf("the audit log (-want +got):\n%s", diff)
	}
	if !f.user("late").ClaimClosed || f.user("ben").ClaimClosed {
		t.Error("late's claim is open for another time, or ben's was closed")
	}
	if err := f.Enter(t.Context(), access.Credential{}, 4711, 4712, nil); err != nil {
		t.Errorf("a server of somebody who was deleted: %v", err)
	}
}

// Of who logged in while one password was good for everybody, nobody can tell afterwards
// who they were.
func TestFirstLoginIsClosedToThoseWhoWereHere(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.ClaimAge, c.Logins = claimAge, append(c.Logins, forEverybody()) })
	f.admin()
	f.create("ann")
	_, err := f.login("ann", "any")
	f.must(err)
	if !f.user("ann").ClaimClosed || f.user("admin").ClaimClosed {
		t.Error("after a login that others vouched for, the claim is open")
	}
}

type everybody struct{}

func (everybody) Authenticate(_ context.Context, name, _ string) (hub.Identity, bool, error) {
	return hub.Identity{Name: name}, true, nil
}

// forEverybody lets in whoever comes.
func forEverybody() login.Method {
	return login.Method{Slug: "trial", Check: everybody{}, Names: login.NamesArePeople, Trial: true}
}

// A warm server's home is as it was made, as far as the database knows. One that went back
// to a backup does not know.
func TestDatabaseThatWentBackGivesNoHomeToAFirstLogin(t *testing.T) {
	for name, c := range map[string]struct {
		minutes int // that the hub runs on after the backup
		want    access.PasswordState
		told    int
	}{
		"at once":       {0, access.PasswordUnclaimed, 0},
		"after a while": {3, access.PasswordUnset, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			monday := s.open(t, "a")
			monday.admin()
			monday.create("ann", "ben")
			home := monday.works("ann")
			monday.must(monday.MarkHomes(t.Context()))
			monday.close()
			s.databases.Copy("a", "backup")

			tuesday := s.open(t, "a")
			if got := tuesday.state("ann"); got != access.PasswordUnclaimed || tuesday.found.Closed != 0 {
				t.Errorf("after a restart ann's password is %s, %d were told of", got, tuesday.found.Closed)
			}
			for range c.minutes {
				tuesday.must(tuesday.MarkHomes(t.Context()))
			}
			if c.minutes > 0 {
				tuesday.must(tuesday.claim("ann", chosen))
				tuesday.put(home, "anns-work")
				tuesday.put(tuesday.works("ben"), "bens-work") // who had no home on Monday
			}
			tuesday.close()

			back := s.open(t, "backup")
			for _, who := range []string{"ann", "ben"} {
				if got := back.state(who); got != c.want {
					t.Errorf("%s's password is %s, want %s", who, got, c.want)
				}
			}
			if back.found.Closed != c.told {
				t.Errorf("%d people were told of, want %d", back.found.Closed, c.told)
			}
			back.create("cleo")
			if got := back.state("cleo"); got != access.PasswordUnclaimed {
				t.Errorf("who was made since has a password that is %s", got)
			}
			back.close()
			if again := s.open(t, "backup"); again.found.Closed != 0 {
				t.Errorf("the next start tells of %d", again.found.Closed)
			}
		})
	}
}

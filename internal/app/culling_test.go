package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/culling"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/servers"
)

// hourly is culling after an hour, changed as a test wants it.
func hourly(change func(*culling.Rules)) func(*app.Config) {
	return func(c *app.Config) {
		c.Culling = culling.Rules{Enabled: true, DefaultServers: true, NamedServers: true, Concurrency: 2, Limits: culling.Limits{Timeout: time.Hour}}
		if change != nil {
			change(&c.Culling)
		}
	}
}

// resting is a server all of whose kernels rest.
func resting(context.Context, hub.Server, string) (hub.Kernels, error) {
	return hub.Kernels{Total: 1}, nil
}

// cull looks once, and says what became of a server.
func (f *fixture) cull(s hub.Server, ask culling.Ask) hub.Server {
	f.t.Helper()
	if _, err := f.CullServers(f.t.Context(), "test", ask); err != nil {
		f.t.Fatal(err)
	}
	return read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, s.ID) })
}

func (f *fixture) idleness(s hub.Server) []hub.Idleness {
	f.t.Helper()
	return read(f, func(ctx context.Context, tx data.Tx) ([]hub.Idleness, error) {
		return tx.IdlenessOf(ctx, []int64{s.ID})
	})
}

// unused is a hub that stops what is idle for an hour, and a server of alice's that has been for as long.
func unused(t *testing.T, name string) (f *fixture, admin *access.Requester, s hub.Server) {
	t.Helper()
	f = newFixture(t, hourly(nil))
	admin = f.admin()
	f.create("alice")
	s = f.running(admin, "alice", name)
	f.clock.Add(time.Hour)
	return f, admin, s
}

func TestIdleServersAreStopped(t *testing.T) {
	f := newFixture(t, hourly(nil))
	admin := f.admin()
	f.create("alice", "bob")
	idle, used := f.running(admin, "alice", ""), f.running(admin, "bob", "lab")
	f.clock.Add(time.Hour - time.Second)
	if s := f.cull(idle, resting); !s.WantRunning {
		t.Fatal("it is stopped before its time")
	}
	f.NoteServers(nil, map[int64]time.Time{used.ID: f.clock.Now()})
	f.flush()
	f.clock.Add(time.Second)
	s := f.cull(idle, resting)
	if s.WantRunning || s.StopReason != hub.StopIdle || s.Remove {
		t.Fatalf("%+v", s)
	}
	if s := f.cull(used, resting); !s.WantRunning {
		t.Error("one that is used is stopped")
	}
	entries := read(f, func(ctx context.Context, tx data.Tx) ([]hub.AuditEntry, error) {
		return tx.ListAudit(ctx, hub.AuditQuery{Action: "server.stop"})
	})
	if len(entries) != 1 || entries[0].Actor != hub.System() || entries[0].TargetName != "alice/" || string(entries[0].After) != `{"reason":"idle"}` {
		t.Errorf("audit: %+v", entries)
	}
	f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
	steps := read(f, func(ctx context.Context, tx data.Tx) ([]hub.ServerEvent, error) {
		return tx.EventsOf(ctx, s.ID, s.Fence, 0)
	})
	said := []string{steps[len(steps)-2].Message, steps[len(steps)-1].Message}
	if diff := cmp.Diff([]string{"It was stopped because nobody had used it for a while.", "Stopped. It was stopped because nobody had used it for a while."}, said); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(steps[len(steps)-2].Detail), `"unused_seconds":3600`) {
		t.Errorf("%s", steps[len(steps)-2].Detail)
	}
	if left := f.idleness(s); len(left) != 0 {
		t.Errorf("of a run that is over there is still %+v", left)
	}
}

// The limits of a profile hold for the servers that are started with it.
func TestCullingByProfile(t *testing.T) {
	set, faults := profiles.New([]profiles.Profile{{Slug: "small", Default: true}, {Slug: "gpu"}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f := newFixture(t, func(c *app.Config) {
		hourly(func(r *culling.Rules) {
			r.Profiles = map[string]culling.ProfileLimits{"gpu": {Timeout: new(15 * time.Minute)}}
		})(c)
		c.Profiles = set
	})
	admin := f.admin()
	f.create("alice")
	begin := func(name, profile string) hub.Server {
		return f.runningWith(admin, "alice", name, servers.StartRequest{Options: json.RawMessage(`{"profile": "` + profile + `"}`)})
	}
	small, gpu := begin("a", "small"), begin("b", "gpu")
	f.clock.Add(15 * time.Minute)
	if gpu = f.cull(gpu, resting); gpu.WantRunning {
		t.Error("the GPU is kept")
	}
	if small = f.cull(small, resting); !small.WantRunning {
		t.Error("another profile's server is stopped")
	}
}

// What an open page does by itself is activity, as JupyterHub has it, and keeps no server alive.
func TestSilentPagesKeepNothingAlive(t *testing.T) {
	f, admin, s := unused(t, "")
	f.NoteServers(map[int64]time.Time{s.ID: f.clock.Now()}, nil)
	f.flush()
	// Its server tells of the page's questions.
	f.must(f.ReportActivity(t.Context(), &access.Requester{
		User: f.user("alice"), Token: &hub.Token{ServerID: s.ID}, Scopes: admin.Scopes,
	}, "alice", servers.ActivityReport{Servers: map[string]time.Time{"": f.clock.Now()}}))
	if s = f.cull(s, resting); s.WantRunning || !s.LastActivity.Equal(f.clock.Now()) {
		t.Errorf("%+v", s)
	}
}

// Others' reports count: they know what they say.
func TestReportsOfOthersCount(t *testing.T) {
	f, admin, s := unused(t, "")
	f.must(f.ReportActivity(t.Context(), admin, "alice", servers.ActivityReport{Servers: map[string]time.Time{"": f.clock.Now()}}))
	if s = f.cull(s, resting); !s.WantRunning {
		t.Error("it is stopped")
	}
}

// Before a server is stopped it is asked: what it says of its kernels keeps it, and is kept.
func TestKernelsHaveAWord(t *testing.T) {
	f, _, s := unused(t, "lab")
	var token string
	busy := func(_ context.Context, at hub.Server, with string) (hub.Kernels, error) {
		if at.FullName() != "alice/lab" || at.Upstream == "" {
			t.Errorf("asked is %+v", at)
		}
		token = with
		return hub.Kernels{Total: 2, Busy: 1, Connections: 3, LastUsed: f.clock.Now().Add(-2 * time.Hour)}, nil
	}
	if s = f.cull(s, busy); !s.WantRunning {
		t.Fatal("one that computes is stopped")
	}
	want := hub.Kernels{Asked: f.clock.Now(), Total: 2, Busy: 1, Connections: 3}
	if got := f.idleness(s)[0]; !got.LastUsed.Equal(f.clock.Now()) || got.Kernels != want {
		t.Errorf("%+v", got)
	}
	r := f.by(token)
	if !r.AllowsServer("access:servers", f.user("alice"), "lab") || r.AllowsServer("access:servers", f.user("alice"), "") || r.Scopes.Has("read:users") {
		t.Errorf("the token may %v", r.ScopeNames())
	}
	asked := 0
	count := func(context.Context, hub.Server, string) (hub.Kernels, error) {
		asked++
		return hub.Kernels{Total: 1, LastUsed: f.clock.Now().Add(-30 * time.Minute)}, nil
	}
	f.clock.Add(59 * time.Minute)
	f.cull(s, count)
	f.clock.Add(time.Minute)
	if s = f.cull(s, count); !s.WantRunning || asked != 1 {
		t.Fatalf("a kernel said something half an hour ago; asked %d times", asked)
	}
	if f.works(token) {
		t.Error("the token of the first question still works")
	}
	f.clock.Add(30 * time.Minute)
	if s = f.cull(s, resting); s.WantRunning {
		t.Error("it rests, and goes on")
	}
}

// A server that is none of Jupyter's is judged by what it reports.
func TestServersThatDoNotAnswer(t *testing.T) {
	f := newFixture(t, hourly(nil))
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	f.clock.Add(30 * time.Minute)
	f.NoteServers(map[int64]time.Time{s.ID: f.clock.Now()}, nil)
	f.flush()
	deaf := func(context.Context, hub.Server, string) (hub.Kernels, error) {
		return hub.Kernels{}, errors.New("404")
	}
	f.clock.Add(30 * time.Minute)
	if s = f.cull(s, deaf); !s.WantRunning {
		t.Fatal("it reported half an hour ago")
	}
	f.clock.Add(30 * time.Minute)
	if s = f.cull(s, deaf); s.WantRunning || !f.idleness(s)[0].Kernels.Asked.IsZero() {
		t.Errorf("%+v", s)
	}
}

// A server that somebody used while it was asked is not stopped, nor one that began anew.
func TestUseWhileAskedCounts(t *testing.T) {
	f, _, s := unused(t, "")
	used := func(ctx context.Context, s hub.Server, token string) (hub.Kernels, error) {
		f.NoteServers(nil, map[int64]time.Time{s.ID: f.clock.Now()})
		f.flush()
		return resting(ctx, s, token)
	}
	if s = f.cull(s, used); !s.WantRunning {
		t.Error("it is stopped")
	}
}

func TestCullingByAgeGroupAndKind(t *testing.T) {
	f := newFixture(t, hourly(func(r *culling.Rules) {
		r.Limits.MaxAge, r.RemoveNamed, r.DefaultServers = 5*time.Hour, true, false
		r.Groups = map[string]culling.Limits{"ml": {Timeout: 3 * time.Hour}}
	}))
	admin := f.admin()
	f.create("alice", "bob", "carol")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "ml")
		if err != nil {
			return err
		}
		bob, err := tx.UserByName(ctx, "bob")
		if err != nil {
			return err
		}
		return tx.AddMembers(ctx, g.ID, []int64{bob.ID})
	})
	named, member, standard := f.running(admin, "alice", "lab"), f.running(admin, "bob", "lab"), f.running(admin, "carol", "")
	var asked atomic.Int64
	ask := func(ctx context.Context, s hub.Server, token string) (hub.Kernels, error) {
		asked.Add(1)
		return resting(ctx, s, token)
	}
	f.clock.Add(2 * time.Hour)
	if s := f.cull(named, ask); s.WantRunning || !s.Remove {
		t.Errorf("a named server: %+v", s)
	}
	if s := f.cull(member, ask); !s.WantRunning {
		t.Error("the group has longer")
	}
	f.clock.Add(time.Hour)
	if s := f.cull(member, ask); s.WantRunning {
		t.Error("the group's time is over as well")
	}
	if s := f.cull(standard, ask); !s.WantRunning || asked.Load() != 2 {
		t.Errorf("default servers may be idle; asked %d times", asked.Load())
	}
	f.clock.Add(2 * time.Hour)
	if s := f.cull(standard, ask); s.StopReason != hub.StopAged || asked.Load() != 2 {
		t.Errorf("%+v; asked %d times", s, asked.Load())
	}
}

// Another replica's servers are left to it.
func TestOnlyOwnServersAreCulled(t *testing.T) {
	f := newFixture(t, hourly(nil))
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	f.clock.Add(2 * time.Hour)
	culled, err := f.CullServers(t.Context(), "another", resting)
	if err != nil || culled != (culling.Culled{}) {
		t.Errorf("%+v, %v", culled, err)
	}
	if culled, err = f.CullServers(t.Context(), "test", resting); err != nil || culled != (culling.Culled{Idle: 1}) {
		t.Errorf("%+v, %v", culled, err)
	}
	if s = f.cull(s, resting); s.WantRunning {
		t.Error("it goes on")
	}
}

package app_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/servers"
)

// timed is a hub on which servers run for an hour where nobody asks for another time, and for four at most; those of the
// profile exam for 20 minutes, and no longer.
func timed(t *testing.T) *fixture {
	t.Helper()
	exam := 20 * time.Minute
	set, faults := profiles.New([]profiles.Profile{
		{Slug: "usual", Default: true}, {Slug: "exam", Sets: profiles.Settings{Time: profiles.TimeLimits{Default: &exam, Max: &exam}}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return newFixture(t, func(c *app.Config) {
		c.Profiles, c.Launch.TimeLimit, c.Launch.MaxTimeLimit = set, 3600, 4*3600
	})
}

func (f *fixture) server(id int64) hub.Server {
	f.t.Helper()
	return read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, id) })
}

// readied is somebody's server, started with options.
func (f *fixture) readied(name, server, options string) hub.Server {
	f.t.Helper()
	s, err := f.StartServer(f.t.Context(), f.by(adminToken), name, server, servers.StartRequest{Options: json.RawMessage(options)})
	f.must(err)
	return f.server(f.goes(s).ID)
}

// stopEnding looks whose time is over, and says when it is to be looked again.
func (f *fixture) stopEnding(owner string) time.Duration {
	f.t.Helper()
	again, err := f.StopEnding(f.t.Context(), owner)
	f.must(err)
	return again
}

// A server is stopped when its time is over, by the replica that drives it, once, and with the reason.
func TestServersEndWhenTheirTimeIsOver(t *testing.T) {
	f := timed(t)
	f.admin()
	f.create("ann", "bob")
	ann := f.readied("ann", "", `{}`)
	if want := f.clock.Now().Add(time.Hour); !ann.EndsAt.Equal(want) || ann.TimeLimit != 3600 {
		t.Fatalf("it ends at %s, limit %d, want %s", ann.EndsAt, ann.TimeLimit, want)
	}
	f.clock.Add(time.Hour - 3*time.Second)
	bob := f.readied("bob", "", `{"profile": "exam"}`)
	if again := f.stopEnding("test"); again != 3*time.Second {
		t.Errorf("it wants to look again in %s, and the next one ends in 3s", again)
	}
	if !f.server(ann.ID).WantRunning {
		t.Fatal("it is stopped before its time")
	}
	f.clock.Add(3 * time.Second)
	f.stopEnding("another")
	if !f.server(ann.ID).WantRunning {
		t.Fatal("another replica stops it")
	}
	// A hub that was started meanwhile knows it from the database.
	again := f.again(f.Config())
	if _, err := again.StopEnding(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	s := f.server(ann.ID)
	if s.WantRunning || s.Phase != hub.Stopping || s.StopReason != hub.StopTime {
		t.Fatalf("%+v", s)
	}
	f.stopEnding("test")
	if got := f.auditActions("")["server.stop"]; got != 1 {
		t.Errorf("%d stops in the audit log, want 1", got)
	}
	f.ends(s)
	if s = f.server(ann.ID); !s.EndsAt.IsZero() || s.TimeLimit != 0 || s.StopReason != hub.StopTime {
		t.Errorf("after its end: %+v", s)
	}
	if !f.server(bob.ID).WantRunning {
		t.Error("one that has time left is stopped")
	}
}

// What a start asks for counts within the bounds; what was asked for last time is cut to what there is now.
func TestTimesThatAreAskedFor(t *testing.T) {
	f := timed(t)
	f.admin()
	f.create("ann")
	for n, c := range []struct {
		options string
		want    int64 // seconds; 0: refused
		code    hub.Code
	}{
		{`{}`, 3600, ""},
		{`{"runtime_minutes": 20}`, 1200, ""},
		{`{"runtime_minutes": "240"}`, 4 * 3600, ""},
		{`{"runtime_minutes": ""}`, 3600, ""},
		{`{"runtime_minutes": 241}`, 0, hub.Invalid},
		{`{"runtime_minutes": -1}`, 0, hub.Invalid},
		{`{"runtime_minutes": 1.5}`, 0, hub.Invalid},
		{`{"runtime_minutes": 99999999999999999999}`, 0, hub.Invalid},
		{`{"runtime_minutes": "soon"}`, 0, hub.Invalid},
		{`{"profile": "exam"}`, 1200, ""},
		{`{"profile": "exam", "runtime_minutes": 10}`, 600, ""},
		{`{"profile": "exam", "runtime_minutes": 21}`, 0, hub.Invalid},
	} {
		s, err := f.StartServer(t.Context(), f.by(adminToken), "ann", "", servers.StartRequest{Options: json.RawMessage(c.options)})
		if c.code != "" {
			f.wantCode(err, c.code)
			continue
		}
		if err != nil {
			t.Fatalf("%d %s: %v", n, c.options, err)
		}
		s = f.server(f.goes(s).ID)
		if s.TimeLimit != c.want || !s.EndsAt.Equal(f.clock.Now().Add(time.Duration(c.want)*time.Second)) {
			t.Errorf("%s: %d seconds until %s, want %d", c.options, s.TimeLimit, s.EndsAt, c.want)
		}
		f.ends(s)
	}
	config := f.Config()
	config.Launch.MaxTimeLimit = 60
	config.Profiles = nil
	short := f.again(config)
	s, err := short.StartServer(t.Context(), f.by(adminToken), "ann", "", servers.StartRequest{})
	f.must(err)
	run, err := short.BeginRun(t.Context(), s, servers.Lease{Owner: "test"})
	f.must(err)
	if run.Launch.TimeLimit != 60 {
		t.Errorf("with the options of last time it may run for %d seconds, want the 60 that there are now", run.Launch.TimeLimit)
	}
}

// Where no limit is configured, nothing ends but what was asked to.
func TestNoTimeLimits(t *testing.T) {
	f := newFixture(t, nil)
	f.admin()
	f.create("ann")
	if s := f.readied("ann", "", `{}`); !s.EndsAt.IsZero() {
		t.Errorf("%+v", s)
	}
	if s := f.readied("ann", "lab", `{"runtime_minutes": 5}`); !s.EndsAt.Equal(f.clock.Now().Add(5 * time.Minute)) {
		t.Errorf("asked for 5 minutes, it ends at %s", s.EndsAt)
	}
	_, err := f.ExtendServer(t.Context(), f.by(adminToken), "ann", "", servers.Extension{By: time.Minute})
	f.wantCode(err, hub.Invalid)
}

// A person extends up to what there is; an administrator beyond it; nobody else does.
func TestExtendingServers(t *testing.T) {
	f := timed(t)
	admin := f.admin()
	f.create("ann", "bob")
	ann, bob := f.by(f.token("ann")), f.by(f.token("bob"))
	began := f.clock.Now()
	ends := func(minutes int) string { return began.Add(time.Duration(minutes) * time.Minute).Format(time.TimeOnly) }
	id := f.readied("ann", "", `{}`).ID
	extend := func(x servers.Extension) string {
		t.Helper()
		s, err := f.ExtendServer(t.Context(), ann, "ann", "", x)
		f.must(err)
		if now := f.server(id); !now.EndsAt.Equal(s.EndsAt) {
			t.Errorf("it is said to end at %s, and does at %s", s.EndsAt, now.EndsAt)
		}
		return s.EndsAt.Format(time.TimeOnly)
	}
	got := []string{extend(servers.Extension{By: 30 * time.Minute}), extend(servers.Extension{Until: began.Add(2 * time.Hour)}), extend(servers.Extension{By: 10 * time.Hour})}
	if diff := cmp.Diff([]string{ends(90), ends(120), ends(240)}, got); diff != "" {
		t.Error(diff)
	}
	_, err := f.ExtendServer(t.Context(), ann, "ann", "", servers.Extension{By: time.Minute})
	f.wantCode(err, hub.Forbidden)
	_, err = f.ExtendServer(t.Context(), bob, "ann", "", servers.Extension{By: time.Minute})
	f.wantCode(err, hub.NotFound)
	_, err = f.ExtendServer(t.Context(), admin, "ann", "", servers.Extension{Until: began})
	f.wantCode(err, hub.Invalid)
	_, err = f.ExtendServer(t.Context(), admin, "ann", "", servers.Extension{By: 20 * 366 * 24 * time.Hour})
	f.wantCode(err, hub.Invalid)
	s, err := f.ExtendServer(t.Context(), admin, "ann", "", servers.Extension{By: time.Hour})
	f.must(err)
	if want := ends(300); s.EndsAt.Format(time.TimeOnly) != want {
		t.Errorf("an administrator extends it to %s, want %s", s.EndsAt, want)
	}
	// It was extended between being found due and being stopped.
	f.clock.Add(4 * time.Hour)
	f.stopEnding("test")
	if !f.server(id).WantRunning {
		t.Error("one that was extended is stopped")
	}
	f.clock.Add(time.Hour)
	f.stopEnding("test")
	_, err = f.ExtendServer(t.Context(), admin, "ann", "", servers.Extension{By: time.Hour})
	f.wantCode(err, hub.Invalid)
	if f.server(id).WantRunning {
		t.Error("it is not stopped at the end that it was extended to")
	}
}

// A start that is cut short and begun again has its whole time from when it is ready.
func TestTimeCountsFromReady(t *testing.T) {
	f := timed(t)
	f.admin()
	f.create("ann")
	s, err := f.startFor("ann", "", 10)
	f.must(err)
	f.clock.Add(time.Hour)
	run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test"})
	f.must(err)
	f.clock.Add(time.Hour)
	if again := f.stopEnding("test"); again != 10*time.Second || !f.server(s.ID).EndsAt.IsZero() {
		t.Errorf("one that starts has an end: %s", f.server(s.ID).EndsAt)
	}
	s = f.server(f.goes(run.Server).ID)
	if !s.EndsAt.Equal(f.clock.Now().Add(10 * time.Minute)) {
		t.Errorf("it ends at %s", s.EndsAt)
	}
}

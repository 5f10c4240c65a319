package app_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
)

// read reads of the database.
func read[T any](f *fixture, fn func(ctx context.Context, tx data.Tx) (T, error)) (v T) {
	f.t.Helper()
	f.must(f.DB.View(f.t.Context(), func(tx data.Tx) (err error) {
		v, err = fn(f.t.Context(), tx)
		return err
	}))
	return v
}

// What a run is started with is what the driver gets, is kept with the run, and is shown to
// those who may see the inside of the server.
func TestARunKeepsWhatItIsStartedWith(t *testing.T) {
	launch := hub.Launch{
		Command: []string{"jupyterhub-singleuser", "--debug"}, Limits: hub.Limits{Memory: 1 << 30, CPU: 1.5},
		Environment: map[string]string{"LANG": "C.UTF-8"},
	}
	f := newFixture(t, func(c *app.Config) { c.Launch = launch })
	admin := f.admin()
	f.create("alice")
	begun := f.run(admin, "alice", "")
	if diff := cmp.Diff(launch, begun.Launch); diff != "" {
		t.Error(diff)
	}
	kept := func(fence int64) hub.Launch {
		t.Helper()
		return read(f, func(ctx context.Context, tx data.Tx) (hub.Run, error) { return tx.Run(ctx, begun.Server.ID, fence) }).Launch
	}
	if diff := cmp.Diff(launch, kept(begun.Server.Fence)); diff != "" {
		t.Error(diff)
	}
	// A driver that knows of a later run raises the fence, and the run with it.
	f.must(f.RaiseFence(t.Context(), begun.Server.ID, begun.Server.Fence, 40))
	if diff := cmp.Diff(launch, kept(40)); diff != "" {
		t.Error(diff)
	}
	alice := f.by(f.token("alice"))
	for _, tc := range []struct {
		who  *access.Requester
		want hub.Launch
	}{{admin, launch}, {alice, hub.Launch{}}} {
		v, err := f.ShowServer(t.Context(), tc.who, "alice", "")
		if diff := cmp.Diff(tc.want, v.Launch); err != nil || diff != "" {
			t.Errorf("shown to %s: %v %s", tc.who.User.Name, err, diff)
		}
	}
}

// Old runs go with the events that tell of them, but not the newest.
func TestOldRunsAreSwept(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.EventsAge = 1 })
	admin := f.admin()
	f.create("alice")
	first := f.running(admin, "alice", "")
	f.must(f.EndRun(t.Context(), first.ID, first.Fence, hub.EventStopped, "", ""))
	second := f.running(admin, "alice", "")
	f.clock.Add(time.Second)
	if _, err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := f.DB.View(t.Context(), func(tx data.Tx) error {
		_, err := tx.Run(t.Context(), first.ID, first.Fence)
		return err
	})
	f.wantCode(err, hub.NotFound)
	read(f, func(ctx context.Context, tx data.Tx) (hub.Run, error) { return tx.Run(ctx, second.ID, second.Fence) })
}

// Whatever stops a server says why: to whoever looks at it, in its last event and in the audit
// log. The first reason stays, and the next start has none.
func TestStopsSayWhy(t *testing.T) {
	stop := func(f *fixture, r *access.Requester) error {
		_, err := f.StopServer(t.Context(), r, "alice", "lab", false)
		return err
	}
	yes := true
	for _, tc := range []struct {
		name    string
		stop    func(f *fixture, r *access.Requester) error
		want    hub.StopReason
		message string
	}{
		{"asked", stop, hub.StopAsked, "Stopped"},
		{"asked in bulk", func(f *fixture, r *access.Requester) error {
			_, err := f.BulkStop(t.Context(), r, people.ServersRequest{Rows: []servers.ServerRow{{Username: "alice", ServerName: "lab"}}})
			return err
		}, hub.StopAsked, "Stopped"},
		{"suspended", func(f *fixture, r *access.Requester) error {
			_, err := f.PatchUser(t.Context(), r, "alice", people.UserPatch{Suspended: &yes})
			return err
		}, hub.StopSuspended, "Stopped. It was stopped because the account was suspended."},
		{"the server is deleted", func(f *fixture, r *access.Requester) error {
			_, err := f.StopServer(t.Context(), r, "alice", "lab", true)
			return err
		}, hub.StopDeleted, "Stopped. It was stopped to be deleted."},
		{"the hub ends", func(f *fixture, r *access.Requester) error {
			_, err := f.StopOwn(t.Context(), r, servers.Lease{Owner: "test", Node: "node"})
			return err
		}, hub.StopHubEnds, "Stopped. It was stopped because the hub was shut down."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, nil)
			admin := f.admin()
			f.create("alice")
			s := f.running(admin, "alice", "lab")
			admin.RequestID = "stop"
			f.must(tc.stop(f, admin))
			f.must(stop(f, admin)) // too late to be the reason
			got := read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, s.ID) })
			if got.StopReason != tc.want {
				t.Errorf("the server says %q", got.StopReason)
			}
			audited := slices.ContainsFunc(f.audited("stop"), func(e hub.AuditEntry) bool {
				return e.Action == "server.stop" && strings.Contains(string(e.After), `"reason":"`+string(tc.want)+`"`)
			})
			if want := tc.want != hub.StopAsked && tc.want != hub.StopDeleted; audited != want {
				t.Errorf("the audit log says the reason: %v, want %v", audited, want)
			}
			f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
			events := read(f, func(ctx context.Context, tx data.Tx) ([]hub.ServerEvent, error) {
				return tx.EventsOf(ctx, s.ID, s.Fence, 0)
			})
			last := events[len(events)-1]
			var detail struct {
				StopReason hub.StopReason `json:"stop_reason"`
			}
			f.must(json.Unmarshal(last.Detail, &detail))
			if last.Message != tc.message || detail.StopReason != tc.want {
				t.Errorf("its last event: %q, %s", last.Message, last.Detail)
			}
		})
	}
}

func TestTheNextStartForgetsWhyAServerWasStopped(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	_, err := f.StopServer(t.Context(), admin, "alice", "", false)
	f.must(err)
	f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
	if again := f.running(admin, "alice", ""); again.StopReason != "" {
		t.Errorf("it says %q", again.StopReason)
	}
}

// What a driver says of a start is told to who waits, if it is of this run and this replica, and
// never goes back.
func TestProgressOfAStartIsTold(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	run := f.run(admin, "alice", "")
	s, by := run.Server, servers.Lease{Owner: run.Server.Owner, Node: "node"}
	told := make(chan servers.Step, 20)
	go func() {
		defer close(told)
		_ = f.FollowStart(t.Context(), s, func(step servers.Step) error {
			told <- step
			return nil
		})
	}()
	say := func(by servers.Lease, p servers.Progress) {
		t.Helper()
		f.must(f.Progressed(t.Context(), by, []servers.Progress{p}))
	}
	say(by, servers.Progress{ServerID: s.ID, Fence: s.Fence, Percent: 50, Message: "Pulling the image"})
	say(by, servers.Progress{ServerID: s.ID, Fence: s.Fence, Percent: -7, Message: strings.Repeat("ü", 1000)})
	say(by, servers.Progress{ServerID: s.ID, Fence: s.Fence - 1, Message: "of another run"})
	say(by, servers.Progress{ServerID: s.ID + 100, Fence: 1, Message: "of no server"})
	say(servers.Lease{Owner: "other"}, servers.Progress{ServerID: s.ID, Fence: s.Fence, Message: "of another replica"})
	started, _, err := f.Started(t.Context(), s, "Started", nil)
	f.must(err)
	say(by, servers.Progress{ServerID: s.ID, Fence: s.Fence, Percent: 1000, Message: "Nearly there"})
	_, err = f.Answering(t.Context(), started, "http://127.0.0.1:1")
	f.must(err)
	say(by, servers.Progress{ServerID: s.ID, Fence: s.Fence, Message: "too late"})
	type line struct {
		Progress int
		Message  string
	}
	var got []line
	for step := range told {
		for _, e := range step.Events {
			if e.Kind == hub.EventProgress {
				got = append(got, line{e.Progress, e.Message})
			}
		}
	}
	want := []line{{35, "Pulling the image"}, {35, hub.Truncate(strings.Repeat("ü", 1000), 500)}, {95, "Nearly there"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A driver that never stops talking fills nothing.
func TestProgressOfAStartIsBounded(t *testing.T) {
	f := newFixture(t, nil)
	run := f.run(f.admin(), "admin", "")
	list := make([]servers.Progress, 150)
	for i := range list {
		list[i] = servers.Progress{ServerID: run.Server.ID, Fence: run.Server.Fence, Message: "still at it"}
	}
	f.must(f.Progressed(t.Context(), servers.Lease{Owner: run.Server.Owner}, list))
	events := read(f, func(ctx context.Context, tx data.Tx) ([]hub.ServerEvent, error) {
		return tx.EventsOf(ctx, run.Server.ID, run.Server.Fence, 0)
	})
	if len(events) > 110 {
		t.Errorf("%d events", len(events))
	}
}

// Somebody who was let in again while they were being deleted is not told that their server was.
func TestAServerThatIsThereWasNotDeleted(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = 20 * time.Millisecond })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	f.wantCode(f.DeleteUser(t.Context(), admin, "alice"), hub.Unavailable)
	no := false
	f.patch("alice", people.UserPatch{Suspended: &no})
	f.must(f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""))
	got := read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, s.ID) })
	if got.StopReason.Text() == "It was deleted." {
		t.Errorf("the page says: %s Its files are still there.", got.StopReason.Text())
	}
}

// A server that waits for its turn has no run: it stops at once, and nobody begins it any more.
func TestAServerThatWaitsForItsTurnStopsAtOnce(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.NamedLimit = 5 })
	admin := f.admin()
	f.create("alice")
	queued := func(name string) hub.Server {
		t.Helper()
		s, err := f.StartServer(t.Context(), admin, "alice", name, servers.StartRequest{})
		f.must(err)
		return s
	}
	for name, stop := range map[string]func() error{
		"one": func() error { _, err := f.StopServer(t.Context(), admin, "alice", "one", false); return err },
		"bulk": func() error {
			_, err := f.BulkStop(t.Context(), admin, people.ServersRequest{Rows: []servers.ServerRow{{Username: "alice", ServerName: "bulk"}}})
			return err
		},
	} {
		seen := queued(name)
		f.must(stop())
		now := read(f, func(ctx context.Context, tx data.Tx) (hub.Server, error) { return tx.ServerByID(ctx, seen.ID) })
		if now.Phase != hub.Stopped || now.WantRunning || now.StopReason == "" {
			t.Errorf("%s: it is %+v", name, now)
		}
		events := read(f, func(ctx context.Context, tx data.Tx) ([]hub.ServerEvent, error) {
			return tx.EventsOf(ctx, seen.ID, seen.Fence, 0)
		})
		if last := events[len(events)-1]; last.Kind != hub.EventStopped {
			t.Errorf("%s: its last event is %+v", name, last)
		}
		_, err := f.BeginRun(t.Context(), seen, servers.Lease{Owner: "test", Node: "node"})
		f.wantCode(err, hub.Conflict)
	}
	gone := queued("gone")
	_, err := f.StopServer(t.Context(), admin, "alice", "gone", true)
	f.must(err)
	err = f.DB.View(t.Context(), func(tx data.Tx) error {
		_, err := tx.ServerByID(t.Context(), gone.ID)
		return err
	})
	f.wantCode(err, hub.NotFound)
}

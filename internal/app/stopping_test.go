package app_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
)

// running puts somebody's server among those that run.
func (f *fixture) running(r *access.Requester, user, name string) hub.Server {
	f.t.Helper()
	return f.runningWith(r, user, name, servers.StartRequest{})
}

func (f *fixture) runningWith(r *access.Requester, user, name string, req servers.StartRequest) hub.Server {
	f.t.Helper()
	s, err := f.StartServer(f.t.Context(), r, user, name, req)
	if err != nil {
		f.t.Fatal(err)
	}
	run, err := f.BeginRun(f.t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, _, err := f.Started(f.t.Context(), run.Server, "Started", nil); err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.Answering(f.t.Context(), run.Server, "http://127.0.0.1:1"); err != nil {
		f.t.Fatal(err)
	}
	return run.Server
}

// again is another hub over the same database.
func (f *fixture) again(c app.Config) *app.App { return f.over(f.DB, c) }

func (f *fixture) over(db data.Store, c app.Config) *app.App {
	log := slog.New(slog.DiscardHandler)
	return app.New(app.Deps{
		Config: c, Store: db, Relay: &mirror.Relay{Next: bus.New(log)}, Hasher: f.Hasher, Clock: f.clock.Now, Logger: log,
	})
}

// Whoever deletes a person whose server does not end is told so, and does not wait for ever.
func TestDeletingAPersonEndsWaiting(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = 20 * time.Millisecond })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	err := f.DeleteUser(t.Context(), admin, "alice")
	f.wantCode(err, hub.Unavailable)
	if !strings.Contains(err.Error(), "not stopped yet") {
		t.Errorf("it says %v", err)
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	f.until("she is gone", func() bool {
		_, err := f.GetUser(t.Context(), admin, "alice")
		return hub.Is(err, hub.NotFound)
	})
}

// While the hub stops all servers before it ends, none starts.
func TestNothingStartsWhileTheHubStopsAll(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	f.create("bob")
	f.running(admin, "alice", "")
	if n, err := f.StopOwn(t.Context(), &access.Requester{RequestID: "stop"}, servers.Lease{Owner: "test", Node: "node"}); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	_, err := f.StartServer(t.Context(), admin, "bob", "", servers.StartRequest{})
	f.wantCode(err, hub.Unavailable)
	if e, ok := errors.AsType[*hub.Error](err); !ok || e.RetryAfter == 0 {
		t.Errorf("it does not say when to try again: %v", err)
	}
	if n, err := f.StopOwn(t.Context(), &access.Requester{RequestID: "stop"}, servers.Lease{Owner: "test", Node: "node"}); err != nil || n != 1 || f.auditActions("stop")["server.stop"] != 1 {
		t.Errorf("stopping all once more: %d servers, %v, %d entries in the audit log", n, err, f.auditActions("stop")["server.stop"])
	}
}

// Asking again for what was asked for changes nothing and is not recorded.
func TestStoppingTwiceIsOnce(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "lab")
	admin.RequestID = "stop"
	for _, step := range []struct {
		remove           bool
		stopped, deleted int
	}{{false, 1, 0}, {false, 1, 0}, {true, 1, 1}, {true, 1, 1}, {false, 1, 1}} {
		got, err := f.StopServer(t.Context(), admin, "alice", "lab", step.remove)
		if err != nil || got.Phase != hub.Stopping {
			t.Fatalf("%s, %v", got.Phase, err)
		}
		actions := f.auditActions("stop")
		if n, m := actions["server.stop"], actions["server.delete"]; n != step.stopped || m != step.deleted {
			t.Errorf("%d stops and %d deletions are recorded, want %d and %d", n, m, step.stopped, step.deleted)
		}
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.GetServer(t.Context(), admin, "alice", "lab", "read:servers"); !hub.Is(err, hub.NotFound) {
		t.Errorf("the record stays: %v", err)
	}
}

// A row about a server that is just stopping fails in plain words, as people read it.
func TestStartingManyThatAreStopping(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	f.running(admin, "alice", "")
	if _, err := f.StopServer(t.Context(), admin, "alice", "", false); err != nil {
		t.Fatal(err)
	}
	const want = "The server is just stopping. Start it again in a moment."
	for _, dry := range []bool{true, false} {
		results, err := f.BulkStart(t.Context(), admin, people.ServersRequest{Rows: []servers.ServerRow{{Username: "alice"}}, DryRun: dry})
		if err != nil || results[0].Status != bulk.Failed || results[0].Message != want {
			t.Errorf("%+v, %v", results, err)
		}
	}
}

// Named servers from the time when they were on can be stopped and deleted after they
// were switched off, by those who may.
func TestStoppingNamedServersThatAreOff(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	f.running(admin, "alice", "lab")
	off := f.again(app.Config{Base: "/"})
	_, err := off.StopServer(t.Context(), &access.Requester{}, "alice", "lab", false)
	f.wantCode(err, hub.Forbidden)
	if s, err := off.StopServer(t.Context(), admin, "alice", "lab", false); err != nil || s.Phase != hub.Stopping {
		t.Errorf("%s, %v", s.Phase, err)
	}
	_, err = off.StopServer(t.Context(), admin, "alice", "none", false)
	f.wantCode(err, hub.Invalid)
	_, err = off.StartServer(t.Context(), admin, "alice", "new", servers.StartRequest{})
	f.wantCode(err, hub.Invalid)
}

// Options are read with every look at live servers, so they are bounded where they come in.
func TestOptionsAreBounded(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	big := json.RawMessage(`{"a": "` + strings.Repeat("x", 64<<10) + `"}`)
	_, start := f.StartServer(t.Context(), admin, "alice", "", servers.StartRequest{Options: big})
	_, create := f.CreateServer(t.Context(), admin, "alice", "lab", servers.StartRequest{Options: big})
	_, patch := f.PatchServer(t.Context(), admin, "alice", "", servers.ServerPatch{Options: big})
	for _, err := range []error{start, create, patch} {
		f.wantCode(err, hub.Invalid)
		if err != nil && !strings.Contains(err.Error(), "file in the home folder") {
			t.Errorf("no cure: %v", err)
		}
	}
	if _, err := f.StartServer(t.Context(), admin, "alice", "", servers.StartRequest{Options: json.RawMessage(`{"a": "small"}`)}); err != nil {
		t.Error(err)
	}
}

// A look at all live servers does not carry what a failed one wrote last.
func TestLiveServersCarryNoLogs(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	if err := f.GiveUp(t.Context(), s, hub.CauseExited, "It is broken.", "last words"); err != nil {
		t.Fatal(err)
	}
	live, err := f.LiveServers(t.Context())
	if err != nil || len(live) != 1 || live[0].FailureLog != "" || live[0].Failure != "It is broken." {
		t.Errorf("%+v, %v", live, err)
	}
	if _, err := f.StopOwn(t.Context(), admin, servers.Lease{Owner: "test", Node: "node"}); err != nil { // it writes what it read
		t.Fatal(err)
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	got, err := f.GetServer(t.Context(), admin, "alice", "", "read:servers")
	if err != nil || got.FailureLog != "last words" || got.Failure != "It is broken." {
		t.Errorf("%+v, %v", got, err)
	}
}

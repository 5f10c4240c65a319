package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
)

// On a full disk nothing starts, and who asks learns why: a student that it is full, an
// administrator also where, and how full. What runs can be stopped and deleted, and
// people log in.
func TestWhatAFullDiskLetsThrough(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann")
	f.Password("ann", "wonderland")
	ann := f.by(f.token("ann"))
	f.running(ann, "ann", "")
	f.running(ann, "ann", "lab")
	full := true
	f.OnFull(func() (servers.FullDisk, bool) {
		return servers.FullDisk{Path: "/srv/class", Free: 1_500_000, Files: 7}, full
	})

	f.create("ben")
	ben := f.by(f.token("ben"))
	_, err := f.StartServer(t.Context(), ben, "ben", "", servers.StartRequest{})
	f.wantCode(err, hub.Unavailable)
	if !strings.Contains(err.Error(), "The hub's disk is full") || !strings.Contains(err.Error(), "Ask an administrator") || strings.Contains(err.Error(), "/srv") {
		t.Errorf("a student reads %q", err)
	}
	if e, ok := errors.AsType[*hub.Error](err); !ok || e.RetryAfter != time.Minute {
		t.Errorf("it does not say when to try again: %v", err)
	}
	_, err = f.StartServer(t.Context(), admin, "ben", "", servers.StartRequest{})
	f.wantCode(err, hub.Unavailable)
	for _, word := range []string{"/srv/class", "1.5 MB are free", "room for 7 files"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("an administrator does not read %q: %v", word, err)
		}
	}
	_, err = f.BulkStart(t.Context(), admin, people.ServersRequest{Rows: []servers.ServerRow{{Username: "ben"}}})
	f.wantCode(err, hub.Unavailable)

	if _, err := f.login("ann", "wonderland"); err != nil {
		t.Errorf("log in: %v", err)
	}
	if s, err := f.StopServer(t.Context(), ann, "ann", "", false); err != nil || s.Phase != hub.Stopping {
		t.Errorf("stop: %s %v", s.Phase, err)
	}
	if s, err := f.StopServer(t.Context(), ann, "ann", "lab", true); err != nil || !s.Remove {
		t.Errorf("delete: %+v %v", s, err)
	}
	if err := f.DeleteUser(t.Context(), admin, "ben"); err != nil {
		t.Errorf("delete a person: %v", err)
	}

	full = false
	f.create("cleo")
	if _, err := f.StartServer(t.Context(), admin, "cleo", "", servers.StartRequest{}); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// A server that was in the queue when the disk got full is refused with the same words.
func TestAFullDiskReachesTheQueue(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann")
	s, err := f.StartServer(t.Context(), admin, "ann", "", servers.StartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	f.OnFull(func() (servers.FullDisk, bool) { return servers.FullDisk{Path: "/srv/class", Files: -1}, true })
	run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(run.Refused, "The hub's disk is full") {
		t.Errorf("it begins (%q)", run.Refused)
	}
}

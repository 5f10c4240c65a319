package reconcile_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/hub"
)

// withHomes gives the bench's machine a folder with homes.
func (b *bench) withHomes() *homedir.Place {
	b.t.Helper()
	id, err := b.app.HubID(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	place, err := homedir.Open(homedir.Options{Dir: filepath.Join(b.t.TempDir(), "homes"), HubID: id})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = place.Close() })
	if _, err := b.app.OpenHomes(b.t.Context(), place, hub.Node{ID: "node", Host: "here"}, false); err != nil {
		b.t.Fatal(err)
	}
	return place
}

// home writes down a home of somebody.
func (b *bench) home(name, place string, state hub.HomeState) {
	b.t.Helper()
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		return tx.CreateHomes(ctx, hub.Home{ID: "home" + name, Place: place, UserID: u.ID, UserName: name, State: state, Created: tx.Now(), Changed: tx.Now()})
	})
}

// What keeps a server from its person's home is the reason that they read; the next one
// gets its turn.
func TestServerWhoseHomeCannotBeHadSaysWhy(t *testing.T) {
	b, d := newBench(t, 2), newFakeDriver(t)
	place := b.withHomes()
	b.home("user00", place.ID(), hub.HomeArchived)
	b.hub(d, nil)
	first, second := b.start("user00"), b.start("user01")
	s := b.wait(first.ID, hub.Failed)
	if told := s.FailureFor(false); !strings.Contains(told, "packed away in an archive. Ask an administrator") || strings.Contains(told, "atrium homes") {
		t.Errorf("user00 reads %q", told)
	}
	if told := s.FailureFor(true); !strings.Contains(told, "atrium homes attach homeuser00 user00") {
		t.Errorf("an administrator reads %q", told)
	}
	b.wait(second.ID, hub.Ready)
	if d.runs[first.ID] != nil && d.runs[first.ID].started > 0 {
		t.Error("a process was made for user00")
	}
}

// A machine starts the servers of those whose homes it has; others wait for theirs, and
// take nobody's turn, until no living machine has it.
func TestServersWaitForTheMachineWithTheirHomes(t *testing.T) {
	b, d := newBench(t, 6), newFakeDriver(t)
	b.withHomes()
	for _, name := range []string{"user00", "user01", "user02", "user03"} {
		b.home(name, "elsewhere", hub.HomeThere)
	}
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.SeeNode(ctx, hub.Node{ID: "other", Host: "moon", Place: "elsewhere", Folder: "/srv/homes"})
	})
	b.hub(d, nil) // four starts at once
	var waiting []hub.Server
	for _, name := range []string{"user00", "user01", "user02", "user03"} {
		waiting = append(waiting, b.start(name))
	}
	for _, name := range []string{"user04", "user05"} {
		b.wait(b.start(name).ID, hub.Ready)
	}
	for _, s := range waiting {
		if now := b.wait(s.ID, hub.Queued); now.Failure != "" {
			t.Errorf("%s: %q", s.FullName(), now.Failure)
		}
	}
	b.kit.Update(func(ctx context.Context, tx data.Tx) error { return tx.DeleteNode(ctx, "other") })
	for _, s := range waiting {
		now := b.wait(s.ID, hub.Failed)
		if told := now.FailureFor(true); !strings.Contains(told, "does not know any more") || !strings.Contains(told, "atrium homes list --name") {
			t.Errorf("%s: an administrator reads %q", s.FullName(), told)
		}
		if told := now.FailureFor(false); !strings.Contains(told, "on another machine") || !strings.Contains(told, "Ask an administrator") || strings.Contains(told, "atrium homes") {
			t.Errorf("%s: its person reads %q", s.FullName(), told)
		}
	}
}

package reconcile_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/servers"
)

// rarely looks at servers so rarely that a test sees only what is asked for.
func rarely(o *reconcile.Options) { o.Poll = time.Hour }

// Whoever starts a server that was killed a moment ago gets it started, not an error that
// says it runs; and one that does run is left alone.
func TestAServerThatWasKilledStartsAtOnce(t *testing.T) {
	b, d := newBench(t, 2), newFakeDriver(t)
	b.hub(d, rarely)
	killed, alive := b.wait(b.start("user00").ID, hub.Ready), b.wait(b.start("user01").ID, hub.Ready)
	d.die(killed.ID, "It was killed.")
	if s := b.start("user00"); s.Fence <= killed.Fence {
		t.Errorf("started under fence %d, which is not above %d", s.Fence, killed.Fence)
	}
	b.wait(killed.ID, hub.Ready)
	if _, n := d.snapshot(killed.ID); n != 2 {
		t.Errorf("it was started %d times", n)
	}
	_, err := b.app.StartServer(t.Context(), &b.admin, "user01", "", servers.StartRequest{})
	if !hub.Is(err, hub.Invalid) || !strings.Contains(err.Error(), "already running") {
		t.Errorf("the one that runs: %v", err)
	}
	if got := b.read(alive.ID); got.Phase != hub.Ready || got.Fence != alive.Fence {
		t.Errorf("the one that runs is %s now, under fence %d", got.Phase, got.Fence)
	}
}

// All who start it at the same time get the same start.
func TestAServerThatWasKilledIsStartedOnce(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	b.hub(d, rarely)
	s := b.wait(b.start("user00").ID, hub.Ready)
	eventually(t, "that it is ready is known in memory, so that a start looks at it", func() bool {
		before, after := 0, 0
		d.tell(func() { before = d.looks })
		_, err := b.app.StartServer(t.Context(), &b.admin, "user00", "", servers.StartRequest{})
		d.tell(func() { after = d.looks })
		return err != nil && after > before
	})
	d.die(s.ID, "It was killed.")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := b.app.StartServer(t.Context(), &b.admin, "USER00 ", "", servers.StartRequest{})
			// Who comes late enough may find it running again.
			if err != nil && !strings.Contains(err.Error(), "already running") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	b.wait(s.ID, hub.Ready)
	if _, n := d.snapshot(s.ID); n != 2 {
		t.Errorf("it was started %d times", n)
	}
}

func TestAClassIsLookedAtBeforeItIsStarted(t *testing.T) {
	b, d := newBench(t, 4), newFakeDriver(t)
	b.hub(d, rarely)
	killed := b.wait(b.start("user00").ID, hub.Ready)
	b.wait(b.start("user01").ID, hub.Ready)
	d.die(killed.ID, "It was killed.")
	results, err := b.app.BulkStart(t.Context(), &b.admin, people.ServersRequest{Rows: []servers.ServerRow{
		{Username: "user00"}, {Username: "user01"}, {Username: "user02"}, {Username: "nobody"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, x := range results {
		got[x.Username] = string(x.Status)
	}
	want := map[string]string{"user00": "started", "user01": "running", "user02": "started", "nobody": "not_found"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Where another host has the server, that one looks.
func TestAServerThatWasKilledElsewhereStartsAtOnce(t *testing.T) {
	b, d, other := newBench(t, 2), newFakeDriver(t), newFakeDriver(t)
	b.hub(d, rarely)
	s := b.wait(b.start("user00").ID, hub.Ready)
	alive := b.wait(b.start("user01").ID, hub.Ready)
	other.node = "another"
	b.hub(other, rarely) // which is asked from now on
	d.die(s.ID, "It was killed.")
	b.start("user00")
	b.wait(s.ID, hub.Ready)
	if _, err := b.app.StartServer(t.Context(), &b.admin, "user01", "", servers.StartRequest{}); !hub.Is(err, hub.Invalid) {
		t.Errorf("the one that runs: %v", err)
	}
	if got := b.read(alive.ID); got.Fence != alive.Fence {
		t.Error("the one that runs was started anew")
	}
}

// A look that fails, or a hub that ends, does not hold anybody up for ever; and nobody
// looks at what is not running.
func TestLooksEnd(t *testing.T) {
	b, d := newBench(t, 1), newFakeDriver(t)
	stop := b.hub(d, rarely)
	s := b.wait(b.start("user00").ID, hub.Ready)
	d.tell(func() { d.blind = func(int64) error { return hub.Errorf(hub.Unavailable, "blind") } })
	if _, err := b.app.StartServer(t.Context(), &b.admin, "user00", "", servers.StartRequest{}); !hub.Is(err, hub.Invalid) {
		t.Errorf("a server that cannot be looked at: %v", err)
	}
	d.tell(func() { d.blind = nil })
	b.stop("user00")
	b.wait(s.ID, hub.Stopped)
	var before, after int
	d.tell(func() { before = d.looks })
	b.app.LookFirst(t.Context(), &b.admin, servers.ServerRow{Username: "user00"}, servers.ServerRow{Username: "nobody"}, servers.ServerRow{})
	d.tell(func() { after = d.looks })
	if after != before {
		t.Errorf("it was looked at %d times while it was stopped", after-before)
	}
	stop()
}

package reconcile_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/reconcile"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// watchingDriver is a fakeDriver that tells of the ends of some servers.
type watchingDriver struct {
	*fakeDriver

	mu      sync.Mutex
	watches map[int64]bool
	seen    map[int64]int // looks at each server
	tells   spawn.Listener
}

func newWatchingDriver(t *testing.T) *watchingDriver {
	t.Helper()
	return &watchingDriver{fakeDriver: newFakeDriver(t), watches: map[int64]bool{}, seen: map[int64]int{}}
}

func (d *watchingDriver) Notify(l spawn.Listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tells = l
}

func (d *watchingDriver) Inspect(ctx context.Context, id int64) (spawn.Status, error) {
	st, err := d.fakeDriver.Inspect(ctx, id)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[id]++
	st.Watched = d.watches[id]
	return st, err
}

func (d *watchingDriver) looksAt(id int64) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen[id]
}

// A driver that tells of an end need not be asked.
func TestAnEndIsSeenWhenTheDriverTellsOfIt(t *testing.T) {
	b, d := newBench(t, 1), newWatchingDriver(t)
	b.hub(d, func(o *reconcile.Options) { o.Poll = time.Hour })
	s := b.wait(b.start("user00").ID, hub.Ready)
	d.die(s.ID, "It ended with status 3.")
	d.tells.Ended(s.ID)
	if got := b.wait(s.ID, hub.Failed); got.Failure != "It ended with status 3." {
		t.Errorf("it says %q", got.Failure)
	}
}

// While servers whose end will be told just run, they are looked at less often than others.
func TestWatchedServersAreLookedAtLessOften(t *testing.T) {
	b, d := newBench(t, 2), newWatchingDriver(t)
	b.hub(d, func(o *reconcile.Options) { o.Poll, o.WatchedPoll = time.Millisecond, time.Hour })
	watched, other := b.start("user00"), b.start("user01")
	d.mu.Lock()
	d.watches[watched.ID] = true
	d.mu.Unlock()
	b.wait(watched.ID, hub.Ready)
	b.wait(other.ID, hub.Ready)
	until := func(n int) {
		t.Helper()
		from := d.looksAt(other.ID)
		spawntest.Until(t, "the other server is looked at", func() bool { return d.looksAt(other.ID) >= from+n })
	}
	until(3) // the hub has learnt by then which is watched
	before := d.looksAt(watched.ID)
	until(3)
	if n := d.looksAt(watched.ID) - before; n > 0 {
		t.Errorf("a watched server was looked at %d times meanwhile", n)
	}
}

// Servers whose end nobody will tell are looked at at their turn while nothing else happens.
func TestServersAreLookedAtWhileNothingChanges(t *testing.T) {
	b, d := newBench(t, 1), newWatchingDriver(t)
	b.quiet = true
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	from := d.looksAt(s.ID)
	eventually(t, "it is looked at again and again", func() bool { return d.looksAt(s.ID) >= from+4 })
}

// A server that could not be looked at is looked at again while nothing else happens.
func TestAFailedLookIsTriedAgainWhileNothingChanges(t *testing.T) {
	b, d := newBench(t, 1), newWatchingDriver(t)
	b.quiet = true
	b.hub(d, nil)
	s := b.wait(b.start("user00").ID, hub.Ready)
	d.tell(func() { d.blind = func(int64) error { return hub.Errorf(hub.Unavailable, "blind") } })
	from := d.looksAt(s.ID)
	eventually(t, "it is tried again", func() bool { return d.looksAt(s.ID) >= from+3 })
}

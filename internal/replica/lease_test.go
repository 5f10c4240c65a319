package replica_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/replica"
)

// database is one in memory that keeps leases, and can be slow or away.
type database struct {
	data.Store // nothing else is called

	mu     sync.Mutex
	leases map[string]hub.Replica
	after  time.Duration // until the answer is there
	away   bool
	asked  int
}

func newDatabase() *database {
	return &database{leases: map[string]hub.Replica{}}
}

func (d *database) with(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

// until is the end of somebody's lease.
func (d *database) until(id string) (at time.Time) {
	d.with(func() { at = d.leases[id].LeaseUntil })
	return at
}

func (d *database) Update(_ context.Context, fn func(data.Tx) error) error {
	return fn(transaction{db: d})
}
func (d *database) View(_ context.Context, fn func(data.Tx) error) error {
	return fn(transaction{db: d})
}

type transaction struct {
	data.Tx
	db *database
}

func (transaction) Now() time.Time { return time.Now() }

func (t transaction) ListReplicas(context.Context) (list []hub.Replica, err error) {
	t.db.with(func() {
		for _, r := range t.db.leases {
			r.Alive = r.LeaseUntil.After(time.Now())
			list = append(list, r)
		}
	})
	return list, nil
}

func (t transaction) DeleteReplicas(_ context.Context, node string, _ time.Time) error {
	t.db.with(func() {
		maps.DeleteFunc(t.db.leases, func(_ string, r hub.Replica) bool { return r.Node == node && node != "" })
	})
	return nil
}

func (t transaction) EndLease(_ context.Context, id string) error {
	t.db.with(func() {
		r := t.db.leases[id]
		r.LeaseUntil = time.Now()
		t.db.leases[id] = r
	})
	return nil
}

func (d *database) RenewLease(ctx context.Context, r hub.Replica, lease time.Duration) (list []hub.Replica, err error) {
	var away bool
	var after time.Duration
	d.with(func() {
		d.asked++
		away, after = d.away, d.after
		if !away {
			r.LeaseUntil = time.Now().Add(lease)
			d.leases[r.ID] = r
		}
	})
	if away {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	time.Sleep(after)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, other := range d.leases {
		other.Alive = other.LeaseUntil.After(time.Now())
		list = append(list, other)
	}
	return list, ctx.Err()
}

// made is a replica on the node that has not joined.
func made(d *database, node string) *replica.Lease {
	return replica.New(replica.Options{Store: d, Node: node, Lease: 4 * time.Second, Logger: slog.New(slog.DiscardHandler)})
}

// joined runs a replica in the bubble of a test until it ends.
func joined(t *testing.T, d *database) *replica.Lease {
	t.Helper()
	return joinedOn(t, d, "")
}

func joinedOn(t *testing.T, d *database, node string) *replica.Lease {
	t.Helper()
	l := made(d, node)
	if err := l.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { defer close(done); l.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

func held(l *replica.Lease) bool {
	term, held := l.Term()
	return held && term.Err() == nil
}

// A replica that renews its lease holds it all the time, in one term.
func TestLeaseIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := joined(t, newDatabase())
		first, _ := l.Term()
		time.Sleep(time.Hour)
		if term, ok := l.Term(); !ok || term != first || first.Err() != nil {
			t.Errorf("after an hour: held %v, the same term %v, %v", ok, term == first, first.Err())
		}
	})
}

// It stops acting before the others may act, by its own count from before its last renewal
// was sent, and acts again once it can renew.
func TestNobodyActsOnALeaseThatRanOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		l := joined(t, d)
		time.Sleep(1500 * time.Millisecond) // the last renewal was half a second ago
		term, _ := l.Term()
		d.with(func() { d.away = true })
		time.Sleep(2400 * time.Millisecond)
		if !held(l) {
			t.Error("the lease is over before its time")
		}
		time.Sleep(200 * time.Millisecond)
		until := d.until(l.ID())
		if held(l) || term.Err() == nil {
			t.Errorf("it holds %v before others may act: %v, its steps %v", time.Until(until), held(l), term.Err())
		}
		if left := time.Until(until); left <= 0 {
			t.Fatalf("the test looked too late: %v", left)
		}
		time.Sleep(time.Minute)
		if held(l) {
			t.Error("it holds without a renewal")
		}
		d.with(func() { d.away = false })
		time.Sleep(3 * time.Second)
		if again, ok := l.Term(); !ok || again == term || again.Err() != nil || term.Err() == nil {
			t.Errorf("once it can be renewed again: held %v, another term %v", ok, again != term)
		}
	})
}

// An answer that took long is worth less: the time counts from before it was asked for.
func TestSlowAnswersAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		l := joined(t, d)
		d.with(func() { d.after = 1200 * time.Millisecond })
		time.Sleep(10 * time.Second)
		d.with(func() { d.away = true }) // the last answer was a slow one
		for held(l) {
			if left := time.Until(d.until(l.ID())); left < time.Second {
				t.Fatalf("it acts with %v left", left)
			}
			time.Sleep(17 * time.Millisecond)
		}
	})
}

// Another replica lives while its lease holds, and while it was renewed a moment ago: a clock
// that was set makes nobody dead. What could not be seen says nothing.
func TestWhoLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		l := joined(t, d)
		other := hub.Replica{ID: "other", Node: "n"}
		renew := func() {
			if _, err := d.RenewLease(t.Context(), other, 4*time.Second); err != nil {
				t.Error(err)
			}
		}
		gone := make(chan time.Time, 1)
		l.OnGone(func() { gone <- time.Now() })
		renew()
		until := d.until("other")
		time.Sleep(3 * time.Second)
		if !l.Lives("other") || !l.NodeLives("n") || l.NodeLives("m") || l.Lives("nobody") || l.Lives("") {
			t.Error("it lives, as its node does, and nobody else")
		}
		time.Sleep(3 * time.Second)
		if l.Lives("other") || l.NodeLives("n") {
			t.Error("its lease is over, and it is taken for alive")
		}
		if at := <-gone; at.Before(until) || at.Sub(until) > 100*time.Millisecond {
			t.Errorf("its lease was over at %v, which was noticed at %v", until, at)
		}
		l.OnGone(func() {})
		renew()
		time.Sleep(1100 * time.Millisecond)
		d.with(func() { // the database's clock was set
			r := d.leases["other"]
			r.LeaseUntil = r.LeaseUntil.Add(-time.Hour)
			d.leases["other"] = r
		})
		time.Sleep(1100 * time.Millisecond)
		if !l.Lives("other") {
			t.Error("a clock that was set has made it dead")
		}

		renew()
		time.Sleep(2 * time.Second)
		d.with(func() { d.away = true })
		time.Sleep(time.Minute)
		d.with(func() { d.away = false })
		for range 100 {
			if time.Sleep(20 * time.Millisecond); held(l) {
				break
			}
		}
		if !l.Lives("other") {
			t.Error("who could not be seen for a minute is dead at the first look")
		}
	})
}

// A replica that leaves acts no more.
func TestLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := joined(t, newDatabase())
		term, _ := l.Term()
		if err := l.Leave(t.Context()); err != nil || held(l) || !errors.Is(term.Err(), context.Canceled) {
			t.Errorf("%v, held %v, its steps: %v", err, held(l), term.Err())
		}
	})
}

// Where nobody else can have the database, the lease costs a row a minute.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		l := replica.New(replica.Options{Store: d, Alone: true, Logger: slog.New(slog.DiscardHandler)})
		if err := l.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go l.Run(ctx)
		time.Sleep(time.Hour + time.Second)
		asked := 0
		d.with(func() { asked = d.asked })
		if asked != 61 || !held(l) {
			t.Errorf("%d renewals in an hour, held %v", asked, held(l))
		}
	})
}

// A hub on a copy of a data directory takes nothing from the one that lives: it does not start,
// and says what to do.
func TestACopiedDataDirectoryIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		living := joinedOn(t, d, "n")
		joinedOn(t, d, "another node")
		time.Sleep(time.Minute)
		err := made(d, "n").Join(t.Context())
		if !hub.Is(err, hub.Conflict) || !strings.Contains(err.Error(), "Delete the file node-id") {
			t.Errorf("it says %v", err)
		}
		if d.until(living.ID()).IsZero() || !held(living) {
			t.Error("the hub that lives has lost its row")
		}
	})
}

// A hub that follows one that was killed takes its row away after two seconds, and one that
// follows a hub that left does so at once.
func TestAHubFollowsItsFormerOneSoon(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := newDatabase()
			former := made(d, "n")
			if err := former.Join(t.Context()); err != nil {
				t.Fatal(err)
			}
			most := 2 * time.Second
			if leaves {
				most = 0
				if err := former.Leave(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			next := made(d, "n")
			if err := next.Join(t.Context()); err != nil || time.Since(began) > most {
				t.Errorf("left %v: %v, after %v", leaves, err, time.Since(began))
			}
			if !held(next) || !d.until(former.ID()).IsZero() {
				t.Errorf("left %v: held %v, the former one's row ends %v", leaves, held(next), d.until(former.ID()))
			}
			former.Leave(t.Context()) //nolint:errcheck // for the timer alone
		})
	}
}

// It is refused before it joins, when it has written nothing, and also where the other one began
// after that look.
func TestACopiedDataDirectoryIsRefusedAtTheLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		late := made(d, "n")
		if err := late.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		living := joinedOn(t, d, "n")
		if err := late.Join(t.Context()); !hub.Is(err, hub.Conflict) {
			t.Errorf("it joins beside one that began meanwhile: %v", err)
		}
		copied := made(d, "n")
		if err := copied.Look(t.Context()); !hub.Is(err, hub.Conflict) {
			t.Errorf("it looks and says %v", err)
		}
		rows := 0
		d.with(func() { rows = len(d.leases) })
		if rows != 1 || !held(living) {
			t.Errorf("%d rows, the hub that lives holds its lease: %v", rows, held(living))
		}
	})
}

// Who has made sure that the former hub is dead does not wait for it again.
func TestJoinAfterALookDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		former := made(d, "n")
		if err := former.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer former.Leave(t.Context()) //nolint:errcheck // for the timer alone
		next := made(d, "n")
		if err := next.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := next.Join(t.Context()); err != nil || time.Since(began) > 0 || !held(next) {
			t.Errorf("%v after %v, held %v", err, time.Since(began), held(next))
		}
	})
}

// Who starts a hub and ends it at once does not wait for a look at the former one.
func TestJoinEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase()
		joinedOn(t, d, "n")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		if err := made(d, "n").Join(ctx); !errors.Is(err, context.Canceled) || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

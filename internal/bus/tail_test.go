package bus

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// table is a table of changes as PostgreSQL has it: what a transaction noted can be seen once
// it is committed, and only what is older than all open transactions is complete.
type table struct {
	mu     sync.Mutex
	away   bool
	origin string
	nextTx int64
	lastID int64
	oldest data.Position
	open   map[int64][]data.Noted
	rows   []data.Noted
}

func newTable(origin string) *table {
	return &table{origin: origin, nextTx: 1, open: map[int64][]data.Noted{}}
}

func (l *table) begin() (tx int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tx = l.nextTx
	l.nextTx++
	l.open[tx] = nil
	return tx
}

func (l *table) note(tx int64, origin string, changes ...data.Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range changes {
		l.lastID++
		l.open[tx] = append(l.open[tx], data.Noted{Position: data.Position{Tx: tx, ID: l.lastID}, Origin: origin, Change: c})
	}
}

func (l *table) commit(tx int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, l.open[tx]...)
	delete(l.open, tx)
	slices.SortFunc(l.rows, func(a, b data.Noted) int {
		return cmp.Or(cmp.Compare(a.Tx, b.Tx), cmp.Compare(a.Position.ID, b.Position.ID))
	})
}

// write notes changes in a transaction of their own.
func (l *table) write(origin string, changes ...data.Change) {
	tx := l.begin()
	l.note(tx, origin, changes...)
	l.commit(tx)
}

func (l *table) xmin() int64 {
	least := l.nextTx
	for tx := range l.open {
		least = min(least, tx)
	}
	return least
}

func (l *table) Origin() string { return l.origin }

func (l *table) View(_ context.Context, fn func(data.Tx) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		return errors.New("away")
	}
	return fn(tableTx{table: l})
}

type tableTx struct {
	data.Tx
	table *table
}

func (t tableTx) ChangePosition(context.Context) (data.Position, error) {
	return data.Position{Tx: t.table.xmin()}, nil
}

func (t tableTx) ChangesSince(_ context.Context, after data.Position, limit int) (list []data.Noted, err error) {
	precedes := func(a, b data.Position) bool { return a.Tx < b.Tx || a.Tx == b.Tx && a.ID < b.ID }
	if precedes(after, t.table.oldest) {
		return nil, hub.Errorf(hub.NotFound, "pruned")
	}
	for _, n := range t.table.rows {
		if precedes(after, n.Position) && n.Tx < t.table.xmin() && len(list) < limit {
			list = append(list, n)
		}
	}
	return list, nil
}

func (t tableTx) ChangesAhead(_ context.Context, after int64, limit int) (list []data.Noted, err error) {
	for _, n := range t.table.rows {
		if n.Position.ID > after && n.Tx >= t.table.xmin() {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b data.Noted) int { return cmp.Compare(a.Position.ID, b.Position.ID) })
	return list[:min(limit, len(list))], nil
}

// reader is a tail whose deliveries are kept.
func reader(t interface {
	Context() context.Context
	Fatal(args ...any)
}, l *table,
) (*tail, *record) {
	r := &record{}
	tl, err := newTail(t.Context(), l, func(_ context.Context, changes []data.Change) { r.add(changes) }, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return tl, r
}

func TestTailReadsWhatOthersNoted(t *testing.T) {
	l := newTable("me")
	l.write("other", user(1)) // before anything was read of the database
	tl, r := reader(t, l)
	for _, c := range people(2, 2+3*pageSize) {
		l.write("other", c)
		l.write("me", data.Change{Kind: data.ServerChanged, ID: c.ID})
	}
	if err := tl.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(people(2, 2+3*pageSize), r.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A commit whose end nobody knew is read as if another process had made it.
func TestTailReadsWhatMayHaveBeenCommittedHere(t *testing.T) {
	l := newTable("me")
	tl, r := reader(t, l)
	tx := l.begin()
	l.note(tx, "me", user(1))
	l.origin = "me from now on" // the connection broke
	l.commit(tx)
	l.write("me from now on", user(2))
	if err := tl.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(people(1, 2), r.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A transaction that got its id first and commits last holds nothing up and is not lost.
func TestTailWaitsForNoLongTransaction(t *testing.T) {
	l := newTable("me")
	tl, r := reader(t, l)
	long := l.begin()
	read := func(what string, want ...data.Change) {
		t.Helper()
		r.got = nil
		if err := tl.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, r.all()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	l.write("other", user(1))
	read("while it is open", user(1))
	read("again")
	late := l.begin()
	l.note(late, "other", user(2)) // has its id before the next
	l.write("other", user(3))
	read("another", user(3))
	l.commit(late)
	read("one with a lower id that came later", user(2))
	if len(tl.early) != 3 || tl.at.Tx > long {
		t.Errorf("%d are known to have been delivered, up to %s", len(tl.early), tl.at)
	}
	l.note(long, "other", user(4))
	l.commit(long)
	read("the long one", user(4))
	if len(tl.early) != 0 {
		t.Errorf("%d of those that are complete are kept in mind", len(tl.early))
	}
}

// However many changes come while a transaction lasts, none is delivered at each turn; those are
// forgotten that are not read ahead any more.
func TestTailDeliversOnceWhileATransactionLasts(t *testing.T) {
	l := newTable("me")
	tl, r := reader(t, l)
	tl.most = 10
	var now time.Duration
	tl.elapsed = func() time.Duration { return now }
	want := people(1, 12)
	l.begin() // and lasts
	tx := l.begin()
	l.note(tx, "other", want...)
	l.commit(tx)
	for now = 0; now <= 2*commitTime; now += commitTime / 2 {
		if err := tl.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, r.all()); diff != "" {
			t.Fatalf("after %v (-want +got):\n%s", now, diff)
		}
	}
	if len(tl.early) > 0 {
		t.Errorf("%d ids are kept in mind below the floor", len(tl.early))
	}
}

// Whatever the order in which transactions begin, note and commit, and whenever it is read:
// all that is committed is delivered at once, and once.
func TestTailModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newTable("me")
		tl, r := reader(t, l)
		var open []int64
		var committed, id int64
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) { open = append(open, l.begin()) },
			"note": func(t *rapid.T) {
				if len(open) > 0 {
					id++
					l.note(rapid.SampledFrom(open).Draw(t, "tx"), "other", user(id))
				}
			},
			"commit": func(t *rapid.T) {
				if len(open) > 0 {
					i := rapid.IntRange(0, len(open)-1).Draw(t, "tx")
					committed += int64(len(l.open[open[i]]))
					l.commit(open[i])
					open = slices.Delete(open, i, i+1)
				}
			},
			"read": func(t *rapid.T) {
				if err := tl.read(context.Background()); err != nil {
					t.Fatal(err)
				}
				got := r.all()
				slices.SortFunc(got, func(a, b data.Change) int { return cmp.Compare(a.ID, b.ID) })
				if int64(len(got)) != committed || len(slices.Compact(got)) != len(got) {
					t.Fatalf("%d delivered of %d", len(got), committed)
				}
			},
		})
	})
}

func TestTailBeginsAnewWhereChangesAreGone(t *testing.T) {
	l := newTable("me")
	tl, r := reader(t, l)
	l.write("other", people(1, 5)...)
	l.oldest = data.Position{Tx: 9}
	l.nextTx = 10
	if err := tl.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.write("other", user(6))
	if err := tl.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]data.Change{resync, user(6)}, r.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Without a notification, and with a database that was away, it goes on from where it was.
func TestTailGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTable("me")
		tl, r := reader(t, l)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go tl.run(ctx, make(chan struct{}))
		synctest.Wait()
		l.mu.Lock()
		l.away = true
		l.mu.Unlock()
		l.write("other", user(1))
		waitFor(t, "some turns", func() bool { return tl.elapsed() > 5*pollEvery })
		l.mu.Lock()
		l.away = false
		l.mu.Unlock()
		l.write("other", user(2))
		waitFor(t, "both", func() bool { return len(r.all()) == 2 })
		cancel()
		synctest.Wait()
	})
}

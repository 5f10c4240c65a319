package bus

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/data"
)

var (
	_ data.Bus = (*Bus)(nil)
	_ data.Bus = (*Postgres)(nil)
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func user(id int64) data.Change { return data.Change{Kind: data.UserChanged, ID: id, UserID: id} }

// record keeps what a subscriber gets.
type record struct {
	mu  sync.Mutex
	got []data.Change
}

func (r *record) add(changes []data.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, changes...)
}

func (r *record) all() []data.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func TestEverybodyGetsEverythingInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		b.Publish(t.Context(), user(1)) // before anybody listens
		var one, two record
		b.Subscribe(t.Context(), "one", one.add)
		b.Subscribe(t.Context(), "two", two.add)
		b.Publish(t.Context(), user(2), user(3))
		b.Publish(t.Context())
		b.Publish(t.Context(), user(4))
		synctest.Wait()
		want := []data.Change{user(2), user(3), user(4)}
		for name, r := range map[string]*record{"one": &one, "two": &two} {
			if diff := cmp.Diff(want, r.all()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		b.Close()
		b.Wait()
	})
}

func people(from, to int64) (changes []data.Change) {
	for id := from; id < to; id++ {
		changes = append(changes, user(id))
	}
	return changes
}

func TestWhoFallsBehindBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		var slow, quick record
		gate := make(chan struct{})
		b.Subscribe(t.Context(), "slow", func(c []data.Change) { <-gate; slow.add(c) })
		b.Subscribe(t.Context(), "quick", quick.add)
		b.Publish(t.Context(), user(0))
		synctest.Wait() // slow has taken it, and holds it
		b.Publish(t.Context(), people(1, capacity+1)...)
		synctest.Wait()
		b.Publish(t.Context(), people(capacity+1, capacity+3)...)
		close(gate)
		synctest.Wait()
		want := []data.Change{user(0), {Kind: data.Resync}, user(capacity + 1), user(capacity + 2)}
		if diff := cmp.Diff(want, slow.all()); diff != "" {
			t.Errorf("slow (-want +got):\n%s", diff)
		}
		if n := len(quick.all()); n != capacity+3 {
			t.Errorf("quick got %d changes, want %d", n, capacity+3)
		}
		b.Close()
		b.Wait()
	})
}

// A bulk of ten thousand people makes nobody begin anew, and is one call for whoever is busy.
func TestABulkIsOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		var batches []int
		gate := make(chan struct{})
		b.Subscribe(t.Context(), "one", func(c []data.Change) { batches = append(batches, len(c)); <-gate })
		b.Publish(t.Context(), user(1))
		synctest.Wait()
		for range 3 { // of which equal ones count once
			b.Publish(t.Context(), people(1, 10_001)...)
		}
		close(gate)
		synctest.Wait()
		if diff := cmp.Diff([]int{1, 10_000}, batches); diff != "" {
			t.Errorf("batches (-want +got):\n%s", diff)
		}
		b.Close()
		b.Wait()
	})
}

func TestSubscriptionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		ctx, cancel := context.WithCancel(t.Context())
		var ended, stays, late record
		b.Subscribe(ctx, "ended", ended.add)
		b.Subscribe(t.Context(), "stays", stays.add)
		b.Publish(t.Context(), user(1))
		synctest.Wait()
		cancel()
		b.Subscribe(ctx, "with a context that has ended", late.add)
		synctest.Wait()
		if n := len(b.subscribers); n != 1 {
			t.Errorf("%d subscribers are kept, want 1", n)
		}
		b.Publish(ctx, user(2)) // what changed has changed
		synctest.Wait()
		b.Close()
		b.Wait()
		b.Subscribe(t.Context(), "after the end", late.add)
		b.Publish(t.Context(), user(3))
		synctest.Wait()
		got := [][]data.Change{ended.all(), stays.all(), late.all()}
		want := [][]data.Change{{user(1)}, {user(1), user(2)}, nil}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ended, stays, late (-want +got):\n%s", diff)
		}
		if n := len(b.subscribers); n != 0 {
			t.Errorf("%d subscribers are kept at the end", n)
		}
	})
}

func TestSubscriberMayPublishAndSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		var inner record
		b.Subscribe(t.Context(), "outer", func(changes []data.Change) {
			if changes[0].ID == 1 {
				b.Subscribe(t.Context(), "inner", inner.add)
				b.Publish(t.Context(), user(2))
			}
		})
		b.Publish(t.Context(), user(1))
		synctest.Wait()
		if diff := cmp.Diff([]data.Change{user(2)}, inner.all()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		b.Close()
		b.Wait()
	})
}

// Several publish at once: all subscribers see one order, in which each publisher's
// changes stand in theirs.
func TestOneOrderForAll(t *testing.T) {
	b := New(quiet())
	var a, z record
	b.Subscribe(t.Context(), "a", a.add)
	b.Subscribe(t.Context(), "z", z.add)
	const publishers, each = 8, 100
	var wg sync.WaitGroup
	for p := range int64(publishers) {
		wg.Go(func() {
			for i := range int64(each) {
				b.Publish(t.Context(), data.Change{Kind: data.ServerChanged, ID: i, UserID: p})
			}
		})
	}
	wg.Wait()
	waitFor(t, "all changes", func() bool { return len(a.all())+len(z.all()) == 2*publishers*each })
	if diff := cmp.Diff(a.all(), z.all()); diff != "" {
		t.Errorf("two orders:\n%s", diff)
	}
	next := map[int64]int64{}
	for _, c := range a.all() {
		if c.ID != next[c.UserID] {
			t.Fatalf("publisher %d: change %d comes where %d should", c.UserID, c.ID, next[c.UserID])
		}
		next[c.UserID]++
	}
	b.Close()
	b.Wait()
}

// A queue is a list without doubles that collapses into a Resync when it is full.
func TestQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 20
		q := newQueue(most)
		var model []data.Change
		var id int64
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				n := rapid.IntRange(0, most+5).Draw(t, "n")
				id -= rapid.Int64Range(0, min(id, 3)).Draw(t, "again")
				changes := people(id, id+int64(n))
				id += int64(n)
				want := 0
				for _, c := range changes {
					if slices.Contains(model, c) {
						continue
					}
					if len(model) == most {
						want, model = want+most, []data.Change{{Kind: data.Resync}}
					}
					model = append(model, c)
				}
				if lost := q.push(changes...); lost != want {
					t.Fatalf("push lost %d, want %d", lost, want)
				}
			},
			"take": func(t *rapid.T) {
				if got := q.all(); !slices.Equal(got, model) {
					t.Fatalf("all = %d changes, want %d", len(got), len(model))
				}
				model = nil
			},
			"": func(t *rapid.T) {
				if len(q.changes) != len(model) || len(q.waiting) != len(model) {
					t.Fatalf("%d changes, %d of them known, want %d", len(q.changes), len(q.waiting), len(model))
				}
			},
		})
	})
}

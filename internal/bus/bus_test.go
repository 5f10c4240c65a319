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

func (r *record) add(c data.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, c)
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

func TestWhoFallsBehindBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		var slow, quick record
		gate := make(chan struct{})
		b.Subscribe(t.Context(), "slow", func(c data.Change) { <-gate; slow.add(c) })
		b.Subscribe(t.Context(), "quick", quick.add)
		b.Publish(t.Context(), user(0))
		synctest.Wait() // slow has taken it, and holds it
		for i := range int64(capacity + 10) {
			b.Publish(t.Context(), user(i+1))
			synctest.Wait()
		}
		close(gate)
		synctest.Wait()
		want := []data.Change{user(0), {Kind: data.Resync}}
		for i := range int64(9) {
			want = append(want, user(capacity+2+i))
		}
		if diff := cmp.Diff(want, slow.all()); diff != "" {
			t.Errorf("slow (-want +got):\n%s", diff)
		}
		if n := len(quick.all()); n != capacity+11 {
			t.Errorf("quick got %d changes, want %d", n, capacity+11)
		}
		b.Close()
		b.Wait()
	})
}

func TestMoreThanTheQueueAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(quiet())
		var r record
		b.Subscribe(t.Context(), "one", r.add)
		b.Publish(t.Context(), make([]data.Change, capacity+1)...)
		synctest.Wait()
		if diff := cmp.Diff([]data.Change{{Kind: data.Resync}}, r.all()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
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
		b.Subscribe(t.Context(), "outer", func(c data.Change) {
			if c.ID == 1 {
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

// A queue is a list that collapses into a Resync when it is full.
func TestQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue()
		var model []data.Change
		var id int64
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				n := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(capacity-5, capacity+5)).Draw(t, "n")
				changes := make([]data.Change, n)
				for i := range changes {
					id++
					changes[i] = user(id)
				}
				lost := q.push(changes...)
				want := 0
				if len(model)+n > capacity {
					want = len(model) + n
					model = []data.Change{{Kind: data.Resync}}
				} else {
					model = append(model, changes...)
				}
				if lost != want {
					t.Fatalf("push lost %d, want %d", lost, want)
				}
			},
			"pop": func(t *rapid.T) {
				c, ok := q.pop()
				if ok != (len(model) > 0) || ok && c != model[0] {
					t.Fatalf("pop = %v, %v", c, ok)
				}
				model = model[min(1, len(model)):]
			},
			"take all and put back": func(*rapid.T) { q.putBack(q.all()) },
			"": func(t *rapid.T) {
				if len(q.changes) != len(model) {
					t.Fatalf("%d changes, want %d", len(q.changes), len(model))
				}
			},
		})
	})
}

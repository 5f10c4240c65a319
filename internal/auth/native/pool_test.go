package native

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// queue lets work of the class wait in p, and appends its letter to order when it
// has its turn.
func queue(t *testing.T, p *pool, c class, order *strings.Builder) {
	t.Helper()
	go func() {
		if err := p.acquire(context.Background(), c); err != nil {
			t.Error(err)
			return
		}
		order.WriteByte("lb"[c])
		p.release()
	}()
	synctest.Wait()
}

func TestPoolLetsLoginsGoAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 100)
		if err := p.acquire(t.Context(), bulkWork); err != nil {
			t.Fatal(err)
		}
		var order strings.Builder
		for range 3 {
			queue(t, p, bulkWork, &order)
		}
		for range 20 {
			queue(t, p, loginWork, &order)
		}
		p.release()
		synctest.Wait()
		want := strings.Repeat("l", bulkShare) + "b" + "llll" + "bb"
		if order.String() != want {
			t.Errorf("order %s, want %s", order.String(), want)
		}
		if p.free != 1 {
			t.Errorf("%d slots are free, want 1", p.free)
		}
	})
}

func TestPoolCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, 1)
		if err := p.acquire(t.Context(), loginWork); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		given := make(chan error)
		go func() { given <- p.acquire(ctx, loginWork) }()
		synctest.Wait()
		if err := p.acquire(t.Context(), loginWork); !errors.Is(err, errQueueFull) {
			t.Errorf("a login beyond the queue: %v", err)
		}
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			t.Errorf("the login that gave up: %v", err)
		}
		p.release()
		if p.free != 1 || p.waiting[loginWork].Len() != 0 {
			t.Errorf("%d free, %d waiting at the end", p.free, p.waiting[loginWork].Len())
		}
	})
}

// However work comes, gives up and ends, no more than the slots run at once and
// all slots are free afterwards.
func TestPoolNeverLosesASlot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		slots := rapid.IntRange(1, 4).Draw(rt, "slots")
		work := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 40).Draw(rt, "work")
		p := newPool(slots, 10)
		var running, most atomic.Int64
		done := make(chan struct{})
		for _, w := range work {
			go func() {
				defer func() { done <- struct{}{} }()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if w >= 4 { // races with its turn
					go cancel()
				}
				if p.acquire(ctx, class(w%2)) != nil {
					return
				}
				most.Store(max(most.Load(), running.Add(1)))
				running.Add(-1)
				p.release()
			}()
		}
		for range work {
			<-done
		}
		if p.free != slots || p.waiting[loginWork].Len()+p.waiting[bulkWork].Len() != 0 {
			rt.Fatalf("%d of %d slots are free, %d + %d wait", p.free, slots, p.waiting[loginWork].Len(), p.waiting[bulkWork].Len())
		}
		if most.Load() > int64(slots) {
			rt.Fatalf("%d ran at once on %d slots", most.Load(), slots)
		}
	})
}

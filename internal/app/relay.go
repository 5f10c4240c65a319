package app

import (
	"context"
	"sync/atomic"

	"github.com/atriumhub/atrium/internal/data"
)

// Relay is the bus that the store publishes to. It tells the App first, in the
// publisher's own goroutine, and then everybody else through Next.
type Relay struct {
	Next data.Bus
	fn   atomic.Pointer[func([]data.Change)]
}

func (r *Relay) first(fn func([]data.Change)) { r.fn.Store(&fn) }

// Publish implements Bus.
func (r *Relay) Publish(ctx context.Context, changes ...data.Change) {
	r.tell(changes)
	told := make([]data.Change, len(changes))
	for i, c := range changes {
		c.Told = true
		told[i] = c
	}
	r.Next.Publish(ctx, told...)
}

// Subscribe implements Bus.
func (r *Relay) Subscribe(ctx context.Context, name string, fn func(data.Change)) {
	r.Next.Subscribe(ctx, name, fn)
}

// Apply hands on a change that came through Next, where the App was not told of it
// already: one of another replica, or that some were lost.
func (r *Relay) Apply(c data.Change) {
	if !c.Told {
		r.tell([]data.Change{c})
	}
}

func (r *Relay) tell(changes []data.Change) {
	if fn := r.fn.Load(); fn != nil && len(changes) > 0 {
		(*fn)(changes)
	}
}

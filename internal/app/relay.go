package app

import (
	"context"
	"sync/atomic"
)

// Relay is the bus that the store publishes to. It tells the App first, in the
// publisher's own goroutine, and then everybody else through Next.
type Relay struct {
	Next Bus
	fn   atomic.Pointer[func([]Change)]
}

func (r *Relay) first(fn func([]Change)) { r.fn.Store(&fn) }

// Publish implements Bus.
func (r *Relay) Publish(ctx context.Context, changes ...Change) {
	r.tell(changes)
	told := make([]Change, len(changes))
	for i, c := range changes {
		c.Told = true
		told[i] = c
	}
	r.Next.Publish(ctx, told...)
}

// Subscribe implements Bus.
func (r *Relay) Subscribe(ctx context.Context, name string, fn func(Change)) {
	r.Next.Subscribe(ctx, name, fn)
}

// Apply hands on a change that came through Next, where the App was not told of it
// already: one of another replica, or that some were lost.
func (r *Relay) Apply(c Change) {
	if !c.Told {
		r.tell([]Change{c})
	}
}

func (r *Relay) tell(changes []Change) {
	if fn := r.fn.Load(); fn != nil && len(changes) > 0 {
		(*fn)(changes)
	}
}

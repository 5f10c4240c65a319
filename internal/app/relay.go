package app

import (
	"context"
	"sync/atomic"
)

// Relay is the bus that the store publishes to. It tells the App first, in the
// publisher's own goroutine, and then everybody else through Next.
type Relay struct {
	Next Bus
	fn   atomic.Pointer[func(Change)]
}

func (r *Relay) first(fn func(Change)) { r.fn.Store(&fn) }

// Publish implements Bus.
func (r *Relay) Publish(ctx context.Context, changes ...Change) {
	if fn := r.fn.Load(); fn != nil {
		for _, c := range changes {
			(*fn)(c)
		}
	}
	r.Next.Publish(ctx, changes...)
}

// Subscribe implements Bus.
func (r *Relay) Subscribe(ctx context.Context, name string, fn func(Change)) {
	r.Next.Subscribe(ctx, name, fn)
}

// Apply hands on a change that came from elsewhere, another replica say.
func (r *Relay) Apply(c Change) {
	if fn := r.fn.Load(); fn != nil {
		(*fn)(c)
	}
}

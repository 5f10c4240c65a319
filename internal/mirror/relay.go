package mirror

import (
	"context"
	"sync/atomic"

	"github.com/atriumhub/atrium/internal/data"
)

// Relay is the bus that the store publishes to. It first tells what the use cases keep in
// memory (see Before), in the goroutine of whoever made the change, and then everybody else
// through Next.
type Relay struct {
	Next   data.Bus // nil: there is nobody else
	before atomic.Pointer[func([]data.Change)]
}

// Before has fn called with all changes before anybody else is told of them.
func (r *Relay) Before(fn func([]data.Change)) { r.before.Store(&fn) }

// Publish implements Bus.
func (r *Relay) Publish(ctx context.Context, changes ...data.Change) {
	r.Apply(changes...)
	if r.Next != nil {
		r.Next.Publish(ctx, changes...)
	}
}

// Subscribe implements Bus.
func (r *Relay) Subscribe(ctx context.Context, name string, fn func([]data.Change)) {
	r.Next.Subscribe(ctx, name, fn)
}

// Apply tells the function of Before alone, as of what another process changed.
func (r *Relay) Apply(changes ...data.Change) {
	if fn := r.before.Load(); fn != nil && len(changes) > 0 {
		(*fn)(changes)
	}
}

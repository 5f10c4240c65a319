package bus

import (
	"context"
	"log/slog"
	"sync"

	"github.com/atriumhub/atrium/internal/data"
)

// Bus carries changes within the process. It is a data.Bus.
type Bus struct {
	log  *slog.Logger
	done sync.WaitGroup // the subscribers' goroutines

	mu          sync.Mutex
	closed      bool
	subscribers map[*subscriber]struct{}
}

type subscriber struct {
	name   string
	fn     func([]data.Change)
	queue  *queue
	cancel context.CancelFunc
}

// New makes a Bus without subscribers.
func New(log *slog.Logger) *Bus {
	return &Bus{log: log, subscribers: map[*subscriber]struct{}{}}
}

// Publish gives the changes to everybody who has subscribed, and returns at once.
// Changes that several publish at a time come to all subscribers in the same order.
// It also does so when ctx has ended: what changed has changed.
func (b *Bus) Publish(ctx context.Context, changes ...data.Change) {
	if len(changes) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subscribers {
		if lost := s.queue.push(changes...); lost > 0 {
			b.log.WarnContext(ctx, "a subscriber fell behind and must begin anew", "subscriber", s.name, "lost", lost)
		}
	}
}

// Subscribe calls fn with the changes from now on, in order, from a goroutine of
// the bus, until ctx ends or the bus is closed: with all that have come since the call
// before. It returns at once. fn may publish and subscribe. The name is for the log.
func (b *Bus) Subscribe(ctx context.Context, name string, fn func([]data.Change)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &subscriber{name: name, fn: fn, queue: newQueue(capacity), cancel: cancel}
	b.subscribers[s] = struct{}{}
	b.done.Go(func() {
		defer b.remove(s)
		s.run(ctx)
	})
}

func (b *Bus) remove(s *subscriber) {
	s.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.subscribers, s)
}

// Close ends every subscription; what is still queued is not delivered. It does not
// wait for calls that are under way: Wait does.
func (b *Bus) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for s := range b.subscribers {
		s.cancel()
	}
}

// Wait returns when every subscription has ended, and its fn with it. It must not
// be called from a subscriber.
func (b *Bus) Wait() { b.done.Wait() }

func (s *subscriber) run(ctx context.Context) {
	for ctx.Err() == nil {
		if changes := s.queue.all(); len(changes) > 0 {
			s.fn(changes)
			continue
		}
		select {
		case <-s.queue.wake:
		case <-ctx.Done():
		}
	}
}

package bus

import (
	"sync"

	"github.com/atriumhub/atrium/internal/data"
)

// capacity is how many changes wait in a queue.
const capacity = 4096

// queue holds changes for one reader. Writers never wait: when it is full, all
// that it holds is given up for one app.Resync.
type queue struct {
	wake chan struct{} // has room for one: there may be something to read

	mu      sync.Mutex
	changes []data.Change
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push appends changes, and says how many were given up.
func (q *queue) push(changes ...data.Change) (lost int) {
	q.mu.Lock()
	if len(q.changes)+len(changes) > capacity {
		lost = len(q.changes) + len(changes)
		q.changes = append(q.changes[:0], data.Change{Kind: data.Resync})
	} else {
		q.changes = append(q.changes, changes...)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default: // it is told already
	}
	return lost
}

// pop takes the oldest change.
func (q *queue) pop() (data.Change, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.changes) == 0 {
		return data.Change{}, false
	}
	c := q.changes[0]
	q.changes = q.changes[1:]
	if len(q.changes) == 0 {
		q.changes = nil // lets a burst's memory go
	}
	return c, true
}

// all takes every change.
func (q *queue) all() []data.Change {
	q.mu.Lock()
	defer q.mu.Unlock()
	changes := q.changes
	q.changes = nil
	return changes
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.changes) == 0
}

// putBack gives changes back that were taken with all, before those that came since.
func (q *queue) putBack(changes []data.Change) {
	since := q.all()
	q.push(append(changes, since...)...)
}

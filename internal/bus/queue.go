package bus

import (
	"sync"

	"github.com/atriumhub/atrium/internal/data"
)

// capacity is how many different changes wait for a subscriber: those of the largest bulk and all
// that may happen besides.
const capacity = 1 << 16

// queue holds changes for one reader, each once. Writers never wait: when it is full, all
// that it holds is given up for one data.Resync.
type queue struct {
	wake chan struct{} // has room for one: there may be something to read

	most int // changes

	mu      sync.Mutex
	changes []data.Change
	waiting map[data.Change]struct{} // what is in changes
}

func newQueue(most int) *queue {
	return &queue{wake: make(chan struct{}, 1), most: most, waiting: map[data.Change]struct{}{}}
}

// push appends the changes that are not in the queue yet, and says how many were given up.
func (q *queue) push(changes ...data.Change) (lost int) {
	q.mu.Lock()
	for _, c := range changes {
		if _, ok := q.waiting[c]; ok {
			continue
		}
		if len(q.changes) == q.most {
			lost += q.most
			q.changes = append(q.changes[:0], data.Change{Kind: data.Resync})
			clear(q.waiting)
			q.waiting[data.Change{Kind: data.Resync}] = struct{}{}
		}
		q.changes = append(q.changes, c)
		q.waiting[c] = struct{}{}
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default: // it is told already
	}
	return lost
}

// all takes every change, oldest first.
func (q *queue) all() []data.Change {
	q.mu.Lock()
	defer q.mu.Unlock()
	changes := q.changes
	q.changes = nil
	if len(changes) > 0 {
		q.waiting = map[data.Change]struct{}{} // lets a burst's memory go
	}
	return changes
}

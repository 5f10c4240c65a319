package mirror

import (
	"sync"

	"github.com/atriumhub/atrium/internal/data"
)

// Watchers wakes those who wait for a server.
type Watchers struct {
	mu  sync.Mutex
	ids map[int64]map[chan struct{}]struct{}
}

// NewWatchers makes one whom nobody asked yet.
func NewWatchers() *Watchers {
	return &Watchers{ids: map[int64]map[chan struct{}]struct{}{}}
}

// Apply wakes those whose server has changed.
func (w *Watchers) Apply(changes []data.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range changes {
		switch c.Kind {
		case data.ServerChanged:
			wakeAll(w.ids[c.ID])
		case data.Resync:
			for _, waiting := range w.ids {
				wakeAll(waiting)
			}
		case data.UserChanged, data.ServiceChanged, data.GroupChanged, data.HomeChanged, data.ServerDoubted, data.TokenRevoked, data.SessionRevoked:
		}
	}
}

func wakeAll(waiting map[chan struct{}]struct{}) {
	for ch := range waiting {
		select {
		case ch <- struct{}{}:
		default: // it has been woken and hasn't looked yet
		}
	}
}

// Add makes a channel that is written to whenever the server changes, until done is called.
func (w *Watchers) Add(id int64) (wake <-chan struct{}, done func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids[id] == nil {
		w.ids[id] = map[chan struct{}]struct{}{}
	}
	w.ids[id][ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.ids[id], ch)
		if len(w.ids[id]) == 0 {
			delete(w.ids, id)
		}
	}
}

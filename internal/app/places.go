package app

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	placesAge = 500 * time.Millisecond // places in the queue may be this old
	placesMax = 10 * time.Second       // the same where no server has changed since
)

// places is the queue as it was last read, for all who ask: reading it costs a look at
// every live server.
type places struct {
	elapsed hub.Elapsed

	stale atomic.Bool // some server has changed since

	mu   sync.Mutex // held while it is read: whoever else asks waits for the answer
	by   map[int64]int
	read time.Duration
}

func (p *places) apply(changes []data.Change) {
	if slices.ContainsFunc(changes, func(c data.Change) bool { return c.Kind == data.ServerChanged || c.Kind == data.Resync }) {
		p.stale.Store(true)
	}
}

func (p *places) good(need []int64) bool {
	if p.by == nil {
		return false
	}
	for _, id := range need {
		if p.by[id] == 0 {
			return false // it was queued after that
		}
	}
	age := p.elapsed() - p.read
	return age < placesAge || age < placesMax && !p.stale.Load()
}

// QueuePlace is the place of each waiting server in the queue, from 1, by its id: as it
// was within the last half second, and with those that are needed where they wait.
func (a *App) QueuePlace(ctx context.Context, need ...int64) (map[int64]int, error) {
	p := &a.places
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.good(need) {
		return p.by, nil
	}
	p.stale.Store(false)
	live, err := a.LiveServers(ctx)
	if err != nil {
		p.by = nil
		return nil, err
	}
	by := map[int64]int{}
	for i, s := range Queue(live) {
		by[s.ID] = i + 1
	}
	p.by, p.read = by, p.elapsed()
	return by, nil
}

package mirror

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	placesAge = 500 * time.Millisecond // places in the queue may be this old
	placesMax = 10 * time.Second       // the same where no server has changed since
)

// QueuePlaces is the queue as it was last read, for all who ask: reading it costs a look at
// every live server.
type QueuePlaces struct {
	store   data.Store
	elapsed hub.Elapsed

	stale atomic.Bool // some server has changed since

	mu   sync.Mutex // held while it is read: whoever else asks waits for the answer
	by   map[int64]int
	read time.Duration
}

// NewQueuePlaces has read nothing yet.
func NewQueuePlaces(store data.Store) *QueuePlaces {
	return &QueuePlaces{store: store, elapsed: hub.NewElapsed()}
}

// Apply makes the next reader read the queue again where a server has changed.
func (p *QueuePlaces) Apply(changes []data.Change) {
	if slices.ContainsFunc(changes, func(c data.Change) bool { return c.Kind == data.ServerChanged || c.Kind == data.Resync }) {
		p.stale.Store(true)
	}
}

func (p *QueuePlaces) good(need []int64) bool {
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

// Of is the place of each waiting server among those that wait for the same, from 1, by its id: as it
// was within the last half second, and with those that are needed where they wait.
func (p *QueuePlaces) Of(ctx context.Context, need ...int64) (map[int64]int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.good(need) {
		return p.by, nil
	}
	p.stale.Store(false)
	live, err := LiveServers(ctx, p.store)
	if err != nil {
		p.by = nil
		return nil, err
	}
	by := map[int64]int{}
	places := devices.Places{}
	for _, s := range Queue(live) {
		by[s.ID] = places.Next(s.Devices.Wants)
	}
	p.by, p.read = by, p.elapsed()
	return by, nil
}

// Queue is the order in which waiting servers get their turn: everybody's first
// server before anybody's second, and then by ticket. A person who already has
// servers starting stands behind those who have none.
func Queue(live []hub.Server) []hub.Server {
	rank := map[int64]int{}
	for _, s := range live {
		if s.Phase == hub.Starting || s.Phase == hub.Waiting {
			rank[s.UserID]++
		}
	}
	type turn struct {
		s    hub.Server
		rank int
	}
	var turns []turn
	for _, s := range live { // in the order of tickets
		if s.Phase == hub.Queued && s.WantRunning {
			turns = append(turns, turn{s, rank[s.UserID]})
			rank[s.UserID]++
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return a.rank - b.rank })
	out := make([]hub.Server, len(turns))
	for i, t := range turns {
		out[i] = t.s
	}
	return out
}

// LiveServers lists what runs or is about to.
func LiveServers(ctx context.Context, store data.Store) (list []hub.Server, err error) {
	err = store.View(ctx, func(tx data.Tx) error {
		list, err = tx.LiveServers(ctx)
		return err
	})
	return list, err
}

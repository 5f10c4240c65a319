package visits

import (
	"context"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	shownAge     = 2 * time.Second // what is told may be this old
	readPatience = time.Second
)

// shown is the visits of all hubs as they were last read, for all who ask.
type shown struct {
	store   data.Store
	clock   hub.Clock
	elapsed hub.Elapsed

	reading sync.Mutex // held by the one who reads them

	mu   sync.Mutex // of what follows; held for no longer than it takes to copy
	list []hub.Visit
	been bool
	read time.Duration
}

// In is who is in which server right now, by the servers' ids. While the database does not answer it is what was known last.
func (v *Visits) In(ctx context.Context) map[int64][]hub.Visit {
	now := v.clock()
	var in map[int64][]hub.Visit
	for _, x := range v.shown.latest(ctx) {
		if x.Expires.After(now) {
			if in == nil {
				in = map[int64][]hub.Visit{}
			}
			in[x.ServerID] = append(in[x.ServerID], x)
		}
	}
	return in
}

// latest are the visits as they were within the last two seconds. Who finds somebody else reading them takes what was known
// before: lists of people must not wait for each other here.
func (s *shown) latest(ctx context.Context) []hub.Visit {
	if s.fresh() || !s.reading.TryLock() {
		return s.known()
	}
	defer s.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	var list []hub.Visit
	err := s.store.View(ctx, func(tx data.Tx) (err error) {
		list, err = tx.Visits(ctx)
		return err
	})
	if err != nil {
		list = s.known()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.been, s.read = list, true, s.elapsed()
	return list
}

func (s *shown) fresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.been && s.elapsed()-s.read < shownAge
}

func (s *shown) known() []hub.Visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list
}

// forget makes the next reader read them again.
func (s *shown) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.been = false
}

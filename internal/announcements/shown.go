package announcements

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	shownAge  = 2 * time.Second // how old what pages show may be
	readLimit = time.Second     // how long a page waits for the database at most
)

// shown is what was last read of the announcements, for all pages. Whoever finds it too old
// reads it again; others get what is there meanwhile.
type shown struct {
	store   data.Store
	clock   hub.Clock
	elapsed hub.Elapsed

	mu      sync.Mutex
	list    []hub.Announcement
	read    time.Duration
	known   bool // list was read, and nothing was changed here since
	reading bool
}

func newShown(store data.Store, clock hub.Clock) *shown {
	return &shown{store: store, clock: clock, elapsed: hub.NewElapsed()}
}

// forget makes the next page read anew.
func (s *shown) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = false
}

// to is what is shown now to everybody and to members of the groups.
func (s *shown) to(ctx context.Context, groups []string) (told []hub.Announcement) {
	now := s.clock()
	for _, a := range s.current(ctx) {
		if a.Shown(now) && (a.Group == "" || slices.Contains(groups, a.Group)) {
			told = append(told, a)
		}
	}
	return told
}

func (s *shown) current(ctx context.Context) []hub.Announcement {
	if list, fresh := s.begin(); fresh {
		return list
	}
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	var list []hub.Announcement
	err := s.store.View(ctx, func(tx data.Tx) (err error) {
		list, err = tx.Announcements(ctx, hub.AnnouncementQuery{Limit: mostForAll + mostForGroups, Current: true})
		return err
	})
	return s.end(list, err)
}

// begin gives what is there: fresh, or read by somebody at the moment. Otherwise it is for
// the caller to read, and to call end.
func (s *shown) begin() (list []hub.Announcement, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading && s.known || s.known && s.elapsed()-s.read < shownAge {
		return s.list, true
	}
	s.reading, s.known = true, true // a change from now on makes known false again
	return nil, false
}

// end keeps what was read. Where it could not be read, what was read before is good for as
// long again: pages that show it are not held up one after the other.
func (s *shown) end(list []hub.Announcement, err error) []hub.Announcement {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading, s.read = false, s.elapsed()
	if err == nil {
		s.list = list
	}
	return s.list
}

package servers

import (
	"context"
	"math"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// How many events one page has.
const (
	eventsPage    = 50
	maxEventsPage = 200
)

// ServerEvents is what became of a server, of all its runs, newest first: those below an id, 0 for the newest; and whether
// there are more.
func (sv *Servers) ServerEvents(ctx context.Context, r *access.Requester, name, server string, before int64, limit int) (events []hub.ServerEvent, more bool, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if limit <= 0 {
		limit = eventsPage
	}
	limit = min(limit, maxEventsPage)
	err = sv.store.View(ctx, func(tx data.Tx) error {
		u, named, err := access.FindUserAndServerName(ctx, tx, r, name, server, "read:servers")
		if err != nil {
			return err
		}
		s, err := access.FindServer(ctx, tx, u, named)
		if err != nil || s.ID == 0 { // the default one, of which nothing is known yet
			return err
		}
		events, err = tx.ServerEvents(ctx, s.ID, before, limit+1)
		return err
	})
	if len(events) > limit {
		return events[:limit], true, err
	}
	return events, false, err
}

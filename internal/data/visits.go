package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// VisitTx reads and writes who is in somebody else's server.
type VisitTx interface {
	// Visits lists those that have not expired, the first begun first.
	Visits(ctx context.Context) ([]hub.Visit, error)
	// EnterServer begins a visit, or where they are there still lets it last longer; it tells whether it began. hub.NotFound
	// where the person or the server is gone.
	EnterServer(ctx context.Context, v hub.Visit) (began bool, err error)
	// ExtendVisits moves Expires of those that are still there, by ServerID and UserID.
	ExtendVisits(ctx context.Context, list []hub.Visit) error
}

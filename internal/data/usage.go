package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// UsageTx keeps how long servers ran, and how their starts went.
type UsageTx interface {
	OpenUsage(ctx context.Context, u hub.Usage) error
	// ChargeUsage moves ChargedUntil of every open entry whose server runs on owner.
	ChargeUsage(ctx context.Context, owner string, until time.Time) error
	// CloseUsage ends the open entry of a run; no error when there is none.
	CloseUsage(ctx context.Context, serverID, fence int64, at time.Time) error
	// CountUsage adds at most limit closed entries to the days that they are of, and says how
	// many. Each is added once; until then it is read by itself.
	CountUsage(ctx context.Context, limit int) (int, error)
	// UsageByDay gives the days on which something ran, in their order.
	UsageByDay(ctx context.Context, q hub.UsageQuery) ([]hub.UsedDay, error)
	// UsageByUser and UsageByGroup begin with those who ran the most. Somebody who is gone has
	// the name of their last run.
	UsageByUser(ctx context.Context, q hub.UsageQuery) ([]hub.UsedBy, error)
	UsageByGroup(ctx context.Context, q hub.UsageQuery) ([]hub.UsedBy, error)
	// AddStarts keeps how starts went; of one that is there already, what is there stays.
	AddStarts(ctx context.Context, starts ...hub.Start) error
	// NoteEnd keeps why a server whose start had gone well ended by itself.
	NoteEnd(ctx context.Context, serverID, fence int64, why hub.FailureCause) error
	// CountStarts counts starts by day, outcome and cause, in this order.
	CountStarts(ctx context.Context, q hub.UsageQuery) ([]hub.StartCount, error)
	// DeleteStartsBefore removes at most limit of what was asked for on days before, and says how
	// many went.
	DeleteStartsBefore(ctx context.Context, before time.Time, limit int) (int, error)
}

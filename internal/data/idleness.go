package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// IdlenessTx keeps when running servers were last used. Seen.Used moves it on.
type IdlenessTx interface {
	// OpenIdleness begins with what is known of a server's run, in place of that of the run before.
	OpenIdleness(ctx context.Context, i hub.Idleness) error
	// IdlenessOf gives what is known of those of the servers that run, in no order.
	IdlenessOf(ctx context.Context, serverIDs []int64) ([]hub.Idleness, error)
	// IdleServers gives those servers of an owner that are ready, wanted, and were last used by one time or
	// started by the other, the one used longest ago first. What that costs grows with these alone.
	IdleServers(ctx context.Context, owner string, usedBy, startedBy time.Time) ([]hub.Idleness, error)
	// NoteKernels keeps what a server said when it was asked, and moves LastUsed on.
	NoteKernels(ctx context.Context, serverID int64, k hub.Kernels) error
	// CloseIdleness forgets a run; no error when there is nothing.
	CloseIdleness(ctx context.Context, serverID int64) error
}

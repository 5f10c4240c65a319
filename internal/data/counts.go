package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// CountTx counts without reading what it counts.
type CountTx interface {
	// CountUsers gives how many people there are, and for each time given how many
	// of them have been active since.
	CountUsers(ctx context.Context, since ...time.Time) (all int, active []int, err error)
	// CountServers gives how many servers are in each phase, of those that are not at
	// rest; see ServerTx.LiveServers.
	CountServers(ctx context.Context) (map[hub.Phase]int, error)
}

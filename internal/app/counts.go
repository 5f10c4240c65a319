package app

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Counts says how much there is of everything.
type Counts struct {
	Users                          int
	Active24h, Active7d, Active30d int // people who were active within that time
	Servers                        map[hub.Phase]int
}

// Counts counts people and servers. It asks the database and nobody for a right:
// the hub itself wants to know, for its metrics.
func (a *App) Counts(ctx context.Context) (c Counts, err error) {
	const day = 24 * time.Hour
	err = a.store.View(ctx, func(tx data.Tx) error {
		now := tx.Now()
		all, active, err := tx.CountUsers(ctx, now.Add(-day), now.Add(-7*day), now.Add(-30*day))
		if err != nil {
			return err
		}
		c.Users, c.Active24h, c.Active7d, c.Active30d = all, active[0], active[1], active[2]
		c.Servers, err = tx.CountServers(ctx)
		return err
	})
	return c, err
}

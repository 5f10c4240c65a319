package ledger

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// EndingServers finds, by the index of ends, those that have to stop by a time.
func (t *Ledger) EndingServers(ctx context.Context, owner string, by time.Time) ([]data.Ending, error) {
	return engine.Many(ctx, t.Tx, "find servers whose time is over", func(s engine.Scanner) (e data.Ending, err error) {
		err = s.Scan(&e.ServerID, engine.At(&e.At))
		return e, err
	}, `SELECT id, ends_at FROM servers WHERE ends_at > 0 AND ends_at <= $2 AND owner = $1 AND want_running ORDER BY ends_at, id`,
		owner, engine.Micros(by))
}

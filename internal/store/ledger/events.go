package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// ServerEvents gives the newest of a server's events with an id below before, newest first.
func (t *Ledger) ServerEvents(ctx context.Context, serverID, before int64, limit int) ([]hub.ServerEvent, error) {
	return engine.Many(ctx, t.Tx, "list a server's events", func(s engine.Scanner) (e hub.ServerEvent, err error) {
		err = s.Scan(&e.ID, &e.ServerID, &e.UserID, &e.Fence, engine.At(&e.At), &e.RequestID, &e.Kind,
			&e.Progress, &e.Message, engine.Raw(&e.Detail))
		return e, err
	}, `SELECT id, server_id, user_id, fence, at, request_id, kind, progress, message, detail
		FROM server_events WHERE server_id = $1 AND id < $2 ORDER BY fence DESC, id DESC LIMIT $3`, serverID, before, max(limit, 0))
}

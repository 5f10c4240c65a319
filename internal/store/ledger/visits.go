package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// Visits lists those that have not expired, the first begun first.
func (t *Ledger) Visits(ctx context.Context) ([]hub.Visit, error) {
	return engine.Many(ctx, t.Tx, "list visits", func(s engine.Scanner) (v hub.Visit, err error) {
		err = s.Scan(&v.ServerID, &v.UserID, &v.UserName, engine.At(&v.Since), engine.At(&v.Expires))
		return v, err
	}, `SELECT v.server_id, v.user_id, u.name, v.since, v.expires FROM visits v JOIN users u ON u.id = v.user_id
		WHERE v.expires > $1 ORDER BY v.since, v.server_id, v.user_id`, engine.Micros(t.Now()))
}

// EnterServer begins a visit, or lets one last longer.
func (t *Ledger) EnterServer(ctx context.Context, v hub.Visit) (began bool, err error) {
	since, err := engine.One(ctx, t.Tx, "enter server", engine.Value[int64], `INSERT INTO visits (server_id, user_id, since, expires)
		VALUES ($1, $2, $3, $4) ON CONFLICT (server_id, user_id) DO UPDATE SET expires = excluded.expires,
			since = CASE WHEN visits.expires > $3 THEN visits.since ELSE excluded.since END
		RETURNING since`, v.ServerID, v.UserID, engine.Micros(v.Since), engine.Micros(v.Expires))
	return since == engine.Micros(v.Since), err
}

// ExtendVisits moves Expires of those that are still there.
func (t *Ledger) ExtendVisits(ctx context.Context, list []hub.Visit) error {
	for _, v := range list { // few
		_, err := t.Exec(ctx, "extend visit", "UPDATE visits SET expires = $3 WHERE server_id = $1 AND user_id = $2 AND expires < $3",
			v.ServerID, v.UserID, engine.Micros(v.Expires))
		if err != nil {
			return err
		}
	}
	return nil
}

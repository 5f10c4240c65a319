package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// ViewsOf lists somebody's views, by name.
func (t *Ledger) ViewsOf(ctx context.Context, userID int64) ([]hub.SavedView, error) {
	return engine.Many(ctx, t.Tx, "list views", func(s engine.Scanner) (v hub.SavedView, err error) {
		err = s.Scan(&v.UserID, &v.Name, &v.Query, engine.At(&v.Changed))
		return v, err
	}, "SELECT user_id, name, query, changed FROM views WHERE user_id = $1 ORDER BY name", userID)
}

// PutView keeps a view, in the place of another of that name.
func (t *Ledger) PutView(ctx context.Context, v *hub.SavedView) error {
	v.Changed = t.Now()
	_, err := t.Exec(ctx, "keep view", `INSERT INTO views (user_id, name, query, changed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, name) DO UPDATE SET query = excluded.query, changed = excluded.changed`,
		v.UserID, v.Name, v.Query, engine.Micros(v.Changed))
	return err
}

// DeleteView deletes one.
func (t *Ledger) DeleteView(ctx context.Context, userID int64, name string) error {
	return t.ExecOne(ctx, "delete view", "DELETE FROM views WHERE user_id = $1 AND name = $2", userID, name)
}

package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/store/engine"
)

// Setting is hub.NotFound for a key never set.
func (t *Ledger) Setting(ctx context.Context, key string) (string, error) {
	return engine.One(ctx, t.Tx, "read setting", engine.Value[string], "SELECT value FROM settings WHERE name = $1", key)
}

// SetSetting keeps a value under a key.
func (t *Ledger) SetSetting(ctx context.Context, key, val string) error {
	_, err := t.Exec(ctx, "write setting", `INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, key, val)
	return err
}

package ledger

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// LoginFailures gives those of the keys that are there, expired ones too.
func (t *Ledger) LoginFailures(ctx context.Context, keys []string) ([]data.LoginFailures, error) {
	return engine.OfKeys(ctx, t.Tx, "read failed logins", func(s engine.Scanner) (f data.LoginFailures, err error) {
		err = s.Scan(&f.Key, &f.Count, engine.At(&f.Last), engine.At(&f.Until), engine.At(&f.Expires))
		return f, err
	}, "SELECT key, count, last, until, expires FROM login_failures WHERE key ", keys)
}

// SetLoginFailures puts each in the place of what is there under its key.
func (t *Ledger) SetLoginFailures(ctx context.Context, list []data.LoginFailures) error {
	for _, f := range list {
		_, err := t.Exec(ctx, "write failed logins", `INSERT INTO login_failures (key, count, last, until, expires)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO UPDATE
			SET count = excluded.count, last = excluded.last, until = excluded.until, expires = excluded.expires`,
			f.Key, f.Count, engine.Micros(f.Last), engine.Micros(f.Until), engine.Micros(f.Expires))
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteLoginFailures is no error where there is nothing under the key.
func (t *Ledger) DeleteLoginFailures(ctx context.Context, key string) error {
	_, err := t.Exec(ctx, "forget failed logins", "DELETE FROM login_failures WHERE key = $1", key)
	return err
}

// LoginAddresses gives the addresses of a person's sessions that have not expired.
func (t *Ledger) LoginAddresses(ctx context.Context, name string) ([]string, error) {
	return engine.Many(ctx, t.Tx, "list addresses of logins", engine.Value[string], `SELECT DISTINCT address FROM sessions
		WHERE user_id = (SELECT id FROM users WHERE name = $1) AND (expires = 0 OR expires > $2)`, name, engine.Micros(t.Now()))
}

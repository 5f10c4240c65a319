package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// OptionalSetting is empty for one that was never set.
func OptionalSetting(ctx context.Context, tx Tx, key string) (string, error) {
	v, err := tx.Setting(ctx, key)
	return v, hub.IgnoreNotFound(err)
}

// SecretIn is Secret within a transaction.
func SecretIn(ctx context.Context, tx Tx, key string) (string, error) {
	secret, err := tx.Setting(ctx, key)
	if !hub.Is(err, hub.NotFound) {
		return secret, err
	}
	secret = hub.NewSecret()
	return secret, tx.SetSetting(ctx, key, secret)
}

// Secret gives the hub's own secret under the key, made at the first call.
func Secret(ctx context.Context, store Store, key string) (secret string, err error) {
	err = store.Update(ctx, func(tx Tx) error {
		secret, err = SecretIn(ctx, tx, key)
		return err
	})
	return secret, err
}

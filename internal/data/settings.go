package data

import (
	"context"
)

// SettingTx keeps the hub's own few values: secrets, what was applied last.
type SettingTx interface {
	// Setting is hub.NotFound for a key never set.
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

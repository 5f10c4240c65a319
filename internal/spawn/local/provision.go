package local

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

func (d *Driver) provision(ctx context.Context) (string, error) {
	return "", hub.Errorf(hub.Unavailable, "There is no program for notebook servers: set spawner.local.command.")
}

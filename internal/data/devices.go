package data

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// DeviceTx keeps which servers have which devices. The database itself refuses that one is given out twice.
type DeviceTx interface {
	// DevicesTaken lists the claims of servers on what a machine has: those of the node, and those of others that call
	// the machine the same; by kind and id.
	DevicesTaken(ctx context.Context, node, machine string) ([]hub.DeviceClaim, error)
	// ClaimDevices gives the server those of the devices that nobody has, and tells which these are. It waits for whoever is
	// about to claim one of them.
	ClaimDevices(ctx context.Context, node, machine string, serverID int64, devices []hub.Device) ([]hub.Device, error)
	// ReleaseDevices takes back all that servers have.
	ReleaseDevices(ctx context.Context, serverIDs ...int64) error
}

package devices

import (
	"context"
	"maps"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// mostClaims is how often a run looks again for devices that others were quicker to claim.
const mostClaims = 50

// Claim gives a server on a node what it wants, and what it has already. It is hub.Conflict where it has to wait.
func (inv Inventory) Claim(ctx context.Context, tx data.DeviceTx, node string, serverID int64, wants map[string]int) ([]hub.Device, error) {
	if len(wants) == 0 {
		return nil, nil
	}
	for range mostClaims {
		taken, err := tx.DevicesTaken(ctx, node, inv.Machine)
		if err != nil {
			return nil, err
		}
		mine, more, enough := inv.Pick(taken, serverID, wants)
		if !enough {
			break
		}
		if len(more) == 0 {
			return mine, nil
		}
		if _, err := tx.ClaimDevices(ctx, node, inv.Machine, serverID, more); err != nil {
			return nil, err
		}
	}
	return nil, hub.Errorf(hub.Conflict, "The server has to wait until devices are free")
}

// Launch is a launch with these devices, of which its programs are told.
func (inv Inventory) Launch(l hub.Launch, has []hub.Device) hub.Launch {
	l.Devices = has
	told := inv.Environment(has)
	if len(told) == 0 {
		return l
	}
	env := maps.Clone(l.Environment)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, told)
	l.Environment = env
	return l
}

package servers

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
)

// giveDevices claims what the run is to have, and tells its programs of it. What a start that was cut short has, it keeps: the
// processes of its last run may still use it.
func (sv *Servers) giveDevices(ctx context.Context, tx data.Tx, run *Run, s hub.Server) (_ hub.Server, err error) {
	inv := sv.cfg.Devices
	if inv.Lacks(s.Devices.Wants) {
		run.Refused = inv.Missing(s.Devices.Wants)
		return s, nil
	}
	if s.Devices.Has, err = inv.Claim(ctx, tx, s.Node, s.ID, s.Devices.Wants); err != nil {
		return s, err
	}
	run.Server, run.Launch = s, inv.Launch(run.Launch, s.Devices.Has)
	return s, nil
}

// DeviceTurns hands out the devices of this machine that are free, to those who wait in the queue.
func (sv *Servers) DeviceTurns(ctx context.Context, by Lease) (turns *devices.Turns, err error) {
	var taken []hub.DeviceClaim
	err = sv.store.View(ctx, func(tx data.Tx) error {
		taken, err = tx.DevicesTaken(ctx, by.Node, sv.cfg.Devices.Machine)
		return err
	})
	return sv.cfg.Devices.Turns(taken), err
}

// LacksDevices tells whether this machine has too few devices for a server, however many are free.
func (sv *Servers) LacksDevices(s hub.Server) bool { return sv.cfg.Devices.Lacks(s.Devices.Wants) }

// noneHas says why no machine can start the server, where this one has too few devices: no other node lives that might.
func (sv *Servers) noneHas(ctx context.Context, tx data.Tx, s hub.Server) (why string, err error) {
	if !sv.LacksDevices(s) {
		return "", nil
	}
	nodes, err := tx.ListNodes(ctx)
	if err != nil {
		return "", err
	}
	here := sv.homes.Node()
	for _, n := range nodes {
		if (here == nil || n.ID != here.ID) && tx.Now().Sub(n.LastSeen) < homes.NodeAway {
			return "", nil
		}
	}
	return sv.cfg.Devices.Missing(s.Devices.Wants), nil
}

package servers

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Tick moves the usage of the servers that owner drives forward, charges them, notes that this node
// lives, and now and then that the servers are driven, in one transaction. Then it stops those whose
// quota is used up.
func (sv *Servers) Tick(ctx context.Context, owner string) error {
	node := sv.homes.Node()
	var empty []int64
	// Nothing is decided by these times: they must send back nobody who starts or stops a server.
	err := sv.store.Touch(ctx, func(tx data.Tx) (data.Seen, error) {
		if node != nil {
			if err := tx.SeeNode(ctx, *node); err != nil {
				return data.Seen{}, err
			}
		}
		if err := tx.MarkDriven(ctx, owner, tx.Now().Add(-markAfter)); err != nil {
			return data.Seen{}, err
		}
		if err := tx.ChargeUsage(ctx, owner, tx.Now()); err != nil {
			return data.Seen{}, err
		}
		var err error
		empty, err = sv.quota.Charge(ctx, tx, owner)
		return data.Seen{}, err
	})
	if err != nil || len(empty) == 0 {
		return err
	}
	return sv.stopEmpty(ctx, empty)
}

// stopEmpty stops those of the servers whose quota is still used up, in the hub's own name.
func (sv *Servers) stopEmpty(ctx context.Context, ids []int64) error {
	return sv.store.Update(ctx, func(tx data.Tx) error {
		list, err := tx.ServersByID(ctx, ids)
		if err != nil {
			return err
		}
		var stop []hub.Server
		for _, s := range list {
			empty, err := sv.quota.Empty(ctx, tx, s.ID)
			if err != nil {
				return err
			}
			if empty {
				stop = append(stop, s)
			}
		}
		return StopAll(ctx, tx, &access.Requester{}, hub.StopQuota, stop...)
	})
}

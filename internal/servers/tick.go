package servers

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
)

// Tick moves the usage of the servers that owner drives forward, notes that this node
// lives, and now and then that the servers are driven, in one transaction.
func (sv *Servers) Tick(ctx context.Context, owner string) error {
	node := sv.homes.Node()
	// Nothing is decided by these times: they must send back nobody who starts or stops a server.
	return sv.store.Touch(ctx, func(tx data.Tx) (data.Seen, error) {
		if node != nil {
			if err := tx.SeeNode(ctx, *node); err != nil {
				return data.Seen{}, err
			}
		}
		if err := tx.MarkDriven(ctx, owner, tx.Now().Add(-markAfter)); err != nil {
			return data.Seen{}, err
		}
		return data.Seen{}, tx.ChargeUsage(ctx, owner, tx.Now())
	})
}

package app

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
)

// batch is how many rows one sweep deletes in a transaction: small, so that nobody
// waits for it.
const batch = 500

// Sweep deletes what has expired and what is older than it is kept, in small
// batches, and says how many rows went.
func (a *App) Sweep(ctx context.Context) (int, error) {
	total, err := a.pruneChanges(ctx)
	if err != nil {
		return total, err
	}
	for _, drop := range []func(data.Tx) (int, error){
		func(tx data.Tx) (int, error) { return tx.DeleteExpired(ctx, batch) },
		func(tx data.Tx) (int, error) { return tx.DeleteAuditBefore(ctx, tx.Now().Add(-a.cfg.AuditAge), batch) },
		func(tx data.Tx) (int, error) {
			return tx.DeleteEventsBefore(ctx, tx.Now().Add(-a.cfg.EventsAge), batch)
		},
		func(tx data.Tx) (int, error) {
			return tx.DeleteRunsBefore(ctx, tx.Now().Add(-a.cfg.EventsAge), batch)
		},
	} {
		for {
			var n int
			err := a.store.Update(ctx, func(tx data.Tx) (err error) {
				n, err = drop(tx)
				return err
			})
			total += n
			if err != nil {
				return total, err
			}
			if n < batch {
				break
			}
		}
	}
	return total, nil
}

// pruneChanges deletes the changes that are older than they are kept.
func (a *App) pruneChanges(ctx context.Context) (total int, err error) {
	for n := batch; n == batch; total += n {
		if n, err = a.store.PruneChanges(ctx, a.clock().Add(-data.ChangesKept), batch); err != nil {
			return total, err
		}
	}
	return total, nil
}

// CatchUp reads again what could not be read when it changed.
func (a *App) CatchUp(ctx context.Context) { a.directory.Retry(ctx) }

// LoadDirectory reads everybody anew, in case a change was missed.
func (a *App) LoadDirectory(ctx context.Context) error { return a.directory.Load(ctx) }

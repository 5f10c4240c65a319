package app

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// batch is how many rows one sweep deletes in a transaction: small, so that nobody
// waits for it.
const batch = 500

// startsKept is how long it is known how starts went: a year, and what it is compared with.
const startsKept = 400 * hub.Day

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
		func(tx data.Tx) (int, error) { return tx.DeleteStartsBefore(ctx, tx.Now().Add(-startsKept), batch) },
	} {
		n, err := a.inBatches(ctx, drop)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// inBatches does what is done with some rows in a transaction until there are no more, and says
// with how many it was done.
func (a *App) inBatches(ctx context.Context, do func(data.Tx) (int, error)) (total int, err error) {
	for n := batch; n == batch; total += n {
		err := a.store.Update(ctx, func(tx data.Tx) (err error) {
			n, err = do(tx)
			return err
		})
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// CountUsage adds the hours of servers that have ended to the days that they are of, so that a
// year of them is quick to read.
func (a *App) CountUsage(ctx context.Context) error {
	_, err := a.inBatches(ctx, func(tx data.Tx) (int, error) { return tx.CountUsage(ctx, batch) })
	return err
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

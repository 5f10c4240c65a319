package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/atriumhub/atrium/internal/data"
)

// Origin is what the changes noted here bear.
func (db *DB) Origin() string { return *db.origin.Load() }

func (db *DB) newOrigin() {
	origin := rand.Text()
	db.origin.Store(&origin)
}

// ChangePosition is the place from which on to read for all that this transaction does not see.
func (t *tx) ChangePosition(ctx context.Context) (data.Position, error) {
	return t.feed.Position(ctx, t.Tx)
}

// ChangesSince gives changes after a position, as far as they are complete; hub.NotFound where
// some of them are kept no more.
func (t *tx) ChangesSince(ctx context.Context, after data.Position, most int) ([]data.Noted, error) {
	return t.feed.Since(ctx, t.Tx, after, most)
}

// ChangesAhead gives changes that are committed and that ChangesSince does not give yet.
func (t *tx) ChangesAhead(ctx context.Context, after int64, most int) ([]data.Noted, error) {
	return t.feed.Ahead(ctx, t.Tx, after, most)
}

// PruneChanges deletes changes noted before a time, as far as they are complete, but for the
// last of those that come before all others: by it can be told that there were some. It is run outside of the order in which
// transactions of Update appear to have run, so that none of them is sent back for it.
func (db *DB) PruneChanges(ctx context.Context, noted time.Time, most int) (gone int, err error) {
	err = db.write(ctx, "prune", &db.on.Dialect.Touch, func(t *tx) error {
		gone, err = t.feed.Prune(ctx, t.Tx, noted, most)
		return err
	})
	return gone, err
}

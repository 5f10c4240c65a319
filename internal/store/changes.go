package store

import (
	"context"
	"crypto/rand"
	"math"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// startKind is the kind of a row that is no change: it stands before all of them, so that the
// oldest row tells whether any were deleted. startOfChanges is its columns.
const (
	startKind      = "start"
	startOfChanges = "0, '', '" + startKind + "', 0, 0, '', '', ''"
)

// prepareChanges sees to it that the table of changes can be read, before anything is noted.
func (db *DB) prepareChanges(ctx context.Context) error {
	for _, statement := range db.dialect.changes.prepare {
		if _, err := db.writer.ExecContext(ctx, statement); err != nil {
			return translate(ctx, "prepare the table of changes", err)
		}
	}
	return nil
}

// Origin is what the changes noted here bear.
func (db *DB) Origin() string { return *db.origin.Load() }

func (db *DB) newOrigin() {
	origin := rand.Text()
	db.origin.Store(&origin)
}

// bounds are the position of the oldest row, the one up to which the changes are complete,
// and one beyond which there is none.
type bounds struct{ oldest, complete, end data.Position }

func (t *tx) changeBounds(ctx context.Context) (bounds, error) {
	return one(ctx, t, "read the bounds of the changes", func(s scanner) (b bounds, err error) {
		err = s.Scan(&b.oldest.Tx, &b.oldest.ID, &b.complete.Tx, &b.complete.ID, &b.end.Tx, &b.end.ID)
		return b, err
	}, t.dialect.changes.bounds)
}

// ChangePosition is the place from which on to read for all that this transaction does not see.
func (t *tx) ChangePosition(ctx context.Context) (data.Position, error) {
	b, err := t.changeBounds(ctx)
	return b.complete, err
}

// ChangesSince gives changes after a position, as far as they are complete; hub.NotFound where
// some of them are kept no more.
func (t *tx) ChangesSince(ctx context.Context, after data.Position, most int) ([]data.Noted, error) {
	b, err := t.changeBounds(ctx)
	if err != nil {
		return nil, err
	}
	if precedes(after, b.oldest) || precedes(b.end, after) {
		return nil, hub.Errorf(hub.NotFound, "changes after %s are kept no more", after)
	}
	d := t.dialect.changes
	return t.readChanges(ctx, "read changes", d.since+" AND "+d.complete+" ORDER BY "+d.order+" LIMIT $3", transactionText(after), after.ID, limit(most))
}

// ChangesAhead gives changes that are committed and that ChangesSince does not give yet.
func (t *tx) ChangesAhead(ctx context.Context, after int64, most int) ([]data.Noted, error) {
	if t.dialect.changes.ahead == "" {
		return nil, nil
	}
	return t.readChanges(ctx, "read changes ahead", t.dialect.changes.ahead+" ORDER BY id LIMIT $2", after, limit(most))
}

func (t *tx) readChanges(ctx context.Context, op, condition string, args ...any) ([]data.Noted, error) {
	return many(ctx, t, op, func(s scanner) (n data.Noted, err error) {
		err = s.Scan(&n.Tx, &n.Position.ID, at(&n.At), &n.Origin, &n.Kind, &n.Change.ID, &n.UserID, &n.Key,
			groupsInto{&n.Before}, groupsInto{&n.After})
		return n, err
	}, "SELECT "+t.dialect.changes.columns+", "+changeColumns+" FROM changes WHERE kind <> '"+startKind+"' AND "+condition, args...)
}

// groupsInto scans what groupNames wrote.
type groupsInto struct{ names *[]string }

func (g groupsInto) Scan(src any) error {
	*g.names = nil
	if src == "" {
		return nil
	}
	return jsonInto{g.names}.Scan(src)
}

func precedes(a, b data.Position) bool { return a.Tx < b.Tx || a.Tx == b.Tx && a.ID < b.ID }

// transactionText is the transaction of a position as a parameter: PostgreSQL has a type of
// its own for it.
func transactionText(p data.Position) string { return strconv.FormatInt(p.Tx, 10) }

// PruneChanges deletes changes noted before a time, as far as they are complete, but for the
// last of those that come before all others: by it can be told that there were some. It is run outside of the order in which
// transactions of Update appear to have run, so that none of them is sent back for it.
func (db *DB) PruneChanges(ctx context.Context, noted time.Time, most int) (gone int, err error) {
	err = db.write(ctx, "prune", &db.dialect.touch, func(t *tx) error {
		gone, err = t.pruneChanges(ctx, noted, most)
		return err
	})
	return gone, err
}

func (t *tx) pruneChanges(ctx context.Context, noted time.Time, most int) (int, error) {
	type row struct {
		data.Position
		at time.Time
	}
	d := t.dialect.changes
	oldest, err := many(ctx, t, "read the oldest changes", func(s scanner) (r row, err error) {
		err = s.Scan(&r.Tx, &r.ID, at(&r.at))
		return r, err
	}, "SELECT "+d.columns+", at FROM changes WHERE "+d.complete+" ORDER BY "+d.order+" LIMIT $1", limit(min(most, math.MaxInt32)+1))
	if err != nil {
		return 0, err
	}
	old := 0
	for old < len(oldest) && oldest[old].at.Before(noted) {
		old++
	}
	if old < 2 {
		return 0, nil
	}
	last := oldest[old-1].Position
	return t.exec(ctx, "delete old changes", "DELETE FROM changes WHERE "+d.before+" AND at < $3", transactionText(last), last.ID, micros(noted))
}

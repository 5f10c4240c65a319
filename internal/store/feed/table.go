package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// startKind is the kind of a row that is no change: it stands before all of them, so that the
// oldest row tells whether any were deleted. startOfChanges is its columns.
const (
	startKind      = "start"
	startOfChanges = "0, '', '" + startKind + "', 0, 0, '', '', ''"
)

// Table is the table of changes of a database.
type Table struct{ dialect changeDialect }

// On is the table of changes of a database with the dialect.
func On(d *engine.Dialect) *Table { return &Table{dialectOf(d)} }

// Prepare sees to it that the table of changes can be read, before anything is noted.
func (f *Table) Prepare(ctx context.Context, db *engine.DB) error {
	for _, statement := range f.dialect.prepare {
		if _, err := db.Writer.ExecContext(ctx, statement); err != nil {
			return engine.Translate(ctx, "prepare the table of changes", err)
		}
	}
	return nil
}

// bounds are the position of the oldest row, the one up to which the changes are complete,
// and one beyond which there is none.
type bounds struct{ oldest, complete, end data.Position }

func (f *Table) bounds(ctx context.Context, t *engine.Tx) (bounds, error) {
	return engine.One(ctx, t, "read the bounds of the changes", func(s engine.Scanner) (b bounds, err error) {
		err = s.Scan(&b.oldest.Tx, &b.oldest.ID, &b.complete.Tx, &b.complete.ID, &b.end.Tx, &b.end.ID)
		return b, err
	}, f.dialect.bounds)
}

// Position is the place from which on to read for all that this transaction does not see.
func (f *Table) Position(ctx context.Context, t *engine.Tx) (data.Position, error) {
	b, err := f.bounds(ctx, t)
	return b.complete, err
}

// Since gives changes after a position, as far as they are complete; hub.NotFound where
// some of them are kept no more.
func (f *Table) Since(ctx context.Context, t *engine.Tx, after data.Position, most int) ([]data.Noted, error) {
	b, err := f.bounds(ctx, t)
	if err != nil {
		return nil, err
	}
	if precedes(after, b.oldest) || precedes(b.end, after) {
		return nil, hub.Errorf(hub.NotFound, "changes after %s are kept no more", after)
	}
	d := f.dialect
	return f.read(ctx, t, "read changes", d.since+" AND "+d.complete+" ORDER BY "+d.order+" LIMIT $3", transactionText(after), after.ID, engine.Limit(most))
}

// Ahead gives changes that are committed and that Since does not give yet.
func (f *Table) Ahead(ctx context.Context, t *engine.Tx, after int64, most int) ([]data.Noted, error) {
	if f.dialect.ahead == "" {
		return nil, nil
	}
	return f.read(ctx, t, "read changes ahead", f.dialect.ahead+" ORDER BY id LIMIT $2", after, engine.Limit(most))
}

func (f *Table) read(ctx context.Context, t *engine.Tx, op, condition string, args ...any) ([]data.Noted, error) {
	return engine.Many(ctx, t, op, func(s engine.Scanner) (n data.Noted, err error) {
		err = s.Scan(&n.Tx, &n.Position.ID, engine.At(&n.At), &n.Origin, &n.Kind, &n.Change.ID, &n.UserID, &n.Key,
			groupsInto{&n.Before}, groupsInto{&n.After})
		return n, err
	}, "SELECT "+f.dialect.columns+", "+changeColumns+" FROM changes WHERE kind <> '"+startKind+"' AND "+condition, args...)
}

// groupsInto scans what groupNames wrote.
type groupsInto struct{ names *[]string }

func (g groupsInto) Scan(src any) error {
	*g.names = nil
	if src == "" {
		return nil
	}
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON is kept as %T", src)
	}
	return json.Unmarshal([]byte(text), g.names)
}

func precedes(a, b data.Position) bool { return a.Tx < b.Tx || a.Tx == b.Tx && a.ID < b.ID }

// transactionText is the transaction of a position as a parameter: PostgreSQL has a type of
// its own for it.
func transactionText(p data.Position) string { return strconv.FormatInt(p.Tx, 10) }

// Prune deletes changes noted before a time, as far as they are complete, but for the last of
// those that come before all others: by it can be told that there were some.
func (f *Table) Prune(ctx context.Context, t *engine.Tx, noted time.Time, most int) (int, error) {
	type row struct {
		data.Position
		at time.Time
	}
	d := f.dialect
	oldest, err := engine.Many(ctx, t, "read the oldest changes", func(s engine.Scanner) (r row, err error) {
		err = s.Scan(&r.Tx, &r.ID, engine.At(&r.at))
		return r, err
	}, "SELECT "+d.columns+", at FROM changes WHERE "+d.complete+" ORDER BY "+d.order+" LIMIT $1", engine.Limit(min(most, math.MaxInt32)+1))
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
	return t.Exec(ctx, "delete old changes", "DELETE FROM changes WHERE "+d.before+" AND at < $3", transactionText(last), last.ID, engine.Micros(noted))
}

package engine

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Tx runs statements, and is lost with the first that fails; hub.NotFound aside.
type Tx struct {
	Dialect *Dialect

	sql      *sql.Tx
	kept     *statements
	patience time.Duration // of each statement; 0: there is no end to it
	now      time.Time
	exact    time.Time // what leases are compared with; see serverClock
	failed   error     // the first statement that failed; nothing can be committed then
}

// Now is the transaction's time.
func (t *Tx) Now() time.Time { return t.now }

// Exact is the transaction's time as leases are compared with it: as Now, but it also goes back.
func (t *Tx) Exact() time.Time { return t.exact }

// rollback ends the transaction where it was not committed. Where no answer comes, end ends
// its connection.
func (t *Tx) rollback(end func()) {
	stop := endAfter(t.patience, end)
	_ = t.sql.Rollback()
	stop()
}

// Fail translates a statement's error and remembers that the transaction is lost.
func (t *Tx) Fail(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	failure := Translate(ctx, op, err)
	if t.failed == nil && !errors.Is(err, sql.ErrNoRows) {
		t.failed = failure
	}
	return failure
}

func (t *Tx) run(ctx context.Context, query string, args []any) (sql.Result, error) {
	if st := t.kept.in(ctx, t.sql, query); st != nil { //nolint:sqlclosecheck // it ends with the transaction
		return st.ExecContext(ctx, args...)
	}
	return t.sql.ExecContext(ctx, query, args...)
}

func (t *Tx) row(ctx context.Context, query string, args []any) *sql.Row {
	if st := t.kept.in(ctx, t.sql, query); st != nil { //nolint:sqlclosecheck // it ends with the transaction
		return st.QueryRowContext(ctx, args...)
	}
	return t.sql.QueryRowContext(ctx, query, args...)
}

func (t *Tx) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if st := t.kept.in(ctx, t.sql, query); st != nil { //nolint:sqlclosecheck // it ends with the transaction
		return st.QueryContext(ctx, args...)
	}
	return t.sql.QueryContext(ctx, query, args...)
}

// Exec runs a statement and says how many rows it touched.
func (t *Tx) Exec(ctx context.Context, op, query string, args ...any) (int, error) {
	inTime, cancel := Within(ctx, t.patience)
	defer cancel()
	res, err := t.run(inTime, query, clean(args))
	if err != nil {
		return 0, t.Fail(ctx, op, err)
	}
	n, err := res.RowsAffected()
	return int(n), t.Fail(ctx, op, err)
}

// ExecOne runs a statement that must touch a row: hub.NotFound otherwise.
func (t *Tx) ExecOne(ctx context.Context, op, query string, args ...any) error {
	n, err := t.Exec(ctx, op, query, args...)
	if err == nil && n == 0 {
		return t.Fail(ctx, op, sql.ErrNoRows)
	}
	return err
}

// Scanner is a row.
type Scanner interface{ Scan(dest ...any) error }

// One reads a single row: hub.NotFound where there is none.
func One[T any](ctx context.Context, t *Tx, op string, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	inTime, cancel := Within(ctx, t.patience)
	defer cancel()
	v, err := scan(t.row(inTime, query, clean(args)))
	if err != nil {
		var zero T
		return zero, t.Fail(ctx, op, err)
	}
	return v, nil
}

// Many reads all rows.
func Many[T any](ctx context.Context, t *Tx, op string, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	inTime, cancel := Within(ctx, t.patience)
	defer cancel()
	rows, err := t.rows(inTime, query, clean(args))
	if err != nil {
		return nil, t.Fail(ctx, op, err)
	}
	defer func() { _ = rows.Close() }()
	list := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, t.Fail(ctx, op, err)
		}
		list = append(list, v)
	}
	return list, t.Fail(ctx, op, rows.Err())
}

// OfKeys reads the rows in which what the query ends with is one of the keys.
func OfKeys[T any](ctx context.Context, t *Tx, op string, scan func(Scanner) (T, error), query string, keys []string) ([]T, error) {
	switch len(keys) {
	case 0:
		return nil, nil
	case 1: // cheaper than a list of one
		return Many(ctx, t, op, scan, query+"= $1", keys[0])
	}
	return Many(ctx, t, op, scan, query+"IN "+t.Dialect.Names("$1"), Texts(keys))
}

// Value scans a row of one column.
func Value[T any](s Scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

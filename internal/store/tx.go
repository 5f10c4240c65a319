package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// tx implements data.Tx; its other methods are in the files of the entities.
type tx struct {
	sql      *sql.Tx
	kept     *statements
	dialect  *dialect
	patience time.Duration // of each statement; 0: there is no end to it
	now      time.Time
	exact    time.Time // what leases are compared with; see serverClock
	notes    notes
	failed   error // the first statement that failed; nothing can be committed then
}

var _ data.Tx = (*tx)(nil)

// Now is the transaction's time.
func (t *tx) Now() time.Time { return t.now }

// rollback ends the transaction where it was not committed. Where no answer comes, end ends
// its connection.
func (t *tx) rollback(end func()) {
	stop := endAfter(t.patience, end)
	_ = t.sql.Rollback()
	stop()
}

// fail translates a statement's error and remembers that the transaction is lost.
func (t *tx) fail(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	failure := translate(ctx, op, err)
	if t.failed == nil && !errors.Is(err, sql.ErrNoRows) {
		t.failed = failure
	}
	return failure
}

func (t *tx) run(ctx context.Context, query string, args []any) (sql.Result, error) {
	if st := t.kept.in(ctx, t.sql, query); st != nil { //nolint:sqlclosecheck // it ends with the transaction
		return st.ExecContext(ctx, args...)
	}
	return t.sql.ExecContext(ctx, query, args...)
}

func (t *tx) row(ctx context.Context, query string, args []any) *sql.Row {
	if st := t.kept.in(ctx, t.sql, query); st != nil { //nolint:sqlclosecheck // it ends with the transaction
		return st.QueryRowContext(ctx, args...)
	}
	return t.sql.QueryRowContext(ctx, query, args...)
}

func (t *tx) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if st := t.kept.in(ctx, t.sql, query); st != nil { //nolint:sqlclosecheck // it ends with the transaction
		return st.QueryContext(ctx, args...)
	}
	return t.sql.QueryContext(ctx, query, args...)
}

// exec runs a statement and says how many rows it touched.
func (t *tx) exec(ctx context.Context, op, query string, args ...any) (int, error) {
	inTime, cancel := within(ctx, t.patience)
	defer cancel()
	res, err := t.run(inTime, query, clean(args))
	if err != nil {
		return 0, t.fail(ctx, op, err)
	}
	n, err := res.RowsAffected()
	return int(n), t.fail(ctx, op, err)
}

// execOne runs a statement that must touch a row: hub.NotFound otherwise.
func (t *tx) execOne(ctx context.Context, op, query string, args ...any) error {
	n, err := t.exec(ctx, op, query, args...)
	if err == nil && n == 0 {
		return t.fail(ctx, op, sql.ErrNoRows)
	}
	return err
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// one reads a single row: hub.NotFound where there is none.
func one[T any](ctx context.Context, t *tx, op string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	inTime, cancel := within(ctx, t.patience)
	defer cancel()
	v, err := scan(t.row(inTime, query, clean(args)))
	if err != nil {
		var zero T
		return zero, t.fail(ctx, op, err)
	}
	return v, nil
}

// many reads all rows.
func many[T any](ctx context.Context, t *tx, op string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	inTime, cancel := within(ctx, t.patience)
	defer cancel()
	rows, err := t.rows(inTime, query, clean(args))
	if err != nil {
		return nil, t.fail(ctx, op, err)
	}
	defer func() { _ = rows.Close() }()
	list := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, t.fail(ctx, op, err)
		}
		list = append(list, v)
	}
	return list, t.fail(ctx, op, rows.Err())
}

// ofKeys reads the rows in which what the query ends with is one of the keys.
func ofKeys[T any](ctx context.Context, t *tx, op string, scan func(scanner) (T, error), query string, keys []string) ([]T, error) {
	switch len(keys) {
	case 0:
		return nil, nil
	case 1: // cheaper than a list of one
		return many(ctx, t, op, scan, query+"= $1", keys[0])
	}
	return many(ctx, t, op, scan, query+"IN "+t.dialect.names("$1"), texts(keys))
}

// value scans a row of one column.
func value[T any](s scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

// clean puts U+FFFD where a text holds what PostgreSQL cannot: NUL and invalid
// UTF-8. They come in with what servers and browsers say.
func clean(args []any) []any {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = cleanText(s)
		}
	}
	return args
}

func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// texts is a list of texts as one parameter.
func texts(list []string) string {
	cleaned := make([]string, len(list))
	for i, s := range list {
		cleaned[i] = cleanText(s)
	}
	return toJSON(cleaned)
}

// numbers is a list of ids as one parameter.
func numbers(list []int64) string {
	if list == nil {
		list = []int64{}
	}
	return toJSON(list)
}

// times is a map of ids or keys to times as one parameter: a list of pairs.
func times[K int64 | string](m map[K]time.Time) string {
	pairs := make([][]any, 0, len(m))
	for k, at := range m {
		pairs = append(pairs, []any{k, micros(at)})
	}
	return tuples(pairs)
}

// tuples is a list of rows as one parameter; see dialect.records.
func tuples(list [][]any) string {
	for _, row := range list {
		clean(row)
	}
	return toJSON(list)
}

// toJSON is for values that always have a JSON form.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: " + err.Error())
	}
	return string(b)
}

// object is a JSON object as it is kept: "{}" for none.
func object(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return "{}"
	}
	return string(raw)
}

// micros is a time as it is kept: 0 for none.
func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// orNull is a reference as it is kept: NULL for none.
func orNull[T int64 | string](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// timeInto scans a time.
type timeInto struct{ at *time.Time }

func (t timeInto) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T", src)
	}
	*t.at = time.Time{}
	if n != 0 {
		*t.at = hub.Micro(time.UnixMicro(n))
	}
	return nil
}

// at scans into a time.
func at(dest *time.Time) any { return timeInto{dest} }

// jsonInto scans JSON text.
type jsonInto struct{ v any }

func (j jsonInto) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON is kept as %T", src)
	}
	return json.Unmarshal([]byte(text), j.v)
}

// list scans into a list of texts.
func list(dest *[]string) any { return jsonInto{dest} }

// rawInto scans JSON text without reading it; an empty text is nil.
type rawInto struct{ raw *json.RawMessage }

func (r rawInto) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON is kept as %T", src)
	}
	*r.raw = nil
	if text != "" {
		*r.raw = json.RawMessage(text)
	}
	return nil
}

// raw scans into a JSON value.
func raw(dest *json.RawMessage) any { return rawInto{dest} }

package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

// A year of 2,000 people who start two servers a day: 1.46 million starts, 730,000 days of people, and what runs
// at the moment. The figures are printed, and nothing is asserted of them.
func BenchmarkAYearOfUsage(b *testing.B) {
	for name, fresh := range map[string]func() string{
		"sqlite":   func() string { return "sqlite://" + filepath.Join(b.TempDir(), "atrium.sqlite") },
		"postgres": func() string { return postgrestest.Schema(b) },
	} {
		b.Run(name, func(b *testing.B) {
			db, err := Open(b.Context(), Options{URL: fresh()})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			year := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			fillYear(b, db, year)
			q := hub.UsageQuery{From: year, To: year.AddDate(1, 0, 0)}
			class := q
			class.Restricted, class.OnlyGroups = true, []string{"group7"}
			month, top := q, q
			month.From, top.Limit = year.AddDate(0, 11, 0), 20
			one := q
			one.UserID = 7
			for _, read := range []struct {
				name string
				read func(ctx context.Context, tx data.Tx) error
			}{
				{"hours by day", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByDay(ctx, q); return err }},
				{"hours by day, a month", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByDay(ctx, month); return err }},
				{"hours by day, a class", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByDay(ctx, class); return err }},
				{"hours by day, one person", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByDay(ctx, one); return err }},
				{"hours by group", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByGroup(ctx, q); return err }},
				{"top people", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByUser(ctx, top); return err }},
				{"top people, a month", func(ctx context.Context, tx data.Tx) error {
					month.Limit = 20
					_, err := tx.UsageByUser(ctx, month)
					return err
				}},
				{"top people, a class", func(ctx context.Context, tx data.Tx) error { _, err := tx.UsageByUser(ctx, class); return err }},
				{"starts", func(ctx context.Context, tx data.Tx) error { _, err := tx.CountStarts(ctx, q); return err }},
				{"starts, a month", func(ctx context.Context, tx data.Tx) error { _, err := tx.CountStarts(ctx, month); return err }},
				{"starts, a class", func(ctx context.Context, tx data.Tx) error { _, err := tx.CountStarts(ctx, class); return err }},
			} {
				b.Run(read.name, func(b *testing.B) {
					for b.Loop() {
						if err := db.View(b.Context(), func(tx data.Tx) error { return read.read(b.Context(), tx) }); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// fillYear fills the tables of usage and starts.
func fillYear(b *testing.B, db *DB, year time.Time) {
	b.Helper()
	const numbers = "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < "
	first, micros := year.UnixMicro()/hub.Day.Microseconds(), hub.Day.Microseconds()
	for _, fill := range []struct {
		text string
		args []any
	}{
		{numbers + `1999) INSERT INTO users (name, admin, created, last_activity) SELECT 'user' || n, FALSE, 0, 0 FROM n WHERE TRUE`, nil},
		{numbers + `99) INSERT INTO groups (name, properties) SELECT 'group' || n, '{}' FROM n WHERE TRUE`, nil},
		{`INSERT INTO memberships (group_id, user_id) SELECT g.id, u.id FROM users u JOIN groups g ON g.id % 33 = u.id % 33`, nil},
		{numbers + `364) INSERT INTO usage_days (day, user_id, used) SELECT n.n + CAST($1 AS BIGINT), u.id, 3600000000 + u.id FROM n, users u WHERE TRUE`, []any{first}},
		{numbers + `729) INSERT INTO starts (server_id, fence, user_id, day, queued, took, band, outcome, cause)
			SELECT u.id, n.n, u.id, n.n / 2 + CAST($1 AS BIGINT), u.id * 1000, u.id * 1000 * (1 + n.n % 70), n.n % 4, CASE WHEN (u.id + n.n) % 20 = 0 THEN 'failed' ELSE 'ready' END,
				CASE WHEN (u.id + n.n) % 20 = 0 THEN CASE WHEN n.n % 3 = 0 THEN 'timeout' ELSE 'exited' END ELSE '' END FROM n, users u WHERE TRUE`, []any{first}},
		{numbers + `729) INSERT INTO server_usage (server_id, user_id, server_name, user_name, fence, started, charged_until, ended, counted)
			SELECT u.id, u.id, '', u.name, n.n, (n.n / 2 + CAST($1 AS BIGINT)) * CAST($2 AS BIGINT), (n.n / 2 + CAST($1 AS BIGINT)) * CAST($2 AS BIGINT) + 1800000000,
				CASE WHEN n.n = 729 AND u.id % 4 = 0 THEN 0 ELSE 1 END, NOT (n.n = 729 AND u.id % 4 = 0) FROM n, users u WHERE TRUE`, []any{first, micros}},
	} {
		if _, err := db.on.Writer.ExecContext(b.Context(), fill.text, fill.args...); err != nil {
			b.Fatalf("%s: %v", fill.text, err)
		}
	}
	if db.on.Dialect.Name == "postgres" { // as it does by itself, later
		if _, err := db.on.Writer.ExecContext(b.Context(), "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// shortPatience is how long these tests wait for a silent database.
const shortPatience = 300 * time.Millisecond

// far is a database on PostgreSQL, and a way to it that falls silent.
func far(t *testing.T) (db *DB, way *tcptest.Proxy, through string) {
	t.Helper()
	way, through = tcptest.ForURL(t, postgrestest.Schema(t))
	return open(t, Options{URL: through}), way, through
}

// heard calls hear with each thing that an export gives, and keeps nothing.
type heard struct{ hear func(what string) }

func (h heard) Table(name string, _, _ []string) error { h.hear("table " + name); return nil }
func (h heard) Row([]any) error                        { h.hear("row"); return nil }
func (h heard) Sequence(string, int64) error           { h.hear("sequence"); return nil }

// wantUnavailable runs what must not hang on a silent database, which speaks again then.
func wantUnavailable(t *testing.T, what string, way *tcptest.Proxy, do func(ctx context.Context, silence func()) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	speak := func() {}
	err := do(ctx, sync.OnceFunc(func() { speak = way.Silence() }))
	if ctx.Err() != nil || !hub.Is(err, hub.Unavailable) {
		t.Errorf("%s: %v, %v", what, err, ctx.Err())
	}
	speak()
}

// A backup of a database that falls silent ends with an error, wherever it had come to.
func TestExportFromASilentDatabaseEnds(t *testing.T) {
	t.Parallel()
	db, way, url := far(t)
	fillUsers(t, db, 20_000) // more than lies in buffers on the way
	for _, at := range []string{"table users", "row", "sequence"} {
		wantUnavailable(t, "at a "+at, way, func(ctx context.Context, silence func()) error {
			s, err := OpenSnapshot(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			s.db.patience = shortPatience
			err = s.Export(ctx, heard{func(what string) {
				if what == at {
					silence()
				}
			}})
			return errors.Join(err, s.Close())
		})
	}
}

// A restore into a database that falls silent ends with an error, wherever it had come to.
func TestImportIntoASilentDatabaseEnds(t *testing.T) {
	t.Parallel()
	version, err := knownVersion()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"the schema", "the rows", "the end"} {
		way, url := tcptest.ForURL(t, postgrestest.Schema(t))
		wantUnavailable(t, "at "+at, way, func(ctx context.Context, silence func()) error {
			db, err := openEmpty(ctx, url, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			db.patience = shortPatience
			if at == "the schema" {
				silence()
			}
			return db.fill(ctx, url, version, func(into Rows) error {
				if at == "the rows" {
					silence()
				}
				err := into.Table("groups", []string{"id", "name"}, []string{KindInteger, KindText})
				err = errors.Join(err, into.Row([]any{int64(1), "staff"}))
				if at == "the end" {
					silence()
				}
				return err
			})
		})
	}
}

// Migrations of a database that falls silent end with an error.
func TestMigrationOfASilentDatabaseEnds(t *testing.T) {
	t.Parallel()
	db, way, _ := far(t)
	db.patience = shortPatience
	wantUnavailable(t, "migrations", way, func(ctx context.Context, silence func()) error {
		silence()
		return db.migrate(ctx)
	})
	wantUnavailable(t, "a long statement", way, func(ctx context.Context, silence func()) error {
		return whileAnswers(ctx, db.writer, shortPatience, func(ctx context.Context) error {
			silence()
			_, err := db.writer.ExecContext(ctx, "SELECT 1")
			return err
		})
	})
}

// A statement of a migration may take longer than the server has to answer others.
func TestALongMigrationIsLetBe(t *testing.T) {
	t.Parallel()
	db, _, _ := far(t)
	err := whileAnswers(t.Context(), db.writer, shortPatience, func(ctx context.Context) error {
		_, err := db.writer.ExecContext(ctx, "SELECT pg_sleep(1.5)")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

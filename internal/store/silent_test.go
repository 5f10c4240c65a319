package store

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/migrations"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// shortPatience is how long these tests wait for a silent database.
const shortPatience = 300 * time.Millisecond

// far is a database on PostgreSQL, and a way to it that falls silent.
func far(t *testing.T) (db *DB, way *tcptest.Proxy) {
	t.Helper()
	way, through := tcptest.ForURL(t, postgrestest.Schema(t))
	return open(t, Options{URL: through}), way
}

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

// Migrations of a database that falls silent end with an error.
func TestMigrationOfASilentDatabaseEnds(t *testing.T) {
	t.Parallel()
	db, way := far(t)
	db.on.Patience = shortPatience
	wantUnavailable(t, "migrations", way, func(ctx context.Context, silence func()) error {
		silence()
		return migrations.Up(ctx, db.on, slog.New(slog.DiscardHandler))
	})
	wantUnavailable(t, "a long statement", way, func(ctx context.Context, silence func()) error {
		return engine.WhileAnswers(ctx, db.on.Writer, shortPatience, func(ctx context.Context) error {
			silence()
			_, err := db.on.Writer.ExecContext(ctx, "SELECT 1")
			return err
		})
	})
}

// A statement of a migration may take longer than the server has to answer others.
func TestALongMigrationIsLetBe(t *testing.T) {
	t.Parallel()
	db, _ := far(t)
	err := engine.WhileAnswers(t.Context(), db.on.Writer, shortPatience, func(ctx context.Context) error {
		_, err := db.on.Writer.ExecContext(ctx, "SELECT pg_sleep(1.5)")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

package transfer

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/sqlitetest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// engines gives each engine's name and a function that makes an empty database, without
// tables, and gives its URL.
func engines() map[string]func(*testing.T) string {
	return map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string {
			t.Helper()
			return "sqlite://" + filepath.Join(t.TempDir(), "atrium.sqlite")
		},
		"postgres": func(t *testing.T) string {
			t.Helper()
			return postgrestest.Schema(t)
		},
	}
}

// migrated is the same with databases that may have their tables already, for tests that are
// not about migrations.
func migrated() map[string]func(*testing.T) string {
	all := engines()
	all["sqlite"] = migratedSQLite
	return all
}

// migratedSQLite gives the URL of an SQLite database that has its tables.
func migratedSQLite(t *testing.T) string {
	t.Helper()
	return template.URL(t)
}

var template = sqlitetest.New(func(ctx context.Context, databaseURL string) (io.Closer, error) {
	return store.Open(ctx, store.Options{URL: databaseURL})
})

// open opens a database that is closed when the test ends.
func open(t *testing.T, databaseURL string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: databaseURL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// onEachEngine runs a test on a fresh database of each engine, which may have its tables.
func onEachEngine(t *testing.T, fn func(t *testing.T, databaseURL string)) {
	t.Helper()
	onEach(t, migrated(), fn)
}

// onEachEmpty is the same with databases that have none.
func onEachEmpty(t *testing.T, fn func(t *testing.T, databaseURL string)) {
	t.Helper()
	onEach(t, engines(), fn)
}

func onEach(t *testing.T, engines map[string]func(*testing.T) string, fn func(t *testing.T, databaseURL string)) {
	t.Helper()
	for name, fresh := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(t, fresh(t))
		})
	}
}

func sqliteURL(path string) string { return "sqlite://" + path }

// fillUsers makes people, so that the database has some pages.
func fillUsers(t *testing.T, db *store.DB, n int) {
	t.Helper()
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%06d", i)
	}
	if err := db.Update(t.Context(), func(tx data.Tx) error {
		_, err := tx.CreateUsers(t.Context(), names, false)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func countUsers(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.View(t.Context(), func(tx data.Tx) (err error) {
		_, n, err = tx.ListUsers(t.Context(), hub.UserQuery{Limit: 1})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// far is a database on PostgreSQL, and a way to it that falls silent.
func far(t *testing.T) (db *store.DB, way *tcptest.Proxy, through string) {
	t.Helper()
	way, through = tcptest.ForURL(t, postgrestest.Schema(t))
	return open(t, through), way, through
}

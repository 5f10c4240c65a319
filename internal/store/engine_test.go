package store

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/storetest"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/sqlitetest"
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
	return Open(ctx, Options{URL: databaseURL})
})

// open opens a database that is closed when the test ends.
func open(t *testing.T, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), o)
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

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, fresh := range migrated() {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" {
				postgrestest.Server(t) // skips them all at once
			}
			storetest.Run(t, func(t *testing.T, clock hub.Clock) data.Store {
				t.Helper()
				return open(t, Options{URL: fresh(t), Clock: clock})
			})
		})
	}
}

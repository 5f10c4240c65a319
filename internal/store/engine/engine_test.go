package engine

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

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

func sqliteURL(path string) string { return "sqlite://" + path }

// onEachEngine runs a test on a fresh database of each engine, without tables.
func onEachEngine(t *testing.T, fn func(t *testing.T, databaseURL string)) {
	t.Helper()
	for name, fresh := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { t.Helper(); return sqliteURL(filepath.Join(t.TempDir(), "a.sqlite")) },
		"postgres": func(t *testing.T) string { t.Helper(); return postgrestest.Schema(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(t, fresh(t))
		})
	}
}

// update is work that does nothing but fn.
func update(db *DB, fn func(*Tx) error) Work {
	return Work{Kind: "update", Options: &db.Dialect.Write, Do: fn}
}

// Without functions that are told of it, work is done all the same.
func TestWorkThatNobodyIsToldOf(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		err := db.Write(t.Context(), update(db, func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), "make a table", "CREATE TABLE words (word TEXT)")
			_, also := tx.Exec(t.Context(), "fill it", "INSERT INTO words VALUES ($1)", "a\x00b")
			return errors.Join(err, also)
		}))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *Tx) error {
			word, err := One(t.Context(), tx, "read it", Value[string], "SELECT word FROM words")
			if word != "a\ufffdb" {
				t.Errorf("there is %q", word)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

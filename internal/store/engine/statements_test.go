package engine

import (
	"path/filepath"
	"testing"
)

// A statement is prepared once, after the transaction that first used it, and kept
// while the database is open.
func TestStatementsAreKept(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Options{URL: sqliteURL(filepath.Join(t.TempDir(), "a.sqlite"))})
	if err != nil {
		t.Fatal(err)
	}
	look := func(tx *Tx) error {
		_, err := One(t.Context(), tx, "count", Value[int], "SELECT count(*) FROM sqlite_master WHERE name <> $1", "none")
		return err
	}
	var kept int
	for n := range 3 {
		if err := db.View(t.Context(), look); err != nil {
			t.Fatal(err)
		}
		switch now := len(db.reading.by); {
		case n == 0 && now == 0:
			t.Fatal("no statement was kept")
		case n == 0:
			kept = now
		case now != kept:
			t.Errorf("%d statements are kept, %d after the first look", now, kept)
		}
	}
	if len(db.writing.by) >= maxStatements/2 {
		t.Errorf("opening alone keeps %d statements of %d", len(db.writing.by), maxStatements)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if len(db.reading.by)+len(db.writing.by) != 0 {
		t.Error("statements outlive their database")
	}
}

// SQLite plans a kept statement anew for each parameter that could change the plan, as one
// of LIMIT, unless it is part of an expression. How often it did is not to be had here: that
// GET /hub/api/users/{name}/tokens is no dearer than before is in the bench.
func TestParametersOfKeptStatementsArePartOfExpressions(t *testing.T) {
	t.Parallel()
	got := newStatements(nil).steady("SELECT json_extract(v, '$[0]') FROM t WHERE a = $1 AND b > $12 LIMIT $2")
	if want := "SELECT json_extract(v, '$[0]') FROM t WHERE a = +$1 AND b > +$12 LIMIT +$2"; got != want {
		t.Errorf("prepared is %s, want %s", got, want)
	}
}

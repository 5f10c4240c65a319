package store

import "testing"

// TestMigrateDownAndUp shows that each migration can be undone and done again.
func TestMigrateDownAndUp(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		p, err := newProvider(t.Context(), db.writer, db.dialect)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		fillUsers(t, db, 3)
		if n := countUsers(t, db); n != 3 {
			t.Errorf("%d people of 3", n)
		}
	})
}

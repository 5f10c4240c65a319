package store

import (
	"testing"

	"github.com/atriumhub/atrium/internal/store/migrations"
)

// TestMigrateDownAndUp shows that each migration can be undone and done again.
func TestMigrateDownAndUp(t *testing.T) {
	t.Parallel()
	onEachEmpty(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		p, err := migrations.NewProvider(t.Context(), db.on.Writer, db.on.Dialect)
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

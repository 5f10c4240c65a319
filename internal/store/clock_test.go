package store

import (
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

// Transactions have the time of PostgreSQL, whatever the machine's clock says.
func TestTransactionsHaveTheServersTime(t *testing.T) {
	t.Parallel()
	url := postgrestest.Schema(t)
	right := open(t, Options{URL: url})
	off := open(t, Options{URL: url, Machine: func() time.Time { return hub.SystemClock().Add(10 * time.Minute) }})
	for range 3 {
		var here, there time.Time
		read := func(db *DB, at *time.Time) {
			if err := db.View(t.Context(), func(tx data.Tx) error { *at = tx.Now(); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		read(right, &here)
		read(off, &there)
		if apart := there.Sub(here).Abs(); apart > time.Minute { // they are within milliseconds, on a machine that is not busy
			t.Errorf("the times of two hubs are %v apart", apart)
		}
		if _, err := off.RenewLease(t.Context(), hub.Replica{ID: "off"}, time.Second); err != nil {
			t.Fatal(err)
		}
	}
}

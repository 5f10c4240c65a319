package engine

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/atriumhub/atrium/internal/hub"
)

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		runs := 0
		err := db.Write(t.Context(), update(db, func(*Tx) error {
			runs++
			return hub.Wrap(hub.Internal, &pgconn.PgError{Code: pgDeadlock}, "wrapped")
		}))
		if err == nil || runs != attempts {
			t.Errorf("%d runs, then %v", runs, err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		runs = 0
		err = db.Write(ctx, update(db, func(*Tx) error {
			runs++
			cancel()
			return &pgconn.PgError{Code: pgDeadlock}
		}))
		if err == nil || runs != 1 {
			t.Errorf("%d runs for somebody who left, then %v", runs, err)
		}
	})
}

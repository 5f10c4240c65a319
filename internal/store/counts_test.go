package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
)

func TestTransactionsAreTold(t *testing.T) {
	var told []string
	db, err := Open(t.Context(), Options{
		URL: migratedSQLite(t),
		Observe: func(kind string, took time.Duration, tries int) {
			if took < 0 || tries != 1 {
				t.Errorf("%s took %v, tried %d times", kind, took, tries)
			}
			told = append(told, kind)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	told = nil
	nothing := func(data.Tx) error { return nil }
	if err := errors.Join(db.View(t.Context(), nothing), db.Update(t.Context(), nothing)); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if db.View(ended, nothing) == nil {
		t.Error("a view without a context")
	}
	if diff := cmp.Diff([]string{"view", "update", "view"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	pools := db.Pools()
	if len(pools) != 2 || pools[0].Name != "writer" || pools[1].Name != "readers" || pools[0].InUse != 0 {
		t.Errorf("pools %+v", pools)
	}
}

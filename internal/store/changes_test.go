package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
)

// readSince gives what one transaction sees of the changes after a position.
func readSince(t *testing.T, db *DB, from data.Position) (complete, ahead []string) {
	t.Helper()
	if err := db.View(t.Context(), func(tx data.Tx) error {
		list, err := tx.ChangesSince(t.Context(), from, 0)
		if err != nil {
			return err
		}
		early, err := tx.ChangesAhead(t.Context(), 0, 0)
		complete, ahead = keys(list), keys(early)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return complete, ahead
}

func keys(list []data.Noted) []string {
	of := []string{}
	for _, n := range list {
		of = append(of, n.Key)
	}
	return of
}

// A transaction that got its id first and commits last: nothing is given as complete that it
// could still come before, nothing is deleted, and nothing is lost; what others committed
// meanwhile can be read ahead.
func TestATransactionThatCommitsLast(t *testing.T) {
	t.Parallel()
	url := postgrestest.Schema(t)
	ctx, now := t.Context(), time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	db := open(t, Options{URL: url, Clock: func() time.Time { return now }})
	var from data.Position
	if err := db.View(ctx, func(tx data.Tx) (err error) {
		from, err = tx.ChangePosition(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	key := func(tx data.Tx, k string) {
		noteIn(tx, data.Change{Kind: data.TokenRevoked, Key: k})
	}
	begun, end, ended := make(chan struct{}, 1), make(chan struct{}), make(chan error)
	go func() {
		ended <- db.Update(ctx, func(tx data.Tx) error {
			key(tx, "first to begin")
			if err := tx.SetSetting(ctx, "k", "v"); err != nil { // now it has an id
				return err
			}
			select {
			case begun <- struct{}{}:
			default: // it is run again
			}
			<-end
			return nil
		})
	}()
	<-begun
	for _, k := range []string{"second", "third"} {
		if err := db.Update(ctx, func(tx data.Tx) error { key(tx, k); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	complete, ahead := readSince(t, db, from)
	if diff := cmp.Diff([][]string{{}, {"second", "third"}}, [][]string{complete, ahead}); diff != "" {
		t.Errorf("complete, ahead while it is open (-want +got):\n%s", diff)
	}
	if gone, err := db.PruneChanges(ctx, now.Add(time.Hour), 100); gone != 0 || err != nil {
		t.Errorf("deleted %d that are not complete, %v", gone, err)
	}
	close(end)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(30 * time.Second); len(ahead) > 0; { // transactions of other tests may be open
		select {
		case <-deadline:
			t.Fatal("the changes are not complete after half a minute")
		case <-time.After(time.Millisecond):
			complete, ahead = readSince(t, db, from)
		}
	}
	if diff := cmp.Diff([]string{"first to begin", "second", "third"}, complete); diff != "" {
		t.Errorf("complete once all is committed (-want +got):\n%s", diff)
	}
}

// Tables that were copied to another server are read from where that one is.
func TestChangesOfAnotherServer(t *testing.T) {
	t.Parallel()
	url := postgrestest.Schema(t)
	open(t, Options{URL: url})
	postgrestest.Exec(t.Context(), t, url, "UPDATE changes SET xid = '9000000000000000'")
	db := open(t, Options{URL: url})
	err := db.View(t.Context(), func(tx data.Tx) error {
		from, err := tx.ChangePosition(t.Context())
		if err != nil {
			return err
		}
		_, err = tx.ChangesSince(t.Context(), from, 1)
		return err
	})
	if err != nil {
		t.Errorf("after the copy: %v", err)
	}
	err = db.View(t.Context(), func(tx data.Tx) error {
		_, err := tx.ChangesSince(t.Context(), data.Position{Tx: 9000000000000000, ID: 1}, 1)
		return err
	})
	if !hub.Is(err, hub.NotFound) {
		t.Errorf("from a position of the other server on: %v", err)
	}
}

package app_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/servers"
)

// countingStore counts how often it is read.
type countingStore struct {
	data.Store
	views atomic.Int64
}

func (s *countingStore) View(ctx ctx, fn func(data.Tx) error) error {
	s.views.Add(1)
	return s.Store.View(ctx, fn)
}

// However many ask for their place in the queue, it is read for all of them at once.
func TestPlacesAreReadOnceForAll(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice", "bob")
	first, err := f.StartServer(t.Context(), admin, "alice", "", servers.StartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	counted := &countingStore{Store: f.DB}
	other := f.over(counted, app.Config{Base: "/"})
	var asking sync.WaitGroup
	for range 200 {
		asking.Go(func() {
			if places, err := other.QueuePlace(t.Context(), first.ID); err != nil || places[first.ID] != 1 {
				t.Errorf("%v, %v", places, err)
			}
		})
	}
	asking.Wait()
	if n := counted.views.Load(); n > 10 {
		t.Errorf("200 askers made %d reads", n)
	}
	second, err := f.StartServer(t.Context(), admin, "bob", "", servers.StartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if places, err := other.QueuePlace(t.Context(), second.ID); err != nil || places[second.ID] != 2 {
		t.Errorf("somebody who has just come is at %d: %v", places[second.ID], err)
	}
}

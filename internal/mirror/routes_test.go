package mirror

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// readyServers is a store in which every server that is asked for by its id is ready.
type readyServers struct {
	data.Store // nothing else is called
	data.Tx

	asked  []int // how many servers were asked for at once
	during func()
}

func (r *readyServers) View(_ context.Context, fn func(data.Tx) error) error { return fn(r) }

func (r *readyServers) LiveServersByID(_ context.Context, ids []int64) (list []hub.Server, err error) {
	r.asked = append(r.asked, len(ids))
	r.during()
	for _, id := range ids {
		list = append(list, hub.Server{ID: id, Phase: hub.Ready, Upstream: "http://upstream"})
	}
	return list, nil
}

// However many servers change at once, they are read a thousand at a time and without what
// LiveServersByID leaves out, and whoever asks for routes meanwhile gets them.
func TestRoutesOfManyServersAreReadInParts(t *testing.T) {
	store := &readyServers{}
	routes := NewRoutes(store, func(hub.Server) bool { return false }, slog.New(slog.DiscardHandler))
	var routed Routed
	routes.OnChange(func(r Routed) { routed = r })
	store.during = func() {
		if !routes.mu.TryLock() {
			t.Fatal("the routes are locked while servers are read")
		}
		routes.mu.Unlock()
	}
	var changes []data.Change
	for id := range int64(2500) {
		changes = append(changes, data.Change{Kind: data.ServerChanged, ID: 1 + id})
	}
	routes.Apply(changes)
	if want := []int{1000, 1000, 500}; !slices.Equal(store.asked, want) {
		t.Errorf("read %v servers at once, want %v", store.asked, want)
	}
	if n := len(routed.Servers); n != len(changes) {
		t.Errorf("%d servers have a route of %d", n, len(changes))
	}
}

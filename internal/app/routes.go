package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Routed is what requests can be sent to.
type Routed struct {
	Servers  []hub.Server  // those that are ready, by ID
	Services []hub.Service // those with a URL, by ID
}

// routes keeps what requests can be sent to, and hands it to the proxy whenever it
// changes.
type routes struct {
	store data.Store
	homes *homekeeping // says which node this is
	log   *slog.Logger

	mu       sync.Mutex
	by       map[int64]hub.Server
	services []hub.Service
	hook     func(Routed)
}

// OnRoutes hands every change of the running servers and of services to fn: all of
// them. It is called before whoever made the change gets an answer. LoadRoutes fills
// it.
func (a *App) OnRoutes(fn func(Routed)) {
	a.routes.mu.Lock()
	defer a.routes.mu.Unlock()
	a.routes.hook = fn
}

// LoadRoutes reads what requests can be sent to anew: at the start, and now and then in
// case a change was missed.
func (a *App) LoadRoutes(ctx context.Context) error { return a.routes.load(ctx) }

func (t *routes) load(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := map[int64]hub.Server{}
	var services []hub.Service
	err := t.store.View(ctx, func(tx data.Tx) error {
		live, err := tx.LiveServers(ctx)
		for _, s := range live {
			if t.routed(s) {
				fresh[s.ID] = s
			}
		}
		if err != nil {
			return err
		}
		services, err = servedServices(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	t.by, t.services = fresh, services
	t.tell()
	return nil
}

// routed tells whether requests go to the server: it answered, nobody wants it stopped,
// and this node can reach it.
func (t *routes) routed(s hub.Server) bool {
	return s.Phase == hub.Ready && s.Upstream != "" && !t.homes.foreign(s)
}

// servedServices are the services that the proxy serves.
func servedServices(ctx context.Context, tx data.Tx) ([]hub.Service, error) {
	all, err := tx.ListServices(ctx)
	return slices.DeleteFunc(all, func(v hub.Service) bool { return v.URL == "" }), err
}

// patience bounds the look at one server inside a publisher's goroutine.
const patience = 5 * time.Second

func (t *routes) apply(changes []data.Change) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var ids []int64
	services := false
	for _, c := range changes {
		switch c.Kind {
		case data.ServerChanged:
			ids = append(ids, c.ID)
		case data.ServiceChanged:
			services = true
		case data.Resync:
			if err := t.load(ctx); err != nil {
				t.log.WarnContext(ctx, "cannot read the routes; trying again soon", "error", err)
			}
			return
		case data.UserChanged, data.GroupChanged, data.ServerDoubted, data.TokenRevoked, data.SessionRevoked:
		}
	}
	if services {
		t.loadServices(ctx)
	}
	if len(ids) > 0 {
		t.loadServers(ctx, ids)
	}
}

// served are the services that the proxy serves, a copy.
func (t *routes) served() []hub.Service {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.services)
}

// loadServices reads the services anew: they are few, and change rarely.
func (t *routes) loadServices(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var fresh []hub.Service
	err := t.store.View(ctx, func(tx data.Tx) (err error) {
		fresh, err = servedServices(ctx, tx)
		return err
	})
	if err != nil {
		t.log.WarnContext(ctx, "cannot read the services' routes; trying again soon", "error", err)
		return
	}
	t.services = fresh
	t.tell()
}

// loadServers reads these servers anew, and tells once.
func (t *routes) loadServers(ctx context.Context, ids []int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := map[int64]hub.Server{}
	err := t.store.View(ctx, func(tx data.Tx) error {
		list, err := tx.ServersByID(ctx, ids)
		for _, s := range list {
			now[s.ID] = s
		}
		return err
	})
	if err != nil {
		t.log.WarnContext(ctx, "cannot read a route; trying again soon", "error", err)
		return
	}
	changed := false
	for _, id := range ids {
		s, there := now[id]
		before, had := t.by[id]
		switch {
		case there && t.routed(s):
			if !had || before.Upstream != s.Upstream || before.Fence != s.Fence {
				s.Options, s.FailureLog = nil, "" // nobody asks the routes for them
				t.by[id], changed = s, true
			}
		case had:
			delete(t.by, id)
			changed = true
		}
	}
	if changed {
		t.tell()
	}
}

// tell hands it all on. t.mu is held, so that it arrives in order.
func (t *routes) tell() {
	if t.hook == nil {
		return
	}
	list := make([]hub.Server, 0, len(t.by))
	for _, s := range t.by {
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y hub.Server) int { return int(x.ID - y.ID) })
	t.hook(Routed{Servers: list, Services: slices.Clone(t.services)})
}

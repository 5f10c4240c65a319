package mirror

import (
	"context"
	"log/slog"
	"maps"
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

// Routes keeps what requests can be sent to, and hands it to the proxy whenever it
// changes.
type Routes struct {
	store   data.Store
	foreign func(hub.Server) bool // it listens where requests from here would reach somebody else
	log     *slog.Logger

	// reading is held from before something is read until its result is handed on, so that
	// an older one never follows a newer one. mu is for the fields alone, and for a moment.
	reading sync.Mutex

	mu       sync.Mutex
	by       map[int64]hub.Server
	services []hub.Service
	hook     func(Routed)
}

// OnChange hands every change of the running servers and of services to fn: all of
// them. It is called before whoever made the change gets an answer. Load fills it.
func (t *Routes) OnChange(fn func(Routed)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hook = fn
}

// NewRoutes knows nothing yet; foreign tells of servers that cannot be reached from here.
func NewRoutes(store data.Store, foreign func(hub.Server) bool, log *slog.Logger) *Routes {
	return &Routes{store: store, foreign: foreign, log: log, by: map[int64]hub.Server{}}
}

// Load reads everything anew.
func (t *Routes) Load(ctx context.Context) error {
	t.reading.Lock()
	defer t.reading.Unlock()
	fresh := map[int64]hub.Server{}
	var services []hub.Service
	err := t.store.View(ctx, func(tx data.Tx) error {
		live, err := tx.LiveServers(ctx)
		for _, s := range live {
			if t.Routed(s) {
				fresh[s.ID] = s
			}
		}
		if err != nil {
			return err
		}
		services, err = ServedServices(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.by, t.services = fresh, services
	t.mu.Unlock()
	t.tell()
	return nil
}

// Routed tells whether requests go to the server: it answered, nobody wants it stopped,
// and this node can reach it.
func (t *Routes) Routed(s hub.Server) bool {
	return s.Phase == hub.Ready && s.Upstream != "" && !t.foreign(s)
}

// ServedServices are the services that the proxy serves.
func ServedServices(ctx context.Context, tx data.Tx) ([]hub.Service, error) {
	all, err := tx.ListServices(ctx)
	return slices.DeleteFunc(all, func(v hub.Service) bool { return v.URL == "" }), err
}

// patience bounds the look at one server, for which whoever made a change waits.
const patience = 5 * time.Second

// readAtOnce is how many servers are read at once: other changes wait for no more.
const readAtOnce = 1000

// Apply reads again what has changed, and tells before it returns.
func (t *Routes) Apply(changes []data.Change) {
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
			if err := t.Load(ctx); err != nil {
				t.log.WarnContext(ctx, "cannot read the routes; trying again soon", "error", err)
			}
			return
		case data.UserChanged, data.GroupChanged, data.ServerDoubted, data.TokenRevoked, data.SessionRevoked:
		}
	}
	if services {
		t.loadServices(ctx)
	}
	for part := range slices.Chunk(ids, readAtOnce) {
		t.loadServers(ctx, part)
	}
}

// Served are the services that the proxy serves, a copy.
func (t *Routes) Served() []hub.Service {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.services)
}

// loadServices reads the services anew: they are few, and change rarely.
func (t *Routes) loadServices(ctx context.Context) {
	t.reading.Lock()
	defer t.reading.Unlock()
	var fresh []hub.Service
	err := t.store.View(ctx, func(tx data.Tx) (err error) {
		fresh, err = ServedServices(ctx, tx)
		return err
	})
	if err != nil {
		t.log.WarnContext(ctx, "cannot read the services' routes; trying again soon", "error", err)
		return
	}
	t.mu.Lock()
	t.services = fresh
	t.mu.Unlock()
	t.tell()
}

// loadServers reads these servers anew, and tells once.
func (t *Routes) loadServers(ctx context.Context, ids []int64) {
	t.reading.Lock()
	defer t.reading.Unlock()
	now := map[int64]hub.Server{}
	err := t.store.View(ctx, func(tx data.Tx) error {
		list, err := tx.LiveServersByID(ctx, ids)
		for _, s := range list {
			now[s.ID] = s
		}
		return err
	})
	if err != nil {
		t.log.WarnContext(ctx, "cannot read a route; trying again soon", "error", err)
		return
	}
	if t.swap(ids, now) {
		t.tell()
	}
}

// swap replaces these servers by what they are now, and reports whether a route has changed.
func (t *Routes) swap(ids []int64, now map[int64]hub.Server) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		s, there := now[id]
		before, had := t.by[id]
		switch {
		case there && t.Routed(s):
			if !had || before.Upstream != s.Upstream || before.Fence != s.Fence {
				t.by[id], changed = s, true
			}
		case had:
			delete(t.by, id)
			changed = true
		}
	}
	return changed
}

// tell hands it all on. t.reading is held, so that it arrives in order.
func (t *Routes) tell() {
	t.mu.Lock()
	hook, list, services := t.hook, slices.Collect(maps.Values(t.by)), slices.Clone(t.services)
	t.mu.Unlock()
	if hook == nil {
		return
	}
	slices.SortFunc(list, func(x, y hub.Server) int { return int(x.ID - y.ID) })
	hook(Routed{Servers: list, Services: services})
}

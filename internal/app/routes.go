package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// routes keeps the servers that requests can be sent to, and hands the list to the
// proxy whenever it changes.
type routes struct {
	store Store
	log   *slog.Logger

	mu   sync.Mutex
	by   map[int64]hub.Server
	hook func([]hub.Server)
}

// OnRoutes hands every change of the running servers to fn: the whole list, by id.
// It is called before whoever made the change gets an answer. LoadRoutes fills it.
func (a *App) OnRoutes(fn func([]hub.Server)) {
	a.routes.mu.Lock()
	defer a.routes.mu.Unlock()
	a.routes.hook = fn
}

// LoadRoutes reads the running servers anew: at the start, and now and then in
// case a change was missed.
func (a *App) LoadRoutes(ctx context.Context) error { return a.routes.load(ctx) }

func (t *routes) load(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := map[int64]hub.Server{}
	err := t.store.View(ctx, func(tx Tx) error {
		live, err := tx.LiveServers(ctx)
		for _, s := range live {
			if routed(s) {
				fresh[s.ID] = s
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	t.by = fresh
	t.tell()
	return nil
}

// routed tells whether requests go to the server: it answered, and nobody wants it
// stopped.
func routed(s hub.Server) bool { return s.Phase == hub.Ready && s.Upstream != "" }

// patience bounds the look at one server inside a publisher's goroutine.
const patience = 5 * time.Second

func (t *routes) apply(c Change) {
	switch c.Kind {
	case ServerChanged:
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		t.one(ctx, c.ID)
	case Resync:
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := t.load(ctx); err != nil {
			t.log.WarnContext(ctx, "cannot read the routes; trying again soon", "error", err)
		}
	case UserChanged, TokenRevoked, SessionRevoked:
	}
}

func (t *routes) one(ctx context.Context, id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var s hub.Server
	err := t.store.View(ctx, func(tx Tx) (err error) {
		s, err = tx.ServerByID(ctx, id)
		return err
	})
	if err != nil && !hub.Is(err, hub.NotFound) {
		t.log.WarnContext(ctx, "cannot read a route; trying again soon", "error", err)
		return
	}
	before, had := t.by[id]
	switch {
	case err == nil && routed(s):
		if had && before.Upstream == s.Upstream && before.Fence == s.Fence {
			return
		}
		t.by[id] = s
	case had:
		delete(t.by, id)
	default:
		return
	}
	t.tell()
}

// tell hands the list on. t.mu is held, so that lists arrive in order.
func (t *routes) tell() {
	if t.hook == nil {
		return
	}
	list := make([]hub.Server, 0, len(t.by))
	for _, s := range t.by {
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y hub.Server) int { return int(x.ID - y.ID) })
	t.hook(list)
}

package reconcile

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/spawn"
)

// progressEvery is how long what a driver says of starts is gathered: of each the last is
// written.
const progressEvery = 250 * time.Millisecond

// listener is what a driver tells of its servers.
type listener struct{ r *Reconciler }

// Ended implements spawn.Listener.
func (l listener) Ended(serverID int64) { l.r.requestLook(serverID) }

// Progressed implements spawn.Listener.
func (l listener) Progressed(p spawn.Progress) { l.r.progress.put(p) }

// progress is what drivers have said of starts and nobody has written yet, the last of each
// server.
type progress struct {
	wake chan struct{}

	mu     sync.Mutex
	latest map[int64]spawn.Progress

	writing chan struct{} // has room while none is written
}

func newProgress() *progress {
	return &progress{wake: make(chan struct{}, 1), writing: make(chan struct{}, 1), latest: map[int64]spawn.Progress{}}
}

// put never blocks.
func (g *progress) put(p spawn.Progress) {
	g.mu.Lock()
	g.latest[p.ServerID] = p
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

func (g *progress) take() (list []servers.Progress) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.latest {
		list = append(list, servers.Progress(p))
	}
	clear(g.latest)
	slices.SortFunc(list, func(a, b servers.Progress) int { return int(a.ServerID - b.ServerID) })
	return list
}

// drop forgets what was said of a server and waits for what is just being written: it is
// over, and must not be told after what comes next. The error is ctx's.
func (g *progress) drop(ctx context.Context, serverID int64) error {
	g.mu.Lock()
	delete(g.latest, serverID)
	g.mu.Unlock()
	if err := g.lock(ctx); err != nil {
		return err
	}
	g.unlock()
	return nil
}

// lock waits until none is written.
func (g *progress) lock(ctx context.Context) error {
	select {
	case g.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *progress) unlock() { <-g.writing }

// writeProgress records what the driver says of starts until ctx ends. That it cannot be written
// keeps no server from starting.
func (r *Reconciler) writeProgress(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.progress.wake:
		}
		if err := r.writeLatestProgress(ctx); err != nil && ctx.Err() == nil {
			r.Logger.WarnContext(ctx, "cannot write down what starts are at", "error", err)
		}
		if hub.Sleep(ctx, progressEvery) != nil {
			return
		}
	}
}

func (r *Reconciler) writeLatestProgress(ctx context.Context) error {
	if err := r.progress.lock(ctx); err != nil {
		return err
	}
	defer r.progress.unlock()
	list := r.progress.take()
	if len(list) == 0 {
		return nil
	}
	return r.App.Progressed(ctx, r.lease(), list)
}

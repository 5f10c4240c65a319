// Package reconcile brings servers from what is wanted to what is: it reads the
// desired and the observed state, and takes one step towards agreement. It is
// level-triggered: a lost event only delays, and after a restart of the hub the
// same code finds running servers again.
//
//	stopped ─► queued ─► starting ─► waiting ─► ready
//	              │          │          │         │
//	              └──────────┴────┬─────┴─────────┘
//	                    stopping ─┴► stopped, or failed with a reason
//
// Every step is conditional on the run's fence, so a step that was overtaken does
// nothing.
package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// Options is what a Reconciler works with. Times are wall-clock durations.
type Options struct {
	App      *app.App
	Driver   spawn.Driver
	Owner    string        // names this replica in leases; the same after a restart on the same data directory
	Starts   int           // how many servers may be starting at once
	Start    time.Duration // limit for the driver to make the process
	HTTP     time.Duration // limit for the server to answer after that
	Poll     time.Duration // how often running servers are looked at
	Lease    time.Duration
	LogBytes int // how much of a failed server's log is kept
	Clock    hub.Clock
	Logger   *slog.Logger
}

// Reconciler drives the servers of one replica. Make it with New, wake it with
// Apply, and let Run run.
type Reconciler struct {
	Options
	client *http.Client
	wake   chan struct{}

	mu   sync.Mutex
	busy map[int64]*job      // servers that a step is being taken for
	next map[int64]time.Time // when a server that rests in its phase is looked at again
}

// job is one step under way.
type job struct {
	wanted bool // the wish it works for
	cancel context.CancelFunc
}

// New makes a Reconciler; defaults fill in what is zero.
func New(o Options) *Reconciler {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Start, time.Minute)
	def(&o.HTTP, time.Minute)
	def(&o.Poll, 5*time.Second)
	def(&o.Lease, 30*time.Second)
	if o.Starts <= 0 {
		o.Starts = 10
	}
	if o.LogBytes <= 0 {
		o.LogBytes = 16 << 10
	}
	return &Reconciler{
		Options: o,
		client:  readinessClient(),
		wake:    make(chan struct{}, 1),
		busy:    map[int64]*job{},
		next:    map[int64]time.Time{},
	}
}

// Apply wakes the reconciler when a server changed. It never blocks.
func (r *Reconciler) Apply(c app.Change) {
	if c.Kind == app.ServerChanged || c.Kind == app.Resync {
		r.kick()
	}
}

func (r *Reconciler) kick() {
	select {
	case r.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run works until ctx ends, then waits for the steps under way to give up. Servers
// go on running.
func (r *Reconciler) Run(ctx context.Context) error {
	var steps sync.WaitGroup
	defer steps.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	renew := time.NewTicker(r.Lease / 3)
	defer renew.Stop()
	for {
		if err := r.pass(ctx, &steps); err != nil && ctx.Err() == nil {
			r.Logger.WarnContext(ctx, "cannot read the servers", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-tick.C:
		case <-renew.C:
			if err := r.App.Tick(ctx, r.Owner, r.Lease); err != nil && ctx.Err() == nil {
				r.Logger.WarnContext(ctx, "cannot renew leases", "error", err)
			}
		}
	}
}

// pass looks at every server that is not at rest and begins the steps that are due.
func (r *Reconciler) pass(ctx context.Context, steps *sync.WaitGroup) error {
	live, err := r.App.LiveServers(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(live)
	starting := 0
	for _, s := range live {
		j := r.busy[s.ID]
		// A higher fence is no reason: the job itself raises it when it goes on with
		// a start that was cut short.
		if j != nil && j.wanted && (!s.WantRunning || !r.mine(s)) {
			j.cancel() // what it works for is no longer wanted, or another's
		}
		if s.Phase == hub.Starting || s.Phase == hub.Waiting || j != nil && s.Phase == hub.Queued {
			starting++
		}
		if j == nil && s.Phase != hub.Queued && r.due(s) {
			r.begin(ctx, steps, s)
		}
	}
	for _, s := range app.Queue(live) {
		if starting >= r.Starts {
			break
		}
		if r.busy[s.ID] == nil {
			r.begin(ctx, steps, s)
			starting++
		}
	}
	return nil
}

// due tells whether a server that isn't waiting for its turn needs a look now, and
// by this replica.
func (r *Reconciler) due(s hub.Server) bool {
	if !r.mine(s) {
		return false
	}
	if s.Phase == hub.Ready && s.WantRunning {
		return !r.Clock().Before(r.next[s.ID])
	}
	return true
}

// mine tells whether this replica may drive the server: it holds the lease, nobody
// does, or it is the only one that can (the server lives on its node).
func (r *Reconciler) mine(s hub.Server) bool {
	if s.Node != "" && s.Node != r.Driver.Node() {
		return false
	}
	return s.Owner == r.Owner || s.Owner == "" || !r.Clock().Before(s.LeaseUntil)
}

// forget drops what is remembered of servers that rest.
func (r *Reconciler) forget(live []hub.Server) {
	alive := make(map[int64]bool, len(live))
	for _, s := range live {
		alive[s.ID] = true
	}
	for id := range r.next {
		if !alive[id] {
			delete(r.next, id)
		}
	}
}

// begin takes a step for s in its own goroutine. r.mu is held.
func (r *Reconciler) begin(ctx context.Context, steps *sync.WaitGroup, s hub.Server) {
	ctx, cancel := context.WithCancel(ctx)
	r.busy[s.ID] = &job{wanted: s.WantRunning, cancel: cancel}
	steps.Go(func() {
		defer cancel()
		err := r.step(ctx, s)
		r.mu.Lock()
		delete(r.busy, s.ID)
		r.next[s.ID] = r.Clock().Add(r.Poll)
		r.mu.Unlock()
		if err != nil && ctx.Err() == nil && !hub.Is(err, hub.Conflict) {
			r.Logger.ErrorContext(ctx, "a step for a server failed; trying again", "server", s.FullName(), "phase", s.Phase, "error", err)
			return // the next tick tries again
		}
		r.kick()
	})
}

// step takes s as far as it goes without waiting for anybody else.
func (r *Reconciler) step(ctx context.Context, s hub.Server) error {
	switch {
	case !s.WantRunning:
		return r.stop(ctx, s)
	case s.Phase == hub.Queued:
		return r.start(ctx, s)
	case s.Phase == hub.Starting:
		return r.resume(ctx, s)
	case s.Phase == hub.Waiting:
		return r.awaitReady(ctx, s)
	case s.Phase == hub.Ready:
		return r.check(ctx, s)
	}
	return nil
}

// stop ends whatever lives of s and records it.
func (r *Reconciler) stop(ctx context.Context, s hub.Server) error {
	if err := r.Driver.Stop(ctx, s.ID, s.Fence, true); err != nil {
		return err
	}
	return r.App.EndRun(ctx, s.ID, s.Fence, hub.EventStopped, "", "")
}

// fail ends a run that went wrong: nothing of it stays, and the reason is kept.
func (r *Reconciler) fail(ctx context.Context, s hub.Server, kind hub.EventKind, reason string) error {
	log, logErr := r.Driver.Logs(ctx, s.ID, r.LogBytes)
	if logErr != nil {
		log = ""
	}
	if err := r.Driver.Stop(ctx, s.ID, s.Fence, false); err != nil {
		return errors.Join(err, logErr)
	}
	r.Logger.WarnContext(ctx, "a server failed", "server", s.FullName(), "reason", reason)
	return r.App.EndRun(ctx, s.ID, s.Fence, kind, reason, log)
}

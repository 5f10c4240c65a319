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
// nothing. A step that fails is tried again after a pause that grows.
package reconcile

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// Options is what a Reconciler works with. Times are wall-clock durations.
type Options struct {
	App    *app.App
	Driver spawn.Driver
	Lease  Lease
	Starts int           // how many servers may be starting at once
	Start  time.Duration // limit for the driver to make the process
	HTTP   time.Duration // limit for the server to answer after that
	Poll   time.Duration // how often running servers are looked at
	// WatchedPoll is the same for those whose end the driver tells by itself.
	WatchedPoll time.Duration
	Abandon     time.Duration // a server whose host has been gone for longer is written off
	LogBytes    int           // how much of a failed server's log is kept
	Observer    Observer      // nil: nobody
	Clock       hub.Clock
	Elapsed     hub.Elapsed // nil counts from New
	Logger      *slog.Logger
}

// Lease is this replica's right to drive servers, and what it knows of other replicas.
type Lease interface {
	// ID is the id of this replica, which is the owner of the servers that it drives.
	ID() string
	// Term is a context that ends when the lease does, and whether it holds now.
	Term() (context.Context, bool)
	// Lives tells whether another replica lives, or may.
	Lives(id string) bool
	// NodeLives tells whether another replica on the node lives, or may.
	NodeLives(node string) bool
}

// tickEvery is how often usage is moved forward.
const tickEvery = 10 * time.Second

// rereadEvery is how often servers are read of which nobody has told that they changed, where
// all of them just run.
const rereadEvery = 30 * time.Second

// Reconciler drives the servers of one replica. Make it with New, wake it with
// Apply, and let Run run.
type Reconciler struct {
	Options
	client *http.Client
	wake   chan struct{}

	mu       sync.Mutex
	busy     map[int64]*job // servers that a step is being taken for
	running  map[work]int   // how many steps of each kind are under way
	ended    map[int64]bool // servers whose step ended since the last pass began to read
	crowded  bool           // the last pass left something undone for want of room
	memories map[int64]*memory
	doubts   map[int64]*doubt // servers to be looked at with the next pass

	// Of Run alone: what the last pass read and when, whether something was told since,
	// and whether all that it read just ran.
	last   []hub.Server
	readAt time.Duration
	stale  bool
	rested bool
	term   context.Context // that the last pass was made in
}

// job is one step under way.
type job struct {
	wanted bool // the wish it works for
	work   work
	doubt  *doubt // that it answers; nil: nobody's
	cancel context.CancelFunc
}

// work is the kind of a step.
type work int

const (
	starts work = iota // up to ready; Options.Starts bounds them
	checks
	stops
)

// room is how many steps of the kind may be under way at once.
func (w work) room() int {
	switch w {
	case checks:
		return 32
	case stops:
		return 128
	case starts:
	}
	return math.MaxInt
}

func workFor(s hub.Server) work {
	switch {
	case !s.WantRunning:
		return stops
	case s.Phase == hub.Ready:
		return checks
	}
	return starts
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
	def(&o.WatchedPoll, max(2*time.Minute, o.Poll))
	def(&o.Abandon, 10*time.Minute)
	if o.Observer == nil {
		o.Observer = nobodyObserves{}
	}
	if o.Elapsed == nil {
		o.Elapsed = hub.NewElapsed()
	}
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

		busy:     map[int64]*job{},
		running:  map[work]int{},
		ended:    map[int64]bool{},
		memories: map[int64]*memory{},
		doubts:   map[int64]*doubt{},
	}
}

// Apply wakes the reconciler when a server changed. It never blocks.
func (r *Reconciler) Apply(changes ...data.Change) {
	for _, c := range changes {
		switch c.Kind {
		case data.ServerChanged, data.Resync:
			r.kick()
		case data.ServerDoubted:
			r.doubted(c.ID)
		case data.UserChanged, data.GroupChanged, data.ServiceChanged, data.HomeChanged, data.TokenRevoked, data.SessionRevoked:
		}
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
	usage := time.NewTicker(tickEvery)
	defer usage.Stop()
	if n, ok := r.Driver.(spawn.Notifying); ok {
		n.Notify(func(id int64) { r.doubted(id) })
	}
	for {
		began := r.Elapsed()
		if err := r.pass(ctx, &steps); err != nil && ctx.Err() == nil {
			r.Logger.WarnContext(ctx, "cannot read the servers", "error", err)
		}
		// However many changes there are, passes take a part of the time only.
		if pauseFor(ctx, min(3*(r.Elapsed()-began), time.Second)) != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
			r.stale = true
		case <-tick.C:
		case <-usage.C:
			if err := r.App.Tick(ctx, r.Lease.ID()); err != nil && ctx.Err() == nil {
				r.Logger.WarnContext(ctx, "cannot write down the use of servers", "error", err)
			}
		}
	}
}

// pass looks at every server that is not at rest and begins the steps that are due. The
// steps end with the term that it was begun in; without one there is no pass.
func (r *Reconciler) pass(ctx context.Context, steps *sync.WaitGroup) error {
	term, held := r.Lease.Term()
	if !held {
		return nil
	}
	live, err := r.known(ctx, term)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(live)
	r.crowded = false
	starting := 0
	for _, s := range live {
		j := r.busy[s.ID]
		// A higher fence is no reason: the job itself raises it when it goes on with
		// a start that was cut short.
		if j != nil && j.wanted && (!s.WantRunning || !r.mine(s)) {
			j.cancel() // what it works for is no longer wanted, or another's
		}
		if r.starting(s) {
			starting++
		}
		if s.Phase != hub.Queued && r.due(s) {
			r.begin(ctx, steps, s)
		}
	}
	for _, s := range r.queue(live) {
		if !r.elsewhere(s) && starting >= r.Starts || !r.due(s) {
			continue
		}
		r.begin(ctx, steps, s)
		if !r.elsewhere(s) {
			starting++
		}
	}
	r.dismiss(live)
	r.rested = !slices.ContainsFunc(live, r.restless)
	return nil
}

// known are the servers that are not at rest: as the last pass read them where nothing was
// told since then, all of them just ran, and that is not long ago.
func (r *Reconciler) known(ctx, term context.Context) ([]hub.Server, error) {
	now := r.Elapsed()
	if r.rested && !r.stale && len(r.wake) == 0 && r.term == term && now-r.readAt < rereadEvery {
		return r.last, nil
	}
	r.mu.Lock()
	clear(r.ended)
	r.term = term
	for _, d := range r.doubts {
		d.before = true
	}
	r.mu.Unlock()
	r.stale = true // until it was read
	live, err := r.live(ctx)
	if err != nil {
		return nil, err
	}
	r.last, r.readAt, r.stale = live, now, false
	return live, nil
}

// restless tells whether a server needs a pass that has read it, if only for the sake of
// another replica that may be gone.
func (r *Reconciler) restless(s hub.Server) bool {
	return s.Phase != hub.Ready || !s.WantRunning || s.Owner != r.Lease.ID() || r.foreign(s)
}

// queue is the order of the starts that may begin: none once the hub ends with its servers.
func (r *Reconciler) queue(live []hub.Server) []hub.Server {
	if r.App.Closing() {
		return nil
	}
	return app.Queue(live)
}

// starting tells whether a server counts among those that start at once. One whose owner is
// gone does not, since nobody may be going on with its start.
func (r *Reconciler) starting(s hub.Server) bool {
	switch s.Phase {
	case hub.Starting, hub.Waiting:
		return s.Owner == r.Lease.ID() || r.driven(s)
	case hub.Queued:
		return !r.elsewhere(s) && !r.idle(s)
	case hub.Ready, hub.Stopping, hub.Stopped, hub.Failed:
	}
	return false
}

// elsewhere tells whether another machine has the home of a queued server's person, which
// alone can start it.
func (r *Reconciler) elsewhere(s hub.Server) bool {
	return s.Place != "" && s.Place != r.App.HomesHere()
}

// idle tells whether no step is being taken for s, and none was since it was read: it
// would be an old picture then.
func (r *Reconciler) idle(s hub.Server) bool { return r.busy[s.ID] == nil && !r.ended[s.ID] }

// due tells whether a server needs a step now, and by this replica, and there is room
// for it.
func (r *Reconciler) due(s hub.Server) bool {
	if !r.idle(s) {
		return false
	}
	m, now := r.remember(s), r.Elapsed()
	if !r.mine(s) && !(r.foreign(s) && r.abandoned(s, m, now)) || now < m.next && !r.urgent(s) {
		return false
	}
	if w := workFor(s); r.running[w] >= w.room() {
		r.crowded = true
		return false
	}
	return true
}

// mine tells whether this replica may drive the server: it owns it, or nobody does.
func (r *Reconciler) mine(s hub.Server) bool {
	return !r.foreign(s) && (s.Owner == r.Lease.ID() || s.Owner == "")
}

// begin takes a step for s in its own goroutine. r.mu is held.
func (r *Reconciler) begin(ctx context.Context, steps *sync.WaitGroup, s hub.Server) {
	ctx, cancel := context.WithCancel(ctx)
	lapsed := context.AfterFunc(r.term, cancel) //nolint:contextcheck // nobody acts on a lease that ran out
	j := &job{wanted: s.WantRunning && !r.foreign(s), work: workFor(s), cancel: cancel}
	j.doubt = r.doubts[s.ID]
	delete(r.doubts, s.ID)
	r.busy[s.ID] = j
	r.running[j.work]++
	steps.Go(func() {
		defer cancel()
		defer lapsed()
		r.settle(ctx, s, j, r.step(ctx, s))
	})
}

// settle notes how a step ended.
func (r *Reconciler) settle(ctx context.Context, s hub.Server, j *job, err error) {
	r.mu.Lock()
	delete(r.busy, s.ID)
	r.running[j.work]--
	r.ended[s.ID] = true
	j.doubt.answer(false)
	m, now := r.remember(s), r.Elapsed()
	switch {
	case err == nil:
		m.rest(now, r.pollOf(m))
	case ctx.Err() == nil:
		m.backOff(now)
	}
	failures, again := m.failures, r.crowded || r.doubts[s.ID] != nil
	r.mu.Unlock()
	if err != nil && ctx.Err() == nil && !hub.Is(err, hub.Conflict) && failures%logEvery == 1 {
		r.Logger.ErrorContext(ctx, "a step for a server failed; trying again", "server", s.FullName(), "phase", s.Phase,
			"failures", failures, "error", err)
	}
	if again || err == nil && j.work != checks {
		r.kick()
	}
}

// step takes s as far as it goes without waiting for anybody else.
func (r *Reconciler) step(ctx context.Context, s hub.Server) error {
	switch {
	case r.foreign(s):
		return r.writeOff(ctx, s)
	case !s.WantRunning:
		return r.stop(ctx, s)
	case s.Phase == hub.Queued && r.elsewhere(s):
		return r.strand(ctx, s)
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

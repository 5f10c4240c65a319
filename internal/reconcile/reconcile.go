// Package reconcile is the control loop of servers: it compares the desired with the observed
// state, and takes one step at a time to make them equal. It is level-triggered: a lost event
// only delays, and after a restart of the hub the same code finds running servers again.
//
//	stopped ─► queued ─► starting ─► waiting ─► ready
//	              │          │          │         │
//	              └──────────┴────┬─────┴─────────┘
//	                    stopping ─┴► stopped, or failed with a reason
//
// Every step is conditional on the run's fence, so a step for an older run does nothing. A
// step that fails is tried again with exponential backoff.
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
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
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
	Abandon     time.Duration // a server whose node has been gone for longer is written off
	LogBytes    int           // how much of a failed server's log is kept
	Observer    Observer      // nil: nobody
	Clock       hub.Clock
	Elapsed     hub.Elapsed // nil counts from New
	Logger      *slog.Logger
}

// Lease is this replica's right to drive servers, and its view of the other replicas' leases.
type Lease interface {
	// ID is the id of this replica, which is the owner of the servers that it drives.
	ID() string
	// Term is a context that ends when the lease does, and whether it holds now.
	Term() (context.Context, bool)
	// Lives reports whether another replica is alive, or may be.
	Lives(id string) bool
	// NodeLives reports whether another replica on the node is alive, or may be.
	NodeLives(node string) bool
}

// tickEvery is how often usage is recorded, and charged: who has nothing left is stopped within ten seconds, with the time that
// a server takes to save.
const tickEvery = 5 * time.Second

// rereadEvery is how often the servers are read without a change, while all of them are
// running.
const rereadEvery = 30 * time.Second

// Reconciler drives the servers of one replica. Make it with New, wake it with
// Apply, and let Run run.
type Reconciler struct {
	Options
	client   *http.Client
	wake     chan struct{}
	progress *progress

	mu           sync.Mutex
	steps        map[int64]*runningStep // steps under way, by server
	stepCounts   map[stepKind]int       // how many steps of each kind are under way
	ended        map[int64]bool         // servers that a step may have changed since the last pass began to read
	overLimit    bool                   // the last pass did not begin a step because of its kind's limit
	states       map[int64]*serverState
	lookRequests map[int64]*lookRequest // servers to be checked in the next pass

	// Used by Run's goroutine alone: what the last pass read and when, whether a change has
	// come since, and whether all those servers are running and wanted.
	last   []hub.Server
	readAt time.Duration
	stale  bool
	steady bool
	term   context.Context // that the last pass was made in
}

// runningStep is a step under way.
type runningStep struct {
	wanted bool // it works for a server that shall run
	kind   stepKind
	look   *lookRequest // the request that it answers; nil: none
	cancel context.CancelFunc
}

// stepKind is the kind of a step.
type stepKind int

const (
	startSteps stepKind = iota // up to ready; Options.Starts bounds them
	checkSteps
	stopSteps
)

// limit is how many steps of the kind may be under way at once.
func (kind stepKind) limit() int {
	switch kind {
	case checkSteps:
		return 32
	case stopSteps:
		return 128
	case startSteps:
	}
	return math.MaxInt
}

func kindOf(s hub.Server) stepKind {
	switch {
	case !s.WantRunning:
		return stopSteps
	case s.Phase == hub.Ready:
		return checkSteps
	}
	return startSteps
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
		o.Observer = noopObserver{}
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
		Options:  o,
		client:   readinessClient(),
		wake:     make(chan struct{}, 1),
		progress: newProgress(),

		steps:        map[int64]*runningStep{},
		stepCounts:   map[stepKind]int{},
		ended:        map[int64]bool{},
		states:       map[int64]*serverState{},
		lookRequests: map[int64]*lookRequest{},
	}
}

// Apply wakes the reconciler if a server has changed. It never blocks.
func (r *Reconciler) Apply(changes ...data.Change) {
	for _, c := range changes {
		switch c.Kind {
		case data.ServerChanged, data.Resync:
			r.wakeUp()
		case data.ServerDoubted:
			r.requestLook(c.ID)
		case data.UserChanged, data.GroupChanged, data.ServiceChanged, data.HomeChanged, data.TokenRevoked, data.SessionRevoked:
		}
	}
}

func (r *Reconciler) wakeUp() {
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
	ends := time.NewTimer(time.Second)
	defer ends.Stop()
	if n, ok := r.Driver.(spawn.Notifying); ok {
		n.Notify(listener{r})
		steps.Go(func() { r.writeProgress(ctx) })
	}
	for {
		began := r.Elapsed()
		if err := r.pass(ctx, &steps); err != nil && ctx.Err() == nil {
			r.Logger.WarnContext(ctx, "cannot read the servers", "error", err)
		}
		// However many changes there are, passes take a part of the time only.
		if hub.Sleep(ctx, min(3*(r.Elapsed()-began), time.Second)) != nil {
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
		case <-ends.C:
			again, err := r.App.StopEnding(ctx, r.Lease.ID())
			if err != nil && ctx.Err() == nil {
				r.Logger.WarnContext(ctx, "cannot stop the servers whose time is over; trying again", "error", err)
			}
			ends.Reset(again)
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
	live, err := r.cachedServers(ctx, term)
	if err != nil {
		return err
	}
	turns, err := r.deviceTurns(ctx, live)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropStates(live)
	r.overLimit = false
	startCount := 0
	for _, s := range live {
		j := r.steps[s.ID]
		// A higher fence is no reason: the job itself raises it when it goes on with
		// a start that was cut short.
		if j != nil && j.wanted && (!s.WantRunning || !r.mayDrive(s)) {
			j.cancel() // what it works for is no longer wanted, or another's
		}
		if r.countsAsStarting(s) {
			startCount++
		}
		if s.Phase != hub.Queued && r.isDue(s) {
			r.beginStep(ctx, steps, s)
		}
	}
	r.beginQueued(ctx, steps, live, turns, startCount)
	r.answerOtherLooks(live)
	r.steady = !slices.ContainsFunc(live, r.isUnsteady)
	return nil
}

// beginQueued begins the starts whose turn has come: Options.Starts at once, as far as there are devices. r.mu is held.
func (r *Reconciler) beginQueued(ctx context.Context, steps *sync.WaitGroup, live []hub.Server, turns *devices.Turns, startCount int) {
	for _, s := range r.queue(live) {
		if !r.isElsewhere(s) && !turns.Next(s.Devices.Wants) {
			continue // who wants others goes on
		}
		if !r.isElsewhere(s) && startCount >= r.Starts || !r.isDue(s) {
			continue
		}
		r.beginStep(ctx, steps, s)
		if !r.isElsewhere(s) {
			startCount++
		}
	}
}

// cachedServers returns the active servers. It returns those that the last pass has read if
// that was not long ago, all of them were running, and no change has come since.
func (r *Reconciler) cachedServers(ctx, term context.Context) ([]hub.Server, error) {
	now := r.Elapsed()
	if r.steady && !r.stale && len(r.wake) == 0 && r.term == term && now-r.readAt < rereadEvery {
		return r.last, nil
	}
	r.mu.Lock()
	clear(r.ended)
	r.term = term
	for _, req := range r.lookRequests {
		req.before = true
	}
	r.mu.Unlock()
	r.stale = true // until it was read
	live, err := r.liveServers(ctx)
	if err != nil {
		return nil, err
	}
	r.last, r.readAt, r.stale = live, now, false
	return live, nil
}

// isUnsteady reports whether a server needs a pass that has read it, if only for the sake of
// another replica that may be gone.
func (r *Reconciler) isUnsteady(s hub.Server) bool {
	return s.Phase != hub.Ready || !s.WantRunning || s.Owner != r.Lease.ID() || r.onOtherNode(s)
}

// queue is the order of the starts that may begin: none once the hub ends with its servers.
func (r *Reconciler) queue(live []hub.Server) []hub.Server {
	if r.App.Closing() {
		return nil
	}
	return mirror.Queue(live)
}

// countsAsStarting reports whether a server counts towards Options.Starts. One whose owner is
// gone does not, since possibly nobody goes on with its start.
func (r *Reconciler) countsAsStarting(s hub.Server) bool {
	switch s.Phase {
	case hub.Starting, hub.Waiting:
		return s.Owner == r.Lease.ID() || r.ownerLives(s)
	case hub.Queued:
		return !r.isElsewhere(s) && !r.isIdle(s)
	case hub.Ready, hub.Stopping, hub.Stopped, hub.Failed:
	}
	return false
}

// deviceTurns hands out the devices that are free; what is free is read where somebody waits for some.
func (r *Reconciler) deviceTurns(ctx context.Context, live []hub.Server) (*devices.Turns, error) {
	if !slices.ContainsFunc(live, func(s hub.Server) bool { return s.Phase == hub.Queued && len(s.Devices.Wants) > 0 }) {
		return &devices.Turns{}, nil
	}
	return r.App.DeviceTurns(ctx, r.lease())
}

// isElsewhere reports whether a queued server is for other nodes: this one has not its home, or too few devices.
func (r *Reconciler) isElsewhere(s hub.Server) bool {
	return r.homeIsElsewhere(s) || r.App.LacksDevices(s)
}

// homeIsElsewhere reports whether the home of a queued server's user is on other nodes, which
// alone can start it.
func (r *Reconciler) homeIsElsewhere(s hub.Server) bool {
	return s.Place != "" && s.Place != r.App.HomesHere()
}

// isIdle reports whether no step is under way for s, and none has changed s since it was
// read.
func (r *Reconciler) isIdle(s hub.Server) bool { return r.steps[s.ID] == nil && !r.ended[s.ID] }

// isDue reports whether a step for the server has to begin now, by this replica, and the limit
// allows it.
func (r *Reconciler) isDue(s hub.Server) bool {
	if !r.isIdle(s) {
		return false
	}
	m, now := r.stateOf(s), r.Elapsed()
	if !r.mayDrive(s) && !(r.onOtherNode(s) && r.isAbandoned(s, m, now)) || now < m.notBefore && !r.lookRequested(s) {
		return false
	}
	if kind := kindOf(s); r.stepCounts[kind] >= kind.limit() {
		r.overLimit = true
		return false
	}
	return true
}

// mayDrive reports whether this replica may drive the server: it owns it, or nobody does.
func (r *Reconciler) mayDrive(s hub.Server) bool {
	return !r.onOtherNode(s) && (s.Owner == r.Lease.ID() || s.Owner == "")
}

// beginStep takes a step for s in a goroutine of its own. r.mu is held.
func (r *Reconciler) beginStep(ctx context.Context, steps *sync.WaitGroup, s hub.Server) {
	ctx, cancel := context.WithCancel(ctx)
	lapsed := context.AfterFunc(r.term, cancel) //nolint:contextcheck // nobody acts on a lease that ran out
	j := &runningStep{wanted: s.WantRunning && !r.onOtherNode(s), kind: kindOf(s), cancel: cancel}
	j.look = r.lookRequests[s.ID]
	delete(r.lookRequests, s.ID)
	r.steps[s.ID] = j
	r.stepCounts[j.kind]++
	steps.Go(func() {
		defer cancel()
		defer lapsed()
		changed, err := r.takeStep(ctx, s)
		r.finishStep(ctx, s, j, changed || err != nil, err)
	})
}

// finishStep records the result of a step, and wakes the reconciler where the step may have
// changed the server: it is read again before its next step.
func (r *Reconciler) finishStep(ctx context.Context, s hub.Server, j *runningStep, changed bool, err error) {
	r.mu.Lock()
	delete(r.steps, s.ID)
	r.stepCounts[j.kind]--
	if changed {
		r.ended[s.ID] = true
	}
	j.look.answer(false)
	m, now := r.stateOf(s), r.Elapsed()
	switch {
	case err == nil:
		m.succeeded(now, r.pollOf(m))
	case ctx.Err() == nil:
		m.backOff(now)
	}
	failures, again := m.failures, r.overLimit || r.lookRequests[s.ID] != nil
	r.mu.Unlock()
	if err != nil && ctx.Err() == nil && !hub.Is(err, hub.Conflict) && !hub.Is(err, hub.NotFound) && failures%logEvery == 1 {
		r.Logger.Log(ctx, levelOf(err), "a step for a server failed; trying again", "server", s.FullName(), "phase", s.Phase,
			"failures", failures, "error", err)
	}
	if again || changed {
		r.wakeUp()
	}
}

// levelOf is how loud a failure is told of: that others were busy at the same time passes by itself.
func levelOf(err error) slog.Level {
	if hub.Is(err, hub.Unavailable) {
		return slog.LevelWarn
	}
	return slog.LevelError
}

// takeStep takes the step that s needs in its phase, and reports whether it may have changed the
// server.
func (r *Reconciler) takeStep(ctx context.Context, s hub.Server) (changed bool, err error) {
	switch {
	case r.onOtherNode(s):
		return true, r.writeOff(ctx, s)
	case !s.WantRunning:
		return true, r.stop(ctx, s)
	case s.Phase == hub.Queued && r.isElsewhere(s):
		return true, r.failStranded(ctx, s)
	case s.Phase == hub.Queued:
		return true, r.start(ctx, s)
	case s.Phase == hub.Starting:
		return true, r.resume(ctx, s)
	case s.Phase == hub.Waiting:
		return true, r.awaitReady(ctx, s)
	case s.Phase == hub.Ready:
		return r.check(ctx, s)
	}
	return false, nil
}

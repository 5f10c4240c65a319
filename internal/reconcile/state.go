package reconcile

import (
	"math/rand/v2"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	minBackoff   = time.Second // after the first step that failed
	maxBackoff   = time.Minute
	logEvery     = 10          // failures of the same request are logged: the first and then each logEvery-th
	stuckAfter   = time.Minute // of failing to stop, users are told
	checkTimeout = time.Minute // for a check of a running server
)

// serverState is what a Reconciler keeps about one server between steps, as long as its
// desired state stays the same. Times are those of Options.Elapsed.
type serverState struct {
	wanted bool
	ticket int64

	notBefore  time.Duration // no step begins before
	since      time.Duration // when this state was made
	failures   int           // consecutive steps that failed
	stuckNoted bool          // users were told that it does not stop

	startDeadline time.Duration // 0: not known yet
	readyDeadline time.Duration
	portsLost     int // runs that found their port taken

	watched  bool // its end will be told
	runID    string
	runFence int64 // of runID

	lease     time.Time // LeaseUntil as last seen, for a server on another node
	leaseSeen time.Duration
}

// stateOf returns the state of s, a new one if the desired state has changed. A higher fence
// alone is no change: steps raise it when they resume an interrupted start. r.mu is held.
func (r *Reconciler) stateOf(s hub.Server) *serverState {
	m := r.states[s.ID]
	if m != nil && m.wanted == s.WantRunning && m.ticket == s.Ticket {
		return m
	}
	m = &serverState{wanted: s.WantRunning, ticket: s.Ticket, since: r.Elapsed()}
	if s.Phase == hub.Ready && s.WantRunning { // after a restart of the hub all of them are due at once
		m.notBefore = m.since + jitter(r.Poll)
	}
	r.states[s.ID] = m
	return m
}

// withState calls fn with the state of s, under r.mu.
func (r *Reconciler) withState(s hub.Server, fn func(m *serverState)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn(r.stateOf(s))
}

// dropStates removes the states of servers that are not active any more. r.mu is held.
func (r *Reconciler) dropStates(live []hub.Server) {
	alive := make(map[int64]bool, len(live))
	for _, s := range live {
		alive[s.ID] = true
	}
	for id := range r.states {
		if !alive[id] && r.steps[id] == nil {
			delete(r.states, id)
		}
	}
}

// succeeded schedules the next look at the server after a step that succeeded.
func (m *serverState) succeeded(now, poll time.Duration) {
	m.failures, m.notBefore = 0, now+poll-jitter(poll/4)
}

// pollOf is how long a server that runs is not looked at.
func (r *Reconciler) pollOf(m *serverState) time.Duration {
	if m.watched {
		return r.WatchedPoll
	}
	return r.Poll
}

// backOff schedules the next try after a step that failed.
func (m *serverState) backOff(now time.Duration) {
	pause := maxBackoff
	if m.failures < 6 {
		pause = min(minBackoff<<m.failures, maxBackoff)
	}
	m.failures++
	m.notBefore = now + pause - jitter(pause/4)
}

// jitter is a random duration below d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d) //nolint:gosec // it spreads load, and is no secret
}

package reconcile

import (
	"math/rand/v2"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	firstPause   = time.Second // after a step that failed
	longestPause = time.Minute
	logEvery     = 10          // of the failures of the same wish, after the first
	stuckAfter   = time.Minute // of stopping in vain, people are told
	slowestCheck = time.Minute // a look at a running server is given up after it
)

// memory is what a Reconciler remembers of one server from step to step, for as long
// as the wish stays the same. Its times are Options.Elapsed's.
type memory struct {
	wanted bool
	ticket int64

	next     time.Duration // nothing is done before
	since    time.Duration // it remembers
	failures int           // steps that failed, one after the other
	told     bool          // people, that it does not stop

	startBy  time.Duration // 0: not known yet
	answerBy time.Duration

	watched  bool // its end will be told
	runID    string
	runFence int64 // of runID

	lease     time.Time // as last seen, where the server lives on another host
	leaseSeen time.Duration
}

// remember gives what is remembered of s, anew where what is wanted has changed. A
// higher fence alone is no change: steps raise it when they go on with a start that
// was cut short. r.mu is held.
func (r *Reconciler) remember(s hub.Server) *memory {
	m := r.memories[s.ID]
	if m != nil && m.wanted == s.WantRunning && m.ticket == s.Ticket {
		return m
	}
	m = &memory{wanted: s.WantRunning, ticket: s.Ticket, since: r.Elapsed()}
	if s.Phase == hub.Ready && s.WantRunning { // after a restart of the hub all of them are found at once
		m.next = m.since + spread(r.Poll)
	}
	r.memories[s.ID] = m
	return m
}

// recall calls fn with what is remembered of s.
func (r *Reconciler) recall(s hub.Server, fn func(m *memory)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn(r.remember(s))
}

// forget drops what is remembered of servers that rest. r.mu is held.
func (r *Reconciler) forget(live []hub.Server) {
	alive := make(map[int64]bool, len(live))
	for _, s := range live {
		alive[s.ID] = true
	}
	for id := range r.memories {
		if !alive[id] && r.busy[id] == nil {
			delete(r.memories, id)
		}
	}
}

// rest says when the server is looked at again after a step that ended well.
func (m *memory) rest(now, poll time.Duration) {
	m.failures, m.next = 0, now+poll-spread(poll/4)
}

// pollOf is how long a server that runs is not looked at.
func (r *Reconciler) pollOf(m *memory) time.Duration {
	if m.watched {
		return r.WatchedPoll
	}
	return r.Poll
}

// backOff says when it is tried again after a step that failed.
func (m *memory) backOff(now time.Duration) {
	pause := longestPause
	if m.failures < 6 {
		pause = min(firstPause<<m.failures, longestPause)
	}
	m.failures++
	m.next = now + pause - spread(pause/4)
}

// spread is a random part of d.
func spread(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d) //nolint:gosec // it spreads work, and guards nothing
}

package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Observer is told what becomes of servers, to count and time it.
type Observer interface {
	// Queued is how long a server waited for its turn.
	Queued(wait time.Duration)
	// Spawned is the end of a start, and how long it took since it was asked for. status
	// is success, failure (it was refused) or error; reason one of a few words, or empty.
	Spawned(status, reason string, took time.Duration)
	// Stopped is a stop that was asked for; one that failed is tried again.
	Stopped(ok bool, took time.Duration)
	// Polled is a look at a server that should run.
	Polled(running bool, took time.Duration)
}

type nobodyObserves struct{}

func (nobodyObserves) Queued(time.Duration)                  {}
func (nobodyObserves) Spawned(string, string, time.Duration) {}
func (nobodyObserves) Stopped(bool, time.Duration)           {}
func (nobodyObserves) Polled(bool, time.Duration)            {}

// cause is why a run failed, as far as an Observer is told.
type cause int

const (
	notStart cause = iota // it had been ready
	broken                // something went wrong
	refused               // by the driver, with a reason for the person who asked
	exited                // before it answered
	tooSlow
)

func (c cause) status() string {
	if c == refused {
		return "failure"
	}
	return "error"
}

func (c cause) reason() string {
	switch c {
	case exited:
		return "exited"
	case tooSlow:
		return "timeout"
	case notStart, broken, refused:
	}
	return ""
}

// causeOf tells a refusal from something that went wrong.
func causeOf(err error) cause {
	if e, ok := errors.AsType[*hub.Error](err); ok {
		switch e.Code {
		case hub.Invalid, hub.Limit, hub.Forbidden, hub.Conflict, hub.NotFound, hub.TooLarge, hub.Gone:
			return refused
		case hub.Internal, hub.Unavailable, hub.Unauthenticated:
		}
	}
	return broken
}

// age is how long ago the server was asked for. The database remembers that across
// restarts of the hub, so it is by the clock.
func (r *Reconciler) age(s hub.Server) time.Duration { return max(r.Clock().Sub(s.Requested), 0) }

// observeStop leaves out what was never started, what failed and only has to be
// cleared away, and what the end of the hub cut short.
func (r *Reconciler) observeStop(ctx context.Context, s hub.Server, took time.Duration, err error) {
	if s.Phase != hub.Queued && !s.Failing() && ctx.Err() == nil && !hub.Is(err, hub.Conflict) {
		r.Observer.Stopped(err == nil, took)
	}
}

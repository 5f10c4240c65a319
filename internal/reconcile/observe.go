package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Observer is called with the results of steps, for metrics.
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

type noopObserver struct{}

func (noopObserver) Queued(time.Duration)                  {}
func (noopObserver) Spawned(string, string, time.Duration) {}
func (noopObserver) Stopped(bool, time.Duration)           {}
func (noopObserver) Polled(bool, time.Duration)            {}

// cause is why a run failed, for an Observer.
type cause int

const (
	causeAfterReady cause = iota // it failed after it had been ready
	causeError                   // something went wrong
	causeRefused                 // by the driver, with a reason for the user
	causeExited                  // before it answered
	causeTimeout
)

func (c cause) status() string {
	if c == causeRefused {
		return "failure"
	}
	return "error"
}

func (c cause) reason() string {
	switch c {
	case causeExited:
		return "exited"
	case causeTimeout:
		return "timeout"
	case causeAfterReady, causeError, causeRefused:
	}
	return ""
}

// recorded is the cause for the record of starts.
func (c cause) recorded() hub.FailureCause {
	switch c {
	case causeAfterReady:
		return hub.CauseDied
	case causeRefused:
		return hub.CauseRefused
	case causeExited:
		return hub.CauseExited
	case causeTimeout:
		return hub.CauseTimeout
	case causeError:
	}
	return hub.CauseError
}

// causeOf distinguishes a refusal from an error.
func causeOf(err error) cause {
	if e, ok := errors.AsType[*hub.Error](err); ok {
		switch e.Code {
		case hub.Invalid, hub.Limit, hub.Forbidden, hub.Conflict, hub.NotFound, hub.TooLarge, hub.Gone:
			return causeRefused
		case hub.Internal, hub.Unavailable, hub.Unauthenticated:
		}
	}
	return causeError
}

// sinceRequested is how long ago the start was requested. It uses the wall clock, because the
// time is in the database and has to survive restarts of the hub.
func (r *Reconciler) sinceRequested(s hub.Server) time.Duration {
	return max(r.Clock().Sub(s.Requested), 0)
}

// observeStop reports a stop, unless the server was never started, has failed and is only
// cleaned up, or the stop was interrupted by the end of the hub.
func (r *Reconciler) observeStop(ctx context.Context, s hub.Server, took time.Duration, err error) {
	if s.Phase != hub.Queued && !s.Failing() && ctx.Err() == nil && !hub.Is(err, hub.Conflict) {
		r.Observer.Stopped(err == nil, took)
	}
}

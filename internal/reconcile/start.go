package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/spawn"
)

// start begins a run of a queued server and waits until it is ready or has failed.
func (r *Reconciler) start(ctx context.Context, s hub.Server) error {
	for again := false; ; again = true {
		run, err := r.App.BeginRun(ctx, s, r.lease())
		if err != nil {
			return err
		}
		if s.Phase == hub.Queued {
			r.Observer.Queued(r.sinceRequested(s))
		}
		s = run.Server
		if run.Refused != "" {
			return r.fail(ctx, s, causeRefused, run.Refused)
		}
		r.withState(s, func(m *serverState) { m.runID, m.runFence = run.ID, s.Fence })
		r.startDeadline(s)
		err = r.launch(ctx, run)
		if !errors.Is(err, spawn.ErrFenced) || again {
			return r.afterLaunch(ctx, s, err)
		}
		if s, err = r.raiseFence(ctx, s); err != nil {
			return err
		}
	}
}

func (r *Reconciler) launch(ctx context.Context, run servers.Run) error {
	ctx, cancel := context.WithTimeout(ctx, r.Start)
	defer cancel()
	s := run.Server
	return r.Driver.Start(ctx, spawn.Spec{
		ServerID: s.ID, Fence: s.Fence, RunID: run.ID, UserID: s.UserID, UserName: s.UserName, ServerName: s.Name,
		Prefix: run.Prefix, Env: run.Env, Launch: run.Launch, Home: run.Home,
	})
}

// afterLaunch continues after Driver.Start has returned err.
func (r *Reconciler) afterLaunch(ctx context.Context, s hub.Server, err error) error {
	switch {
	case err == nil:
		return r.recordStarted(ctx, s)
	case ctx.Err() != nil: // the hub goes down, or the server isn't wanted any more
		return ctx.Err()
	case errors.Is(err, spawn.ErrFenced):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return r.fail(ctx, s, causeTimeout, r.startTimeoutMessage())
	}
	return r.fail(ctx, s, causeOf(err), r.failureMessage(ctx, s, err))
}

// failStranded fails a start that no node can make: none that is alive has the home.
func (r *Reconciler) failStranded(ctx context.Context, s hub.Server) error {
	why, err := r.App.Stranded(ctx, s)
	if err != nil || why == "" {
		return err
	}
	return r.fail(ctx, s, causeRefused, why)
}

func (r *Reconciler) startTimeoutMessage() string {
	return fmt.Sprintf("The server could not be started within %v.", r.Start)
}

// raiseFence raises the fence to that of a run which the driver knows and the database does
// not, because it was restored from a backup. The error is a conflict if another replica has
// begun a newer run.
func (r *Reconciler) raiseFence(ctx context.Context, s hub.Server) (hub.Server, error) {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return s, err
	}
	if st.Fence < s.Fence {
		return s, spawn.ErrFenced
	}
	if st.Fence > s.Fence {
		if err := r.App.RaiseFence(ctx, s.ID, s.Fence, st.Fence); err != nil {
			return s, err
		}
		s.Fence = st.Fence
	}
	r.Logger.WarnContext(ctx, "the database is older than what has run: going on above it", "server", s.FullName(), "fence", st.Fence)
	return s, nil
}

// startDeadline is when the driver must have started the process. A start that was interrupted
// by the end of the hub gets its full time again.
func (r *Reconciler) startDeadline(s hub.Server) (at time.Duration) {
	r.withState(s, func(m *serverState) {
		if m.startDeadline == 0 {
			m.startDeadline = r.Elapsed() + r.Start
		}
		at = m.startDeadline
	})
	return at
}

// readyDeadline is when the server must have answered. It counts from the start of the process,
// so a restart of the hub does not extend it.
func (r *Reconciler) readyDeadline(s hub.Server) (at time.Duration) {
	left := min(max(s.Started.Add(r.HTTP).Sub(r.Clock()), 0), r.HTTP)
	r.withState(s, func(m *serverState) {
		if m.readyDeadline == 0 {
			m.readyDeadline = r.Elapsed() + left
		}
		at = m.readyDeadline
	})
	return at
}

func (r *Reconciler) lease() servers.Lease {
	return servers.Lease{Owner: r.Lease.ID(), Node: r.Driver.Node()}
}

// failureMessage is a driver's error for the user: its own message if it has one for users.
// Everything else is only logged.
func (r *Reconciler) failureMessage(ctx context.Context, s hub.Server, err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code != hub.Internal && e.Msg != "" {
		r.Logger.InfoContext(ctx, "the spawner refused to start a server", "server", s.FullName(), "request_id", s.RequestID, "error", err)
		return hub.FailureOf(e.Plain, e.Msg)
	}
	r.Logger.ErrorContext(ctx, "a server could not be started", "server", s.FullName(), "request_id", s.RequestID, "error", err)
	return "The server could not be started because of an error in the hub. Its administrators find the cause in the hub's log, under the request " +
		s.RequestID + "."
}

// resume continues an interrupted start: it keeps a process that is alive or about to be, else
// it starts again under a higher fence.
func (r *Reconciler) resume(ctx context.Context, s hub.Server) error {
	expired := r.Elapsed() >= r.startDeadline(s)
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err == nil && (st.State == spawn.Alive || st.State == spawn.Pending) {
		ours := false
		if ours, err = r.isRun(ctx, s, st); ours {
			return r.recordStarted(ctx, s)
		}
	}
	switch {
	case expired:
		return errors.Join(err, r.fail(ctx, s, causeTimeout, r.startTimeoutMessage()))
	case err != nil:
		return err
	}
	return r.start(ctx, s)
}

// recordStarted records that the process is alive, and waits for it to answer.
func (r *Reconciler) recordStarted(ctx context.Context, s hub.Server) error {
	message, detail, err := r.startedMessage(s)
	if err != nil {
		return err
	}
	if err := r.progress.drop(ctx, s.ID); err != nil {
		return err
	}
	s, ok, err := r.App.Started(ctx, s, message, detail)
	if err != nil || !ok {
		return err
	}
	return r.awaitReady(ctx, s)
}

// readinessClient is the HTTP client for readiness checks: no redirects, no reuse.
func readinessClient() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// awaitReady polls the server until it answers with a status below 500 (JupyterHub's rule), it
// ends, or its time is over.
func (r *Reconciler) awaitReady(ctx context.Context, s hub.Server) error {
	deadline := r.readyDeadline(s)
	prefix := hub.ServerPath(r.App.Config().Base, s.UserName, s.Name)
	for pause := firstPollPause; ; pause = min(pause*3/2, time.Second) {
		st, ours, err := r.inspect(ctx, s)
		expired := r.Elapsed() >= deadline
		switch {
		case err != nil && !expired:
			return err
		case err == nil && ours && st.State == spawn.Exited && st.PortTaken && r.mayTryPortAgain(s):
			r.Logger.WarnContext(ctx, "a server's port was taken by another process: starting it with another", "server", s.FullName(), "upstream", st.Upstream)
			return r.start(ctx, s)
		case err == nil && (!ours || st.State == spawn.Exited || st.State == spawn.Absent):
			return r.fail(ctx, s, causeExited, exitReason(st, ours))
		case err == nil && st.Upstream != "" && r.isAnswering(ctx, st.Upstream+prefix+"api"):
			return r.recordReady(ctx, s, st.Upstream)
		case expired:
			return errors.Join(err, r.fail(ctx, s, causeTimeout,
				fmt.Sprintf("The server started but did not answer within %v. Its log may say why.", r.HTTP)))
		}
		if err := hub.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// mostPortsLost is how often a start is begun again because the port was taken.
const mostPortsLost = 2

// mayTryPortAgain counts a run that found its port taken, and reports whether another may be
// begun. That one has its full time to answer.
func (r *Reconciler) mayTryPortAgain(s hub.Server) (may bool) {
	r.withState(s, func(m *serverState) {
		m.portsLost++
		m.readyDeadline = 0
		may = m.portsLost <= mostPortsLost
	})
	return may
}

// firstPollPause is the pause before the second poll; it grows after that.
const firstPollPause = 5 * time.Millisecond

// inspect also reports whether the driver's run is the one in the database.
func (r *Reconciler) inspect(ctx context.Context, s hub.Server) (spawn.Status, bool, error) {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return st, false, err
	}
	ours, err := r.isRun(ctx, s, st)
	return st, ours, err
}

// exitReason is the driver's reason for the end of the run, if it is about this run.
func exitReason(st spawn.Status, ours bool) string {
	if st.Reason == "" || !ours {
		return "The server ended before it answered. Its log may say why."
	}
	return st.Reason
}

func (r *Reconciler) isAnswering(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	res, err := r.client.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	_ = res.Body.Close()
	return res.StatusCode < http.StatusInternalServerError
}

func (r *Reconciler) recordReady(ctx context.Context, s hub.Server, upstream string) error {
	done, err := r.App.Answering(ctx, s, upstream)
	if err == nil && done {
		r.Observer.Spawned("success", "", r.sinceRequested(s))
	}
	return err
}

// check checks a running server. If it has ended by itself, it records the reason; if its
// address has changed, it records that.
func (r *Reconciler) check(ctx context.Context, s hub.Server) (changed bool, err error) {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	began := r.Elapsed()
	st, ours, err := r.inspect(limited, s)
	if err != nil {
		return false, err
	}
	r.withState(s, func(m *serverState) { m.watched = st.Watched })
	r.Observer.Polled(st.State == spawn.Alive && ours, r.Elapsed()-began)
	if st.State != spawn.Alive || !ours {
		reason := st.Reason
		if reason == "" || !ours {
			reason = "The server ended by itself."
		}
		return true, r.fail(ctx, s, causeAfterReady, reason)
	}
	upstream := st.Upstream
	if upstream == "" { // not known at this moment; the server has not moved
		upstream = s.Upstream
	}
	if s.Upstream == upstream {
		return false, nil
	}
	return true, r.App.Moved(ctx, s, upstream)
}

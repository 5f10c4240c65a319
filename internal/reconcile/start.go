package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// start begins a run of a queued server and sees it through to an answer.
func (r *Reconciler) start(ctx context.Context, s hub.Server) error {
	run, err := r.App.BeginRun(ctx, s, r.lease())
	if err != nil {
		return err
	}
	s = run.Server
	limited, cancel := context.WithTimeout(ctx, r.Start)
	defer cancel()
	err = r.Driver.Start(limited, spawn.Spec{
		ServerID: s.ID, Fence: s.Fence, UserID: s.UserID, UserName: s.UserName, ServerName: s.Name,
		Prefix: run.Prefix, Env: run.Env, Options: s.Options,
	})
	switch {
	case err == nil:
		return r.started(ctx, s)
	case ctx.Err() != nil: // the hub goes down, or the server isn't wanted any more
		return ctx.Err()
	case errors.Is(err, spawn.ErrFenced):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return r.fail(ctx, s, hub.EventFailed, fmt.Sprintf("The server could not be started within %v.", r.Start))
	default:
		return r.fail(ctx, s, hub.EventFailed, sentence(err))
	}
}

func (r *Reconciler) lease() app.Lease {
	return app.Lease{Owner: r.Owner, Node: r.Driver.Node(), For: r.Lease}
}

// sentence is what a person is told of a driver's error: its own words when it
// has some for them.
func sentence(err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code != hub.Internal && e.Msg != "" {
		return e.Msg
	}
	return "The server could not be started: " + err.Error()
}

// resume goes on with a start that was cut short: what came to life is kept, what
// did not is started anew under a higher fence.
func (r *Reconciler) resume(ctx context.Context, s hub.Server) error {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return err
	}
	if st.State == spawn.Alive && st.Fence == s.Fence {
		return r.started(ctx, s)
	}
	return r.start(ctx, s)
}

// started records that the process lives, and waits for it to answer.
func (r *Reconciler) started(ctx context.Context, s hub.Server) error {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return err
	}
	ok, err := r.App.Advance(ctx, s.ID, s.Fence, func(row *hub.Server, tx app.Tx) (*hub.ServerEvent, error) {
		row.Phase, row.PhaseSince = hub.Waiting, tx.Now()
		row.Started, row.LastActivity = tx.Now(), tx.Now()
		r.lease().Take(row, tx.Now())
		row.Upstream = st.Upstream
		s = *row
		e := row.Event(tx.Now(), hub.EventStarted, 50, "Server process started, waiting for Jupyter to answer")
		return &e, tx.OpenUsage(ctx, hub.Usage{
			ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, Started: tx.Now(), ChargedUntil: tx.Now(),
		})
	})
	if err != nil || !ok {
		return err
	}
	return r.awaitReady(ctx, s)
}

// readinessClient asks servers whether they answer: no redirects, no reuse.
func readinessClient() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// awaitReady asks the server until it answers with anything below 500 (JupyterHub's
// rule), it ends, or its time is over. The time counts from when it was started,
// so a restart of the hub does not extend it.
func (r *Reconciler) awaitReady(ctx context.Context, s hub.Server) error {
	deadline := s.Started.Add(r.HTTP)
	prefix := hub.ServerPath(r.App.Config().Base, s.UserName, s.Name)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		st, err := r.Driver.Inspect(ctx, s.ID)
		if err != nil {
			return err
		}
		switch {
		case st.State == spawn.Exited || st.State == spawn.Absent || st.Fence != s.Fence:
			return r.fail(ctx, s, hub.EventFailed, exitReason(st))
		case st.Upstream != "" && r.answers(ctx, st.Upstream+prefix+"api"):
			return r.becameReady(ctx, s, st.Upstream)
		case !r.Clock().Before(deadline):
			return r.fail(ctx, s, hub.EventFailed,
				fmt.Sprintf("The server started but did not answer within %v. Its log may say why.", r.HTTP))
		}
		if err := pauseFor(ctx, pause); err != nil {
			return err
		}
	}
}

func exitReason(st spawn.Status) string {
	if st.Reason == "" {
		return "The server ended before it answered. Its log may say why."
	}
	return st.Reason
}

func (r *Reconciler) answers(ctx context.Context, url string) bool {
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

func (r *Reconciler) becameReady(ctx context.Context, s hub.Server, upstream string) error {
	_, err := r.App.Advance(ctx, s.ID, s.Fence, func(row *hub.Server, tx app.Tx) (*hub.ServerEvent, error) {
		row.Phase, row.PhaseSince, row.ReadyAt = hub.Ready, tx.Now(), tx.Now()
		row.Upstream = upstream
		e := row.Event(tx.Now(), hub.EventReady, 100, "Server ready")
		e.Detail = durations(*row)
		return &e, nil
	})
	return err
}

func pauseFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// check looks at a running server. One that ended by itself is recorded with its
// reason; one whose address changed is followed.
func (r *Reconciler) check(ctx context.Context, s hub.Server) error {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return err
	}
	if st.State != spawn.Alive || st.Fence != s.Fence {
		reason := st.Reason
		if reason == "" {
			reason = "The server ended by itself."
		}
		return r.fail(ctx, s, hub.EventLost, reason)
	}
	upstream := st.Upstream
	if upstream == "" { // not known at this moment; the server has not moved
		upstream = s.Upstream
	}
	if s.Owner == r.Owner && s.Upstream == upstream {
		return nil
	}
	_, err = r.App.Advance(ctx, s.ID, s.Fence, func(row *hub.Server, tx app.Tx) (*hub.ServerEvent, error) {
		r.lease().Take(row, tx.Now())
		row.Upstream = upstream
		return nil, nil
	})
	return err
}

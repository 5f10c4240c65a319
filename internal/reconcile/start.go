package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// start begins a run of a queued server and sees it through to an answer.
func (r *Reconciler) start(ctx context.Context, s hub.Server) error {
	for again := false; ; again = true {
		run, err := r.App.BeginRun(ctx, s, r.lease())
		if err != nil {
			return err
		}
		if s.Phase == hub.Queued {
			r.Observer.Queued(r.age(s))
		}
		s = run.Server
		if run.Refused != "" {
			return r.fail(ctx, s, refused, run.Refused)
		}
		r.recall(s, func(m *memory) { m.runID, m.runFence = run.ID, s.Fence })
		r.startBy(s)
		err = r.launch(ctx, run)
		if !errors.Is(err, spawn.ErrFenced) || again {
			return r.launched(ctx, s, err)
		}
		if s, err = r.overtake(ctx, s); err != nil {
			return err
		}
	}
}

func (r *Reconciler) launch(ctx context.Context, run app.Run) error {
	ctx, cancel := context.WithTimeout(ctx, r.Start)
	defer cancel()
	s := run.Server
	return r.Driver.Start(ctx, spawn.Spec{
		ServerID: s.ID, Fence: s.Fence, RunID: run.ID, UserID: s.UserID, UserName: s.UserName, ServerName: s.Name,
		Prefix: run.Prefix, Env: run.Env, Options: s.Options, Home: run.Home,
	})
}

// launched goes on with what the driver made of a start.
func (r *Reconciler) launched(ctx context.Context, s hub.Server, err error) error {
	switch {
	case err == nil:
		return r.started(ctx, s)
	case ctx.Err() != nil: // the hub goes down, or the server isn't wanted any more
		return ctx.Err()
	case errors.Is(err, spawn.ErrFenced):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return r.fail(ctx, s, tooSlow, r.tooSlow())
	}
	return r.fail(ctx, s, causeOf(err), r.sentence(ctx, s, err))
}

// strand gives a start up that no machine can make: none that lives has the home.
func (r *Reconciler) strand(ctx context.Context, s hub.Server) error {
	why, err := r.App.Stranded(ctx, s)
	if err != nil || why == "" {
		return err
	}
	return r.fail(ctx, s, refused, why)
}

func (r *Reconciler) tooSlow() string {
	return fmt.Sprintf("The server could not be started within %v.", r.Start)
}

// overtake goes above a run that the driver knows of and the database does not, since
// that went back to a backup. Where somebody else has begun a newer run it is a conflict.
func (r *Reconciler) overtake(ctx context.Context, s hub.Server) (hub.Server, error) {
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

// startBy is when the driver must have made the process. A start that was cut short by
// the end of the hub gets its time anew.
func (r *Reconciler) startBy(s hub.Server) (at time.Duration) {
	r.recall(s, func(m *memory) {
		if m.startBy == 0 {
			m.startBy = r.Elapsed() + r.Start
		}
		at = m.startBy
	})
	return at
}

// answerBy is when the server must have answered. The time counts from when it was
// started, so a restart of the hub does not extend it.
func (r *Reconciler) answerBy(s hub.Server) (at time.Duration) {
	left := min(max(s.Started.Add(r.HTTP).Sub(r.Clock()), 0), r.HTTP)
	r.recall(s, func(m *memory) {
		if m.answerBy == 0 {
			m.answerBy = r.Elapsed() + left
		}
		at = m.answerBy
	})
	return at
}

func (r *Reconciler) lease() app.Lease {
	return app.Lease{Owner: r.Lease.ID(), Node: r.Driver.Node()}
}

// sentence is what a person is told of a driver's error: its own words when it has
// some for them. Everything else is for the log.
func (r *Reconciler) sentence(ctx context.Context, s hub.Server, err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code != hub.Internal && e.Msg != "" {
		r.Logger.InfoContext(ctx, "the spawner refused to start a server", "server", s.FullName(), "request_id", s.RequestID, "error", err)
		return hub.FailureOf(e.Plain, e.Msg)
	}
	r.Logger.ErrorContext(ctx, "a server could not be started", "server", s.FullName(), "request_id", s.RequestID, "error", err)
	return "The server could not be started because of an error in the hub. Its administrators find the cause in the hub's log, under the request " +
		s.RequestID + "."
}

// resume goes on with a start that was cut short: what came to life, or is about to, is
// kept; what did not is started anew under a higher fence.
func (r *Reconciler) resume(ctx context.Context, s hub.Server) error {
	late := r.Elapsed() >= r.startBy(s)
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err == nil && (st.State == spawn.Alive || st.State == spawn.Pending) {
		ours := false
		if ours, err = r.isRun(ctx, s, st); ours {
			return r.started(ctx, s)
		}
	}
	switch {
	case late:
		return errors.Join(err, r.fail(ctx, s, tooSlow, r.tooSlow()))
	case err != nil:
		return err
	}
	return r.start(ctx, s)
}

// started records that the process lives, and waits for it to answer.
func (r *Reconciler) started(ctx context.Context, s hub.Server) error {
	message, detail, err := r.limits(s)
	if err != nil {
		return err
	}
	ok, err := r.App.Advance(ctx, s, func(row *hub.Server, tx data.Tx) (*hub.ServerEvent, error) {
		row.Phase, row.PhaseSince = hub.Waiting, tx.Now()
		row.Started, row.LastActivity = tx.Now(), tx.Now()
		s = *row
		e := row.Event(tx.Now(), hub.EventStarted, 50, message)
		e.Detail = detail
		return &e, tx.OpenUsage(ctx, hub.Usage{
			ServerID: s.ID, UserID: s.UserID, Fence: s.Fence, Started: tx.Now(), ChargedUntil: tx.Now(),
		})
	})
	if err != nil || !ok {
		return err
	}
	if err := r.App.ServerActive(ctx, s, s.Started); err != nil { // cullers count from the start
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
// rule), it ends, or its time is over.
func (r *Reconciler) awaitReady(ctx context.Context, s hub.Server) error {
	deadline := r.answerBy(s)
	prefix := hub.ServerPath(r.App.Config().Base, s.UserName, s.Name)
	for pause := firstAsk; ; pause = min(pause*3/2, time.Second) {
		st, ours, err := r.inspect(ctx, s)
		late := r.Elapsed() >= deadline
		switch {
		case err != nil && !late:
			return err
		case err == nil && (!ours || st.State == spawn.Exited || st.State == spawn.Absent):
			return r.fail(ctx, s, exited, exitReason(st, ours))
		case err == nil && st.Upstream != "" && r.answers(ctx, st.Upstream+prefix+"api"):
			return r.becameReady(ctx, s, st.Upstream)
		case late:
			return errors.Join(err, r.fail(ctx, s, tooSlow,
				fmt.Sprintf("The server started but did not answer within %v. Its log may say why.", r.HTTP)))
		}
		if err := pauseFor(ctx, pause); err != nil {
			return err
		}
	}
}

// firstAsk is how long a server has before it is asked for the second time.
const firstAsk = 5 * time.Millisecond

// inspect also tells whether the driver speaks of the run that the database knows.
func (r *Reconciler) inspect(ctx context.Context, s hub.Server) (spawn.Status, bool, error) {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return st, false, err
	}
	ours, err := r.isRun(ctx, s, st)
	return st, ours, err
}

// exitReason is the driver's word on how the run ended, where it speaks of this run.
func exitReason(st spawn.Status, ours bool) string {
	if st.Reason == "" || !ours {
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
	done, err := r.App.Advance(ctx, s, func(row *hub.Server, tx data.Tx) (*hub.ServerEvent, error) {
		row.Phase, row.PhaseSince, row.ReadyAt = hub.Ready, tx.Now(), tx.Now()
		row.Upstream = upstream
		e := row.Event(tx.Now(), hub.EventReady, 100, "Server ready")
		e.Detail = durations(*row)
		return &e, nil
	})
	if err == nil && done {
		r.Observer.Spawned("success", "", r.age(s))
	}
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
	limited, cancel := context.WithTimeout(ctx, slowestCheck)
	defer cancel()
	began := r.Elapsed()
	st, ours, err := r.inspect(limited, s)
	if err != nil {
		return err
	}
	r.recall(s, func(m *memory) { m.watched = st.Watched })
	r.Observer.Polled(st.State == spawn.Alive && ours, r.Elapsed()-began)
	if st.State != spawn.Alive || !ours {
		reason := st.Reason
		if reason == "" || !ours {
			reason = "The server ended by itself."
		}
		return r.fail(ctx, s, notStart, reason)
	}
	upstream := st.Upstream
	if upstream == "" { // not known at this moment; the server has not moved
		upstream = s.Upstream
	}
	if s.Upstream == upstream {
		return nil
	}
	_, err = r.App.Advance(ctx, s, func(row *hub.Server, _ data.Tx) (*hub.ServerEvent, error) {
		row.Upstream = upstream
		return nil, nil
	})
	return err
}

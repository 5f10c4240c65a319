package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// stop ends the processes of s and records it; without time to save if the run has failed.
func (r *Reconciler) stop(ctx context.Context, s hub.Server) error {
	began := r.Elapsed()
	err := r.endRun(ctx, s, !s.Failing())
	r.observeStop(ctx, s, r.Elapsed()-began, err)
	if err == nil || ctx.Err() != nil || hub.Is(err, hub.Conflict) {
		return err
	}
	stuck := false
	r.withState(s, func(m *serverState) {
		stuck = !m.stuckNoted && r.Elapsed()-m.since >= stuckAfter
		m.stuckNoted = m.stuckNoted || stuck
	})
	if stuck {
		return errors.Join(err, r.App.NoteStuck(ctx, s.ID, s.Fence))
	}
	return err
}

// endRun ends all processes of the run, and then records that it has ended.
func (r *Reconciler) endRun(ctx context.Context, s hub.Server, gentle bool) error {
	s, err := r.stopProcesses(ctx, s, gentle)
	if err != nil {
		return err
	}
	return r.App.EndRun(ctx, s.ID, s.Fence, hub.EventStopped, "", "")
}

// stopProcesses ends the processes of s. It also ends a run that the driver knows and the
// database does not, because it was restored from a backup: nothing else would ever stop it.
func (r *Reconciler) stopProcesses(ctx context.Context, s hub.Server, gentle bool) (hub.Server, error) {
	for {
		if err := r.Driver.Stop(ctx, s.ID, s.Fence, gentle); err != nil {
			return s, err
		}
		st, err := r.Driver.Inspect(ctx, s.ID)
		if err != nil {
			return s, err
		}
		if st.Fence <= s.Fence || st.State != spawn.Alive && st.State != spawn.Pending {
			return s, nil
		}
		if err := r.App.RaiseFence(ctx, s.ID, s.Fence, st.Fence); err != nil {
			return s, err
		}
		r.Logger.WarnContext(ctx, "stopping a run that the database does not know of", "server", s.FullName(), "fence", s.Fence, "runs", st.Fence)
		s.Fence = st.Fence
	}
}

// fail ends a run that has failed. It records the reason first, so that it is not lost if a
// process cannot be ended or the hub ends, and so that the next queued server can start.
func (r *Reconciler) fail(ctx context.Context, s hub.Server, why cause, reason string) error {
	r.mu.Lock()
	if j := r.steps[s.ID]; j != nil {
		j.wanted = false // from here on the step stops the server
	}
	r.mu.Unlock()
	if err := r.App.GiveUp(ctx, s, why.recorded(), reason, r.runLog(ctx, s)); err != nil {
		return err
	}
	if why != causeAfterReady {
		r.Observer.Spawned(why.status(), why.reason(), r.sinceRequested(s))
	}
	r.Logger.WarnContext(ctx, "a server failed", "server", s.FullName(), "reason", reason)
	return r.endRun(ctx, s, false)
}

// runLog is the end of the run's log, if the log is of this run.
func (r *Reconciler) runLog(ctx context.Context, s hub.Server) string {
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil {
		return ""
	}
	if ours, err := r.isRun(ctx, s, st); err != nil || !ours {
		return ""
	}
	log, err := r.Driver.Logs(ctx, s.ID, r.LogBytes)
	if err != nil {
		return ""
	}
	return log
}

// logTimeout is how long Log may wait for the driver.
const logTimeout = 2 * time.Second

// Log is the end of the log of a server's current run, if its process is on this node; else
// empty. The caller checks who may see it.
func (r *Reconciler) Log(ctx context.Context, s hub.Server) string {
	if s.Phase != hub.Waiting && s.Phase != hub.Ready || s.Node != "" && s.Node != r.Driver.Node() {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil || st.Fence != s.Fence {
		return ""
	}
	// This does not use withState: s may be older than the state.
	if id, err := r.App.RunID(ctx, s); err != nil || id == "" || id != st.RunID {
		return ""
	}
	log, err := r.Driver.Logs(ctx, s.ID, r.LogBytes)
	if err != nil {
		r.Logger.WarnContext(ctx, "the log of a server cannot be read", "server", s.FullName(), "error", err)
	}
	return log
}

// isRun reports whether st is of the same run as s in the database.
func (r *Reconciler) isRun(ctx context.Context, s hub.Server, st spawn.Status) (bool, error) {
	if st.Fence != s.Fence {
		return false, nil
	}
	var id string
	r.withState(s, func(m *serverState) {
		if m.runFence == s.Fence {
			id = m.runID
		}
	})
	if id == "" {
		var err error
		if id, err = r.App.RunID(ctx, s); err != nil {
			return false, err
		}
		r.withState(s, func(m *serverState) { m.runID, m.runFence = id, s.Fence })
	}
	return id != "" && st.RunID == id, nil
}

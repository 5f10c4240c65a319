package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// stop ends whatever lives of s and records it. A run that went wrong has nothing to
// save any more.
func (r *Reconciler) stop(ctx context.Context, s hub.Server) error {
	began := r.Elapsed()
	err := r.end(ctx, s, !s.Failing())
	r.observeStop(ctx, s, r.Elapsed()-began, err)
	if err == nil || ctx.Err() != nil || hub.Is(err, hub.Conflict) {
		return err
	}
	stuck := false
	r.recall(s, func(m *memory) {
		stuck = !m.told && r.Elapsed()-m.since >= stuckAfter
		m.told = m.told || stuck
	})
	if stuck {
		return errors.Join(err, r.App.NoteStuck(ctx, s.ID, s.Fence))
	}
	return err
}

// end ends the run with all its processes, and then writes that it has.
func (r *Reconciler) end(ctx context.Context, s hub.Server, gentle bool) error {
	s, err := r.halt(ctx, s, gentle)
	if err != nil {
		return err
	}
	return r.App.EndRun(ctx, s.ID, s.Fence, hub.EventStopped, "", "")
}

// halt ends the processes of s. A run that the driver knows of and the database does
// not, since that went back to a backup, ends too: whoever lives in it, nobody else
// ever stops it.
func (r *Reconciler) halt(ctx context.Context, s hub.Server, gentle bool) (hub.Server, error) {
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

// fail ends a run that went wrong: the reason is kept first, so that neither a process
// that cannot be ended nor the end of the hub loses it, and the next server gets its turn.
func (r *Reconciler) fail(ctx context.Context, s hub.Server, why cause, reason string) error {
	r.mu.Lock()
	if j := r.busy[s.ID]; j != nil {
		j.wanted = false // from here on it works for the end
	}
	r.mu.Unlock()
	if err := r.App.GiveUp(ctx, s, reason, r.lastWords(ctx, s)); err != nil {
		return err
	}
	if why != notStart {
		r.Observer.Spawned(why.status(), why.reason(), r.age(s))
	}
	r.Logger.WarnContext(ctx, "a server failed", "server", s.FullName(), "reason", reason)
	return r.end(ctx, s, false)
}

// lastWords is the run's log, where it is the run's own.
func (r *Reconciler) lastWords(ctx context.Context, s hub.Server) string {
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

// maxLook is how long a look at a log may wait for the driver.
const maxLook = 2 * time.Second

// Log is what the present run of a server has written last, where its process lives here;
// for those who wait for it, and may see it. Empty where there is nothing to be had.
func (r *Reconciler) Log(ctx context.Context, s hub.Server) string {
	if s.Phase != hub.Waiting && s.Phase != hub.Ready || s.Node != "" && s.Node != r.Driver.Node() {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, maxLook)
	defer cancel()
	st, err := r.Driver.Inspect(ctx, s.ID)
	if err != nil || st.Fence != s.Fence {
		return ""
	}
	// What is remembered of the server is left alone: s may be older than that.
	if id, err := r.App.RunID(ctx, s); err != nil || id == "" || id != st.RunID {
		return ""
	}
	log, err := r.Driver.Logs(ctx, s.ID, r.LogBytes)
	if err != nil {
		r.Logger.WarnContext(ctx, "the log of a server cannot be read", "server", s.FullName(), "error", err)
	}
	return log
}

// isRun tells whether st speaks of the very run that the database knows as s's.
func (r *Reconciler) isRun(ctx context.Context, s hub.Server, st spawn.Status) (bool, error) {
	if st.Fence != s.Fence {
		return false, nil
	}
	var id string
	r.recall(s, func(m *memory) {
		if m.runFence == s.Fence {
			id = m.runID
		}
	})
	if id == "" {
		var err error
		if id, err = r.App.RunID(ctx, s); err != nil {
			return false, err
		}
		r.recall(s, func(m *memory) { m.runID, m.runFence = id, s.Fence })
	}
	return id != "" && st.RunID == id, nil
}

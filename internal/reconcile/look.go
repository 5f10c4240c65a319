package reconcile

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// doubt is the question whether a server runs, for all who ask it at the same time.
type doubt struct {
	before    bool          // it was asked before the servers were read that the pass sees
	answered  chan struct{} // closed once it is
	elsewhere bool          // another replica's affair; set before that
}

// answer tells those who wait. A nil one is nobody's.
func (d *doubt) answer(elsewhere bool) {
	if d != nil {
		d.elsewhere = elsewhere
		close(d.answered)
	}
}

// Look looks at servers now rather than at their turn, and returns once what there is
// was written, or ctx has ended: with those that another replica drives.
func (r *Reconciler) Look(ctx context.Context, ids []int64) (elsewhere []int64) {
	doubts := make([]*doubt, len(ids))
	for i, id := range ids {
		doubts[i] = r.doubted(id)
	}
	for i, d := range doubts {
		select {
		case <-d.answered:
			if d.elsewhere {
				elsewhere = append(elsewhere, ids[i])
			}
		case <-ctx.Done():
			return elsewhere
		}
	}
	return elsewhere
}

// doubted asks for a look at a server with the next pass. One that is under way may have
// seen the server alive before it ended.
func (r *Reconciler) doubted(id int64) *doubt {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.doubts[id]
	if d == nil {
		d = &doubt{answered: make(chan struct{})}
		r.doubts[id] = d
	}
	r.kick()
	return d
}

// urgent tells whether somebody waits for a look at s. r.mu is held.
func (r *Reconciler) urgent(s hub.Server) bool { return r.doubts[s.ID] != nil && workFor(s) == checks }

// dismiss answers what no look of this replica can: about servers that do not run, or
// that another one drives. r.mu is held.
func (r *Reconciler) dismiss(live []hub.Server) {
	if len(r.doubts) == 0 {
		return
	}
	running := make(map[int64]hub.Server, len(live))
	for _, s := range live {
		if s.WantRunning && s.Phase == hub.Ready {
			running[s.ID] = s
		}
	}
	for id, d := range r.doubts {
		if !d.before { // the server may have become ready since; the next pass has read it
			continue
		}
		s, runs := running[id]
		if runs && r.mine(s) {
			continue // once there is room, and its step has ended
		}
		delete(r.doubts, id)
		d.answer(runs)
	}
}

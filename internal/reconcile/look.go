package reconcile

import (
	"context"

	"github.com/atriumhub/atrium/internal/hub"
)

// lookRequest is the request to check now whether a server runs, shared by all concurrent
// callers.
type lookRequest struct {
	before       bool          // it was asked before the servers were read that the pass sees
	done         chan struct{} // closed once it is answered
	otherReplica bool          // the answer: another replica drives the server; set before done is closed
}

// answer ends the wait of the callers. A nil request has none.
func (req *lookRequest) answer(elsewhere bool) {
	if req != nil {
		req.otherReplica = elsewhere
		close(req.done)
	}
}

// Look checks servers now rather than at their turn. It returns when the results are written
// or ctx has ended; the result is the servers that another replica drives.
func (r *Reconciler) Look(ctx context.Context, ids []int64) (elsewhere []int64) {
	reqs := make([]*lookRequest, len(ids))
	for i, id := range ids {
		reqs[i] = r.requestLook(id)
	}
	for i, req := range reqs {
		select {
		case <-req.done:
			if req.otherReplica {
				elsewhere = append(elsewhere, ids[i])
			}
		case <-ctx.Done():
			return elsewhere
		}
	}
	return elsewhere
}

// requestLook requests a check of a server in the next pass. A check under way does not count:
// it may have seen the server before it ended.
func (r *Reconciler) requestLook(id int64) *lookRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	req := r.lookRequests[id]
	if req == nil {
		req = &lookRequest{done: make(chan struct{})}
		r.lookRequests[id] = req
	}
	r.wakeUp()
	return req
}

// lookRequested reports whether a caller waits for a check of s. r.mu is held.
func (r *Reconciler) lookRequested(s hub.Server) bool {
	return r.lookRequests[s.ID] != nil && kindOf(s) == checkSteps
}

// answerOtherLooks answers the requests that need no check by this replica: for servers that do
// not run, or that another replica drives. r.mu is held.
func (r *Reconciler) answerOtherLooks(live []hub.Server) {
	if len(r.lookRequests) == 0 {
		return
	}
	running := make(map[int64]hub.Server, len(live))
	for _, s := range live {
		if s.WantRunning && s.Phase == hub.Ready {
			running[s.ID] = s
		}
	}
	for id, req := range r.lookRequests {
		if !req.before { // the server may have become ready since; the next pass has read it
			continue
		}
		s, runs := running[id]
		if runs && r.mayDrive(s) {
			continue // its next step answers
		}
		delete(r.lookRequests, id)
		req.answer(runs)
	}
}

package proxy

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

var errEnded = errors.New("ended by the hub")

// Codes of websocket close frames, RFC 6455 section 7.4.1.
const (
	goingAway       = 1001
	policyViolation = 1008
)

// flow is a request on its way through, for as long as it lasts: a moment, or the
// days of a websocket.
type flow struct {
	entry    *entry
	identity identity
	raw      string        // the path, byte by byte
	upgrade  bool          // it asks for a websocket
	in       *http.Request // as it came; its context ends when the client goes
	cancel   context.CancelCauseFunc
	ctl      *http.ResponseController
	touch    func()

	mu       sync.Mutex
	done     bool // the handler has returned
	ended    bool // we end it
	stream   bool // server-sent events: it would never end by itself
	browser  *side
	upstream *side
}

// end closes the connection: a websocket with a frame that says why, anything else
// by cutting it off. It returns within moments.
func (f *flow) end(code uint16) {
	f.mu.Lock()
	if f.done || f.ended {
		f.mu.Unlock()
		return
	}
	f.ended = true
	browser, upstream := f.browser, f.upstream
	if browser == nil {
		// A write to a client that does not read knows no context.
		f.cancel(errEnded)
		past := time.Unix(1, 0)
		_ = f.ctl.SetReadDeadline(past)
		_ = f.ctl.SetWriteDeadline(past)
	}
	f.mu.Unlock()
	if browser == nil {
		return
	}
	browser.shut()
	if upstream != nil {
		upstream.shut()
		upstream.close(code)
	}
	browser.close(code)
	f.cancel(errEnded)
}

func (f *flow) finish() {
	f.mu.Lock()
	f.done = true
	upstream := f.upstream
	f.mu.Unlock()
	f.cancel(nil)
	if upstream != nil {
		_ = upstream.Close() // where the upgrade failed half way, nobody else does
	}
}

func (f *flow) isEnded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// long tells whether the flow would last until somebody ends it.
func (f *flow) long() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.browser != nil || f.stream
}

func (f *flow) upgraded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.browser != nil
}

type flowKey struct{}

// flowOf is the flow that a request belongs to.
func flowOf(ctx context.Context) *flow { return ctx.Value(flowKey{}).(*flow) }

// flows is every flow there is.
type flows struct {
	mu     sync.Mutex
	all    map[*flow]struct{}
	byUser map[int64]map[*flow]struct{} // those bound to somebody's credentials
	empty  chan struct{}                // closed once none is left, when somebody waits
}

func (fs *flows) add(f *flow) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all[f] = struct{}{}
	for _, b := range f.identity.bonds {
		of := fs.byUser[b.cred.UserID]
		if of == nil {
			of = map[*flow]struct{}{}
			fs.byUser[b.cred.UserID] = of
		}
		of[f] = struct{}{}
	}
}

func (fs *flows) remove(f *flow) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.all, f)
	for _, b := range f.identity.bonds {
		delete(fs.byUser[b.cred.UserID], f)
		if len(fs.byUser[b.cred.UserID]) == 0 {
			delete(fs.byUser, b.cred.UserID)
		}
	}
	if len(fs.all) == 0 && fs.empty != nil {
		close(fs.empty)
		fs.empty = nil
	}
}

// where gives the flows that the test picks, of one person or, for 0, of all.
func (fs *flows) where(userID int64, pick func(*flow) bool) []*flow {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	among := fs.all
	if userID != 0 {
		among = fs.byUser[userID]
	}
	var picked []*flow
	for f := range among {
		if pick(f) {
			picked = append(picked, f)
		}
	}
	return picked
}

// none is closed once no flow is left.
func (fs *flows) none() <-chan struct{} {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.empty != nil {
		return fs.empty
	}
	empty := make(chan struct{})
	if len(fs.all) == 0 {
		close(empty)
		return empty
	}
	fs.empty = empty
	return empty
}

// endAll ends flows side by side, so that one stuck client does not keep the rest.
func endAll(list []*flow, code uint16) {
	var wg sync.WaitGroup
	for _, f := range list {
		wg.Go(func() { f.end(code) })
	}
	wg.Wait()
}

// bound picks the flows that hang on a session or a token.
func bound(match func(Credential) bool) func(*flow) bool {
	return func(f *flow) bool {
		for _, b := range f.identity.bonds {
			if match(b.cred) {
				return true
			}
		}
		return false
	}
}

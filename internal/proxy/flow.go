package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

var errEnded = errors.New("ended by the hub")

// Codes of websocket close frames, RFC 6455 section 7.4.1.
const (
	goingAway       = 1001
	policyViolation = 1008
)

// flow is a request on its way through, for as long as it lasts: a moment, or the
// days of a websocket. All that one request needs is in it, so as to be allocated once.
type flow struct {
	proxy    *Proxy
	entry    *entry
	identity identity
	raw      string        // the path, byte by byte
	upgrade  bool          // it asks for a websocket
	in       *http.Request // as it came; its context ends when the client goes
	reverse  httputil.ReverseProxy
	back     writer
	url      url.URL
	said     [5]string // values of headers that we add
	size     int64     // of the answer's body in bytes; -1: not known before its end

	mu        sync.Mutex
	done      bool // the handler has returned
	ended     bool // we end it
	abandoned bool // the client went
	stream    bool // server-sent events: it would never end by itself
	browser   *side
	upstream  *side
	line      *line                   // that it uses now
	cancel    context.CancelCauseFunc // of the context of what is not on a line; nil: none is used
	unwatch   func() bool             // stops abandon; nil: not needed
	closing   sync.WaitGroup          // what end has begun
}

func (f *flow) touch() { f.entry.seen.Store(f.proxy.opts.Clock().UnixMicro()) }

// cancellable makes a context that ends with the flow.
func (f *flow) cancellable(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	f.mu.Lock()
	f.cancel = cancel
	ended := f.ended
	f.mu.Unlock()
	if ended {
		cancel(errEnded)
	}
	return ctx, cancel
}

// end ends the connection: nothing passes any more when it returns. Whatever is no
// websocket is cut off; a websocket is told why by a frame, and its request goes on until
// both ends have had time to close: whoever ends it does not wait for browsers that sleep.
func (f *flow) end(code uint16) {
	f.mu.Lock()
	if f.done || f.ended {
		f.mu.Unlock()
		return
	}
	f.ended = true
	cancel := f.cancel
	if cancel == nil {
		cancel = func(error) {}
	}
	if f.browser == nil {
		// A write to a client that does not read knows no context.
		f.cutLine()
		past, ctl := time.Unix(1, 0), http.NewResponseController(f.back.ResponseWriter)
		_ = ctl.SetReadDeadline(past)
		_ = ctl.SetWriteDeadline(past)
		f.mu.Unlock()
		cancel(errEnded)
		return
	}
	browser, upstream := f.browser, f.upstream
	browser.shut()
	if upstream != nil {
		upstream.shut()
	}
	f.closing.Go(func() { // finish waits for it
		defer cancel(errEnded)
		if upstream != nil {
			upstream.close(code)
		}
		browser.close(code)
	})
	f.mu.Unlock()
}

func (f *flow) finish() {
	f.mu.Lock()
	f.done = true
	upstream, l, cancel := f.upstream, f.line, f.cancel
	f.mu.Unlock()
	if f.unwatch != nil {
		f.unwatch()
	}
	if cancel != nil {
		cancel(nil)
	}
	if l != nil {
		f.letGo(l, false)
	}
	if upstream != nil {
		_ = upstream.Close() // where the upgrade failed half way, nobody else does
	}
	f.closing.Wait()
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

// flows is every flow there is, in parts by the people whose credentials they are
// bound to, so that requests do not wait for each other.
type flows struct {
	parts [64]flowsPart
	count atomic.Int64
	empty atomic.Pointer[chan struct{}] // closed once none is left, when somebody waits
}

type flowsPart struct {
	mu  sync.Mutex
	all map[*flow]struct{}
	_   [48]byte // parts do not share cache lines
}

func (fs *flows) part(userID int64) *flowsPart {
	return &fs.parts[uint64(userID)%uint64(len(fs.parts))]
}

// home is the part in which a flow is found in any case.
func (fs *flows) home(f *flow) *flowsPart {
	if len(f.identity.bonds) > 0 {
		return fs.part(f.identity.bonds[0].cred.UserID)
	}
	return fs.part(f.entry.UserID) // nobody's; somewhere
}

func (fs *flows) add(f *flow) {
	fs.count.Add(1)
	fs.home(f).add(f)
	for i := 1; i < len(f.identity.bonds); i++ {
		fs.part(f.identity.bonds[i].cred.UserID).add(f)
	}
}

func (fs *flows) remove(f *flow) {
	fs.home(f).remove(f)
	for i := 1; i < len(f.identity.bonds); i++ {
		fs.part(f.identity.bonds[i].cred.UserID).remove(f)
	}
	if fs.count.Add(-1) == 0 {
		fs.tellEmpty()
	}
}

func (p *flowsPart) add(f *flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[*flow]struct{}{}
	}
	p.all[f] = struct{}{}
}

func (p *flowsPart) remove(f *flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, f)
}

// where gives the flows that the test picks, of one person or, for 0, of all.
func (fs *flows) where(userID int64, pick func(*flow) bool) []*flow {
	if userID != 0 {
		theirs := bound(func(cred Credential) bool { return cred.UserID == userID })
		return fs.part(userID).where(nil, func(f *flow) bool { return theirs(f) && pick(f) })
	}
	var picked []*flow
	for i := range fs.parts {
		p := &fs.parts[i]
		// Who came with two people's credentials is in two parts, and counts once.
		picked = p.where(picked, func(f *flow) bool { return fs.home(f) == p && pick(f) })
	}
	return picked
}

func (p *flowsPart) where(picked []*flow, pick func(*flow) bool) []*flow {
	p.mu.Lock()
	defer p.mu.Unlock()
	for f := range p.all {
		if pick(f) {
			picked = append(picked, f)
		}
	}
	return picked
}

// none is closed once no flow is left.
func (fs *flows) none() <-chan struct{} {
	empty := make(chan struct{})
	fs.empty.Store(&empty)
	if fs.count.Load() == 0 {
		fs.tellEmpty()
	}
	return empty
}

func (fs *flows) tellEmpty() {
	if empty := fs.empty.Swap(nil); empty != nil {
		close(*empty)
	}
}

func endAll(list []*flow, code uint16) {
	for _, f := range list {
		f.end(code)
	}
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

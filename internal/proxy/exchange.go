package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

var errEnded = errors.New("ended by the hub")

// Codes of websocket close frames, RFC 6455 section 7.4.1.
const (
	goingAway       = 1001
	policyViolation = 1008
)

// exchange is one proxied request with its response: for a websocket it lasts until the
// connection closes, which may take days. It holds all that a request needs, so that this
// is one allocation.
type exchange struct {
	proxy        *Proxy
	entry        *entry
	identity     identity
	rawPath      string        // the escaped path to send, byte by byte
	wantsUpgrade bool          // the request asks for a websocket
	silent       bool          // a page makes it by itself: see silent.Request
	in           *http.Request // as received; its context ends when the client closes
	reverse      httputil.ReverseProxy
	response     responseWriter
	url          url.URL
	headerValues [5]string // backs the headers that setHeader sets
	bodySize     int64     // of the response's body in bytes; -1: unknown before its end

	mu          sync.Mutex
	done        bool // the handler has returned
	ended       bool // end was called
	aborted     bool // the client closed its connection
	eventStream bool // server-sent events, which do not end by themselves
	client      *endpoint
	upstream    *endpoint
	conn        *upstreamConn           // the pooled connection in use, or nil
	cancel      context.CancelCauseFunc // of a request through the Transport, or of a dial; nil: neither
	stopAbort   func() bool             // unregisters abort; nil: not registered
	closing     sync.WaitGroup          // the closing handshake that end has begun
}

// touch notes that the server is active.
func (x *exchange) touch() { x.entry.seen.active.Store(x.proxy.opts.Clock().UnixMicro()) }

// use notes that somebody uses the server, unless it is a page that does this by itself.
func (x *exchange) use() {
	if !x.silent {
		x.entry.seen.used.Store(x.proxy.opts.Clock().UnixMicro())
	}
}

// withCancel derives a context that end cancels.
func (x *exchange) withCancel(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	x.mu.Lock()
	x.cancel = cancel
	ended := x.ended
	x.mu.Unlock()
	if ended {
		cancel(errEnded)
	}
	return ctx, cancel
}

// end terminates the exchange: when it returns, no more data passes in either direction.
// A websocket is sent a close frame with the code, and a goroutine gives both endpoints
// time to close, so that the caller does not wait for browsers that do not answer. Every
// other request is cut off.
func (x *exchange) end(code uint16) {
	x.mu.Lock()
	if x.done || x.ended {
		x.mu.Unlock()
		return
	}
	x.ended = true
	cancel := x.cancel
	if cancel == nil {
		cancel = func(error) {}
	}
	if x.client == nil {
		// Deadlines, because a write to a client that does not read heeds no context.
		x.interruptConn()
		past, ctl := time.Unix(1, 0), http.NewResponseController(x.response.ResponseWriter)
		_ = ctl.SetReadDeadline(past)
		_ = ctl.SetWriteDeadline(past)
		x.mu.Unlock()
		cancel(errEnded)
		return
	}
	client, upstream := x.client, x.upstream
	client.stop()
	if upstream != nil {
		upstream.stop()
	}
	x.closing.Go(func() { // finish waits for it
		defer cancel(errEnded)
		if upstream != nil {
			upstream.close(code)
		}
		client.close(code)
	})
	x.mu.Unlock()
}

// finish releases what the exchange holds, once its handler is done.
func (x *exchange) finish() {
	x.mu.Lock()
	x.done = true
	upstream, c, cancel := x.upstream, x.conn, x.cancel
	x.mu.Unlock()
	if x.stopAbort != nil {
		x.stopAbort()
	}
	if cancel != nil {
		cancel(nil)
	}
	if c != nil {
		x.releaseConn(c, false)
	}
	if upstream != nil {
		_ = upstream.Close() // nobody else does if the upgrade failed half way
	}
	x.closing.Wait()
}

func (x *exchange) isEnded() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.ended
}

// isLongLived reports whether the exchange would last until somebody ends it.
func (x *exchange) isLongLived() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.client != nil || x.eventStream
}

// isUpgraded reports whether the exchange has become a websocket.
func (x *exchange) isUpgraded() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.client != nil
}

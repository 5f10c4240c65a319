package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/obs"
)

// call is the state of one request, kept in its context.
type call struct {
	id    string
	began time.Time
	url   *url.URL // as the client sent it
	api   bool     // the path is under the API's prefix
	// otherHost: the request is for another host than the hub's own.
	otherHost  bool
	pattern    string // of the route; empty when there is none
	handler    string // the route's name in metrics; likewise
	kind       routeKind
	secretPath bool         // the path holds a secret and is not logged
	cloud      bool         // errors have a field "error" too
	framing    framePolicy  // the route's
	bySession  bool         // the requester is known by a session's cookies: a page of the hub, mostly
	body       *limitedBody // nil where there is none
	recheck    func() error // checks the credentials again; nil: not needed, or done
}

// recheckCredentials checks the requester's credentials again after a body was read: that may
// have taken minutes, in which they may have become invalid.
func (c *call) recheckCredentials() error {
	again := c.recheck
	if again == nil {
		return nil
	}
	c.recheck = nil
	return again()
}

// errorsAsJSON reports whether errors are written as JSON rather than as a page.
func (c *call) errorsAsJSON() bool {
	if c.pattern == "" {
		return c.api
	}
	return c.kind == api || c.kind == public && c.api
}

type callKey struct{}

// withCall is ctx with the state of its request.
func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf is the state of the request.
func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{url: r.URL} // only in tests that call a handler by itself
}

// setRequester notes the requester for the log, and for the quota on unread responses.
func (e *Env) setRequester(w http.ResponseWriter, r *http.Request, who *access.Requester) {
	if !who.Known() {
		return
	}
	obs.SetUser(r.Context(), who.Name())
	if rw, ok := w.(*responseWriter); ok {
		rw.requester, rw.unreadQuotas = who, e.unreadQuotas
	}
}

// responseWriter records the status, and limits how long a large write may take.
type responseWriter struct {
	http.ResponseWriter
	r            *http.Request
	status       int
	requester    *access.Requester // nil for an anonymous request
	unreadQuotas *quotas           // for large ones to them
}

func newResponseWriter(w http.ResponseWriter, r *http.Request) *responseWriter {
	return &responseWriter{ResponseWriter: w, r: r}
}

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if len(b) > largeWrite {
		return w.writeLarge(b)
	}
	return w.ResponseWriter.Write(b)
}

// writeTimeout is how long a client may leave what it is sent unread.
const writeTimeout = 30 * time.Second

// largeWrite is the size, in bytes, above which a write is large: more than a connection
// costs anyway.
const largeWrite = 64 << 10

// writeLarge writes with a deadline that a client meets if it reads at minBodyRate: the
// response stays in memory until it is read, and a hundred unread ones would too.
func (w *responseWriter) writeLarge(b []byte) (int, error) {
	conn := http.NewResponseController(w.ResponseWriter)
	_ = conn.SetWriteDeadline(hub.SystemClock().Add(writeTimeout + time.Duration(len(b))*time.Second/minBodyRate))
	defer func() { _ = conn.SetWriteDeadline(time.Time{}) }()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

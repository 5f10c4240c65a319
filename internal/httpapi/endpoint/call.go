package endpoint

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/obs"
)

// Call is the state of one request, kept in its context.
type Call struct {
	ID    string // that log, audit entries and response share
	Began time.Time
	URL   *url.URL // as the client sent it
	API   bool     // the path is under the API's prefix
	// OtherHost: the request is for another host than the hub's own.
	OtherHost  bool
	Pattern    string // of the route; empty when there is none
	Handler    string // the route's name in metrics; likewise
	Kind       Kind
	SecretPath bool         // the path holds a secret and is not logged
	Cloud      bool         // errors have a field "error" too
	Framing    Framing      // the route's
	BySession  bool         // the requester is known by a session's cookies: a page of the hub, mostly
	body       *limitedBody // nil where there is none
	recheck    func() error // checks the credentials again; nil: not needed, or done
}

// recheckCredentials checks the requester's credentials again after a body was read: that may
// have taken minutes, in which they may have become invalid.
func (c *Call) recheckCredentials() error {
	again := c.recheck
	if again == nil {
		return nil
	}
	c.recheck = nil
	return again()
}

// ErrorsAsJSON reports whether errors are written as JSON rather than as a page.
func (c *Call) ErrorsAsJSON() bool {
	if c.Pattern == "" {
		return c.API
	}
	return c.Kind == API || c.Kind == Public && c.API
}

type callKey struct{}

// WithCall is ctx with the state of its request.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf is the state of the request.
func CallOf(r *http.Request) *Call {
	if c, ok := r.Context().Value(callKey{}).(*Call); ok {
		return c
	}
	return &Call{URL: r.URL} // only in tests that call a handler by itself
}

// SetRequester notes the requester for the log, and for the quota on unread responses.
func (e *Env) SetRequester(w http.ResponseWriter, r *http.Request, who *access.Requester) {
	if !who.Known() {
		return
	}
	obs.SetUser(r.Context(), who.Name())
	if rw, ok := w.(*ResponseWriter); ok {
		rw.requester, rw.unreadQuotas = who, e.unreadQuotas
	}
}

// ResponseWriter records the status, and limits how long a large write may take.
type ResponseWriter struct {
	http.ResponseWriter
	r            *http.Request
	Status       int               // 0: the response has not begun
	requester    *access.Requester // nil for an anonymous request
	unreadQuotas *Quotas           // for large ones to them
}

// NewResponseWriter makes one that answers the request.
func NewResponseWriter(w http.ResponseWriter, r *http.Request) *ResponseWriter {
	return &ResponseWriter{ResponseWriter: w, r: r}
}

// WriteHeader implements http.ResponseWriter.
func (w *ResponseWriter) WriteHeader(status int) {
	if w.Status == 0 && status >= http.StatusOK {
		w.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *ResponseWriter) Write(b []byte) (int, error) {
	if w.Status == 0 {
		w.Status = http.StatusOK
	}
	if len(b) > largeWrite {
		return w.writeLarge(b)
	}
	return w.ResponseWriter.Write(b)
}

// WriteTimeout is how long a client may leave what it is sent unread.
const WriteTimeout = 30 * time.Second

// largeWrite is the size, in bytes, above which a write is large: more than a connection
// costs anyway.
const largeWrite = 64 << 10

// writeLarge writes with a deadline that a client meets if it reads at minBodyRate: the
// response stays in memory until it is read, and a hundred unread ones would too.
func (w *ResponseWriter) writeLarge(b []byte) (int, error) {
	conn := http.NewResponseController(w.ResponseWriter)
	_ = conn.SetWriteDeadline(hub.SystemClock().Add(WriteTimeout + time.Duration(len(b))*time.Second/minBodyRate))
	defer func() { _ = conn.SetWriteDeadline(time.Time{}) }()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *ResponseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

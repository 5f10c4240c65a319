package httpapi

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
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

func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{url: r.URL} // only in tests that call a handler by itself
}

// setRequester notes the requester for the log, and for the quota on unread responses.
func (s *Server) setRequester(w http.ResponseWriter, r *http.Request, who *access.Requester) {
	if !who.Known() {
		return
	}
	obs.SetUser(r.Context(), who.Name())
	if rw, ok := w.(*responseWriter); ok {
		rw.requester, rw.unreadQuotas = who, s.unreadQuotas
	}
}

// newRequestID makes the id that log, audit entries and response share.
func newRequestID() string { return rand.Text()[:16] }

// responseWriter records the status, and limits how long a large write may take.
type responseWriter struct {
	http.ResponseWriter
	r            *http.Request
	status       int
	requester    *access.Requester // nil for an anonymous request
	unreadQuotas *quotas           // for large ones to them
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

// maxLoggedPath limits the logged part of a path, in bytes: anybody can send a long one.
const maxLoggedPath = 1024

// finish logs the request, and answers 500 for a handler that panicked. Query
// strings are never logged, nor paths that the table doesn't know: they may hold
// secrets.
func (s *Server) finish(w *responseWriter, r *http.Request, c *call) {
	if p := recover(); p != nil {
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.log.ErrorContext(r.Context(), "handler panicked", "route", c.pattern, "panic", p, "stack", string(debug.Stack()))
		if w.status != 0 {
			panic(http.ErrAbortHandler) // half a response must not look complete
		}
		s.writeError(w, r, s.anonymous(r), hub.Errorf(hub.Internal, "panic"))
	}
	took := s.clock().Sub(c.began)
	defer w.drainBody(c)
	s.observeRequest(r, c, w.status, took)
	path := ""
	if c.pattern != "" && !c.secretPath {
		path = c.url.EscapedPath()
		path = path[:min(len(path), maxLoggedPath)]
	}
	level := slog.LevelDebug
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		level = slog.LevelInfo
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.Log(r.Context(), level, "request", "method", r.Method, "path", path, "route", c.pattern,
		"status", w.status, "address", s.clientAddress(r), "seconds", took.Seconds())
}

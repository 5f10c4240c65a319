package httpapi

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// writeError responds with an error: JupyterHub's {"status", "message"} on the API, a page
// elsewhere. It is the one place that maps errors to statuses. If the response has begun, it
// only logs.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, who *access.Requester, err error) {
	c := callOf(r)
	status, message, retryAfter := errorResponse(err)
	if status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", c.pattern, "status", status, "error", err)
	}
	if rw, ok := w.(*responseWriter); ok && rw.status != 0 {
		return
	}
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if _, ok := errors.AsType[embeddedError](err); ok && !c.errorsAsJSON() && s.site.refuseFrame(w, r) == nil {
		return
	}
	if c.errorsAsJSON() {
		body := apiError{Status: status, Message: message}
		if c.bySession {
			body.Plain = plainMessage(err)
		}
		if c.cloud {
			body.Error = message
		}
		writeJSON(w, status, body)
		return
	}
	s.site.renderError(w, r, who, status, pageMessage(err, status))
}

// newRequestID makes the id that log, audit entries and response share.
func newRequestID() string { return rand.Text()[:16] }

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
		s.writeError(w, r, s.env.anonymous(r), hub.Errorf(hub.Internal, "panic"))
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
		"status", w.status, "address", s.env.clientAddress(r), "seconds", took.Seconds())
}

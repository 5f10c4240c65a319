package httpapi

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// writeError responds with an error: JupyterHub's {"status", "message"} on the API, a page
// elsewhere. If the response has begun, it only logs.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, who *access.Requester, err error) {
	c := endpoint.CallOf(r)
	status, message, retryAfter := endpoint.ErrorResponse(err)
	if status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", c.Pattern, "status", status, "error", err)
	}
	if rw, ok := w.(*endpoint.ResponseWriter); ok && rw.Status != 0 {
		return
	}
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if _, ok := errors.AsType[endpoint.EmbeddedError](err); ok && !c.ErrorsAsJSON() && s.site.RefuseFrame(w, r) == nil {
		return
	}
	if c.ErrorsAsJSON() {
		body := endpoint.ErrorBody{Status: status, Message: message}
		if c.BySession {
			body.Plain = endpoint.PlainMessage(r, err)
		}
		if c.Cloud {
			body.Error = message
		}
		endpoint.WriteJSON(w, status, body)
		return
	}
	s.site.RenderError(w, r, who, status, endpoint.PageMessage(err, status))
}

// newRequestID makes the id that log, audit entries and response share.
func newRequestID() string { return rand.Text()[:16] }

// maxLoggedPath limits the logged part of a path, in bytes: anybody can send a long one.
const maxLoggedPath = 1024

// finish logs the request, and answers 500 for a handler that panicked. Query
// strings are never logged, nor paths that the table doesn't know: they may hold
// secrets.
func (s *Server) finish(w *endpoint.ResponseWriter, r *http.Request, c *endpoint.Call) {
	if p := recover(); p != nil {
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.log.ErrorContext(r.Context(), "handler panicked", "route", c.Pattern, "panic", p, "stack", string(debug.Stack()))
		if w.Status != 0 {
			panic(http.ErrAbortHandler) // half a response must not look complete
		}
		s.writeError(w, r, s.env.Anonymous(r), hub.Errorf(hub.Internal, "panic"))
	}
	took := s.clock().Sub(c.Began)
	defer w.DrainBody(c)
	s.observeRequest(r, c, w.Status, took)
	path := ""
	if c.Pattern != "" && !c.SecretPath {
		path = c.URL.EscapedPath()
		path = path[:min(len(path), maxLoggedPath)]
	}
	level := slog.LevelDebug
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		level = slog.LevelInfo
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.Log(r.Context(), level, "request", "method", r.Method, "path", path, "route", c.Pattern,
		"status", w.Status, "address", s.env.ClientAddress(r), "seconds", took.Seconds())
}

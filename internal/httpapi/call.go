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

// call is what the server notes of one request on its way through.
type call struct {
	id    string
	began time.Time
	url   *url.URL // as the client sent it
	api   bool     // the path is under the API's prefix
	// elsewhere: the request is for another host than the hub's own.
	elsewhere bool
	pattern   string // the table's; empty when there is none
	handler   string // what metrics call it; likewise
	kind      kind
	secret    bool         // the path holds a secret
	cloud     bool         // failures carry "error" too
	framing   framing      // the route's
	session   bool         // a browser's session says who asks: a page of the hub's, mostly
	body      *body        // nil where none may be sent
	again     func() error // asks again who asks; nil where there is no need
}

// arrived is for when a body is in: it may have taken minutes, in which the one who
// asks may have lost what they came with.
func (c *call) arrived() error {
	again := c.again
	if again == nil {
		return nil
	}
	c.again = nil
	return again()
}

// json tells whether failures are told as JSON.
func (c *call) json() bool {
	if c.pattern == "" {
		return c.api
	}
	return c.kind == api || c.kind == open && c.api
}

type callKey struct{}

func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{url: r.URL} // only in tests that call a handler by itself
}

// noteWho lets the log say whose request it is, and the answer be counted as theirs.
func (s *Server) noteWho(w http.ResponseWriter, r *http.Request, who *access.Requester) {
	if !who.Known() {
		return
	}
	obs.SetUser(r.Context(), who.Name())
	if rw, ok := w.(*response); ok {
		rw.who, rw.answers = who, s.answers
	}
}

// newRequestID makes the id that ties log, audit entries and answer together.
func newRequestID() string { return rand.Text()[:16] }

// response notes what was answered.
type response struct {
	http.ResponseWriter
	r       *http.Request
	status  int
	who     *access.Requester // nil while nobody is known to ask
	answers *rooms            // for large ones to them
}

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if len(b) > largeWrite {
		return w.writeLarge(b)
	}
	return w.ResponseWriter.Write(b)
}

// largeWrite is more than what a connection costs by itself.
const largeWrite = 64 << 10

// writeLarge writes to a client that reads no slower than others may send: an answer is
// held until it is read, and a hundred that nobody reads would be.
func (w *response) writeLarge(b []byte) (int, error) {
	conn := http.NewResponseController(w.ResponseWriter)
	_ = conn.SetWriteDeadline(hub.SystemClock().Add(slowestRead + time.Duration(len(b))*time.Second/slowestBody))
	defer func() { _ = conn.SetWriteDeadline(time.Time{}) }()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// maxLoggedPath is how much of a path is logged: names in it are anybody's.
const maxLoggedPath = 1024

// finish logs the request, and answers 500 for a handler that panicked. Query
// strings are never logged, nor paths that the table doesn't know: they may hold
// secrets.
func (s *Server) finish(w *response, r *http.Request, c *call) {
	if p := recover(); p != nil {
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.log.ErrorContext(r.Context(), "handler panicked", "route", c.pattern, "panic", p, "stack", string(debug.Stack()))
		if w.status != 0 {
			panic(http.ErrAbortHandler) // half an answer must not look whole
		}
		s.writeError(w, r, s.nobody(r), hub.Errorf(hub.Internal, "panic"))
	}
	took := s.clock().Sub(c.began)
	defer w.drain(c)
	s.observeRequest(r, c, w.status, took)
	path := ""
	if c.pattern != "" && !c.secret {
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
		"status", w.status, "address", s.address(r), "seconds", took.Seconds())
}

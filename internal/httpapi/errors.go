package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// statusError is an error with a status of HTTP that no hub.Code has. An empty msg stands for
// the status's standard phrase.
type statusError struct {
	status int
	msg    string
	cause  error // for the log
}

func (e statusError) Error() string {
	text := e.msg
	if text == "" {
		text = http.StatusText(e.status)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e statusError) Unwrap() error { return e.cause }

// errorResponse returns what a client gets for err: the status, a message without internal
// details, and seconds for Retry-After. Missing credentials are 403, as in JupyterHub.
func errorResponse(err error) (status int, message string, retryAfter int) {
	if e, ok := errors.AsType[statusError](err); ok {
		return e.status, messageOr(e.msg, e.status), 0
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body is larger than %d bytes", e.Limit), 0
	}
	if e, ok := errors.AsType[embeddedError](err); ok {
		return http.StatusForbidden, e.Error(), 0
	}
	e, ok := errors.AsType[*hub.Error](err)
	if !ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable), 0
		}
		return http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError), 0
	}
	status = statusOf(e.Code)
	if status == http.StatusInternalServerError {
		return status, http.StatusText(status), 0
	}
	return status, messageOr(e.Msg, status), int(math.Ceil(e.RetryAfter.Seconds()))
}

// pageMessage is what a page says about err, whose status is known. For 403 and 404, err's
// message is JupyterHub's own, which is meant for programs; so pages have another one.
func pageMessage(err error, status int) string {
	if e, ok := errors.AsType[statusError](err); ok {
		return cmp.Or(e.msg, statusMessage(status))
	}
	e, ok := errors.AsType[*hub.Error](err)
	switch {
	case !ok || status == http.StatusInternalServerError:
		return statusMessage(status)
	case e.Plain != "":
		return e.Plain
	case status == http.StatusForbidden || status == http.StatusNotFound || e.Msg == "":
		return statusMessage(status)
	case strings.HasSuffix(e.Msg, "."):
		return e.Msg
	}
	return e.Msg + "."
}

// plainMessage is err's message for people; empty if it has none.
func plainMessage(err error) string {
	if e, ok := errors.AsType[*hub.Error](err); ok && e.Code != hub.Internal {
		return e.Plain
	}
	return ""
}

func statusOf(code hub.Code) int {
	switch code {
	case hub.Invalid:
		return http.StatusBadRequest
	case hub.Unauthenticated, hub.Forbidden:
		return http.StatusForbidden
	case hub.NotFound:
		return http.StatusNotFound
	case hub.Conflict:
		return http.StatusConflict
	case hub.TooLarge:
		return http.StatusRequestEntityTooLarge
	case hub.Limit:
		return http.StatusTooManyRequests
	case hub.Gone:
		return http.StatusFailedDependency
	case hub.Unavailable:
		return http.StatusServiceUnavailable
	case hub.Internal:
	}
	return http.StatusInternalServerError
}

func messageOr(text string, status int) string {
	if text != "" {
		return text
	}
	return http.StatusText(status)
}

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
	if _, ok := errors.AsType[embeddedError](err); ok && !c.errorsAsJSON() && s.refuseFrame(w, r) == nil {
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
	if s.errorPage != nil {
		s.errorPage(w, r, who, status, pageMessage(err, status))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(message + "\n")) //nolint:gosec // plain text, and never sniffed
}

// apiError is the body of every error of the API.
type apiError struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Plain   string `json:"plain,omitempty"` // the same for people, for the hub's own pages
	Error   string `json:"error,omitempty"` // the message, for clients of the AUP Learning Cloud
}

// jsonResponse is a JSON body with its entity tag.
type jsonResponse struct {
	body []byte
	etag string // empty: send none
}

// writeJSON responds with v as JSON. For a GET, a 200 has an ETag, and becomes a 304 for a
// client that has it already.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // our own types; a RawMessage that isn't JSON would be a bug
		status, body = http.StatusInternalServerError, []byte(`{"status": 500, "message": "Internal Server Error"}`)
	}
	res := jsonResponse{body: body}
	if rw, ok := w.(*responseWriter); ok && status == http.StatusOK && rw.r.Method == http.MethodGet {
		res.etag = etagOf(body)
	}
	writeJSONResponse(w, status, res)
}

// etagOf is the entity tag of a body.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:20]) + `"`
}

func writeJSONResponse(w http.ResponseWriter, status int, res jsonResponse) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if rw, ok := w.(*responseWriter); ok && res.etag != "" {
		h.Set("Etag", res.etag)
		if matchesETag(rw.r.Header.Get("If-None-Match"), res.etag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	release, refusal := acquireUnread(w, len(res.body))
	defer release()
	if refusal != nil {
		h.Del("Etag")
		h.Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
		status = statusOf(refusal.Code)
		res.body, _ = json.Marshal(apiError{Status: status, Message: refusal.Msg}) // texts and a number
	}
	h.Set("Content-Length", strconv.Itoa(len(res.body)))
	w.WriteHeader(status)
	_, _ = w.Write(res.body)
}

// acquireUnread acquires the requester's quota for a large response, until it is read. Only
// for a GET: the result of a change is sent in any case.
func acquireUnread(w http.ResponseWriter, bytes int) (release func(), refusal *hub.Error) {
	rw, ok := w.(*responseWriter)
	if !ok || bytes <= largeWrite || rw.r.Method != http.MethodGet || rw.requester == nil {
		return func() {}, nil
	}
	release, ok = rw.unreadQuotas.tryAcquire(rw.requester, min(int64(bytes), maxOwnUnread))
	if !ok {
		return func() {}, errOwnUnread
	}
	return release, nil
}

// matchesETag reports whether a list of entity tags contains the one given, or "*".
func matchesETag(list, tag string) bool {
	for item := range bytes.SplitSeq([]byte(list), []byte(",")) {
		item = bytes.TrimPrefix(bytes.TrimSpace(item), []byte("W/"))
		if string(item) == tag || string(item) == "*" {
			return true
		}
	}
	return false
}

// writeEmpty is JupyterHub's empty response to requests that start, stop or delete.
func writeEmpty(w http.ResponseWriter, status int) {
	if status != http.StatusNoContent {
		w.Header().Set("Content-Type", "text/plain")
	}
	w.WriteHeader(status)
}

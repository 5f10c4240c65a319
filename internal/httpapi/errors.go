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

// statusError is a failure of HTTP's own, or one whose status no code has. An empty
// msg is the status's standard phrase.
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

// failure is what a client is told of err: the status, and a message in which
// nothing internal shows. Missing credentials are 403, as JupyterHub has it.
func failure(err error) (status int, message string, retryAfter int) {
	if e, ok := errors.AsType[statusError](err); ok {
		return e.status, textOr(e.msg, e.status), 0
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body is larger than %d bytes", e.Limit), 0
	}
	if e, ok := errors.AsType[framedError](err); ok {
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
	return status, textOr(e.Msg, status), int(math.Ceil(e.RetryAfter.Seconds()))
}

// plainly is what a page says of err, whose status is known already. What forbids, and
// what is not there, is told to programs in JupyterHub's words, which are none for people.
func plainly(err error, status int) string {
	if e, ok := errors.AsType[statusError](err); ok {
		return cmp.Or(e.msg, wordsFor(status))
	}
	e, ok := errors.AsType[*hub.Error](err)
	switch {
	case !ok || status == http.StatusInternalServerError:
		return wordsFor(status)
	case e.Plain != "":
		return e.Plain
	case status == http.StatusForbidden || status == http.StatusNotFound || e.Msg == "":
		return wordsFor(status)
	case strings.HasSuffix(e.Msg, "."):
		return e.Msg
	}
	return e.Msg + "."
}

// plainOf is what err says to people; empty where it has no words for them.
func plainOf(err error) string {
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

func textOr(text string, status int) string {
	if text != "" {
		return text
	}
	return http.StatusText(status)
}

// writeError answers a failure: JupyterHub's {"status", "message"} on the API, a
// page elsewhere. It is the one place that maps failures to statuses. What has
// begun to be answered is only logged.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, who *access.Requester, err error) {
	c := callOf(r)
	status, message, retryAfter := failure(err)
	if status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", c.pattern, "status", status, "error", err)
	}
	if rw, ok := w.(*response); ok && rw.status != 0 {
		return
	}
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if _, ok := errors.AsType[framedError](err); ok && !c.json() && s.refuseFrame(w, r) == nil {
		return
	}
	if c.json() {
		body := apiError{Status: status, Message: message}
		if c.session {
			body.Plain = plainOf(err)
		}
		if c.cloud {
			body.Error = message
		}
		writeJSON(w, status, body)
		return
	}
	if s.errorPage != nil {
		s.errorPage(w, r, who, status, plainly(err, status))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(message + "\n")) //nolint:gosec // plain text, and never sniffed
}

// apiError is the body of every failure of the API.
type apiError struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Plain   string `json:"plain,omitempty"` // the same for people, for the hub's own pages
	Error   string `json:"error,omitempty"` // the message, for clients of the AUP Learning Cloud
}

// answer is a JSON body with its entity tag.
type answer struct {
	body []byte
	tag  string // empty where nobody will ask whether it has changed
}

// writeJSON answers with v as JSON. A GET's 200 gets an ETag, and is a 304 for a
// client that has it already.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // our own types; a RawMessage that isn't JSON would be a bug
		status, body = http.StatusInternalServerError, []byte(`{"status": 500, "message": "Internal Server Error"}`)
	}
	a := answer{body: body}
	if rw, ok := w.(*response); ok && status == http.StatusOK && rw.r.Method == http.MethodGet {
		a.tag = tagOf(body)
	}
	writeAnswer(w, status, a)
}

// tagOf is the entity tag of a body.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:20]) + `"`
}

func writeAnswer(w http.ResponseWriter, status int, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if rw, ok := w.(*response); ok && a.tag != "" {
		h.Set("Etag", a.tag)
		if hasTag(rw.r.Header.Get("If-None-Match"), a.tag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	leave, refusal := unreadRoom(w, len(a.body))
	defer leave()
	if refusal != nil {
		h.Del("Etag")
		h.Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
		status = statusOf(refusal.Code)
		a.body, _ = json.Marshal(apiError{Status: status, Message: refusal.Msg}) // texts and a number
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(status)
	_, _ = w.Write(a.body)
}

// unreadRoom is the room that a requester has for large answers that they have not read
// yet. What was done is told in any case.
func unreadRoom(w http.ResponseWriter, bytes int) (leave func(), refusal *hub.Error) {
	rw, ok := w.(*response)
	if !ok || bytes <= largeWrite || rw.r.Method != http.MethodGet || rw.who == nil {
		return func() {}, nil
	}
	leave, ok = rw.answers.try(rw.who, min(int64(bytes), unreadAnswers))
	if !ok {
		return func() {}, errOwnAnswers
	}
	return leave, nil
}

// hasTag tells whether a list of entity tags holds the one given, or all ("*").
func hasTag(list, tag string) bool {
	for item := range bytes.SplitSeq([]byte(list), []byte(",")) {
		item = bytes.TrimPrefix(bytes.TrimSpace(item), []byte("W/"))
		if string(item) == tag || string(item) == "*" {
			return true
		}
	}
	return false
}

// writeEmpty is JupyterHub's empty answer to what starts, stops or deletes.
func writeEmpty(w http.ResponseWriter, status int) {
	if status != http.StatusNoContent {
		w.Header().Set("Content-Type", "text/plain")
	}
	w.WriteHeader(status)
}

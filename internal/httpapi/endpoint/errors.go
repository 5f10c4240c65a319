package endpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
)

// StatusError is an error with a status of HTTP that no hub.Code has. An empty Msg stands for
// the status's standard phrase.
type StatusError struct {
	Status int
	Msg    string
	Cause  error // for the log
}

func (e StatusError) Error() string {
	text := e.Msg
	if text == "" {
		text = http.StatusText(e.Status)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e StatusError) Unwrap() error { return e.Cause }

// ErrorResponse returns what a client gets for err: the status, a message without internal
// details, and seconds for Retry-After. Missing credentials are 403, as in JupyterHub.
func ErrorResponse(err error) (status int, message string, retryAfter int) {
	if e, ok := errors.AsType[StatusError](err); ok {
		return e.Status, messageOr(e.Msg, e.Status), 0
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body is larger than %d bytes", e.Limit), 0
	}
	if e, ok := errors.AsType[EmbeddedError](err); ok {
		return http.StatusForbidden, e.Error(), 0
	}
	e, ok := errors.AsType[*hub.Error](err)
	if !ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable), 0
		}
		return http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError), 0
	}
	status = StatusOf(e.Code)
	if status == http.StatusInternalServerError {
		return status, http.StatusText(status), 0
	}
	return status, messageOr(e.Msg, status), int(math.Ceil(e.RetryAfter.Seconds()))
}

// PageMessage is what a page says about err, whose status is known. For 403 and 404, err's
// message is JupyterHub's own, which is meant for programs; so pages have another one.
func PageMessage(err error, status int) string {
	if e, ok := errors.AsType[StatusError](err); ok {
		return cmp.Or(e.Msg, StatusMessage(status))
	}
	e, ok := errors.AsType[*hub.Error](err)
	switch {
	case !ok || status == http.StatusInternalServerError:
		return StatusMessage(status)
	case e.Plain != "":
		return e.Plain
	case status == http.StatusForbidden || status == http.StatusNotFound || e.Msg == "":
		return StatusMessage(status)
	case strings.HasSuffix(e.Msg, "."):
		return e.Msg
	}
	return e.Msg + "."
}

// PlainMessage is err's message for people, in the language that r wants; empty if it has none. What programs are told
// is that, too, where the language has it.
func PlainMessage(r *http.Request, err error) string {
	e, ok := errors.AsType[*hub.Error](err)
	if !ok || e.Code == hub.Internal {
		return ""
	}
	wanted := language.Of(r)
	if said := wanted.Say(e.Msg); e.Plain == "" && said != e.Msg {
		return said
	}
	return wanted.Say(e.Plain)
}

// StatusOf is the status that stands for a code.
func StatusOf(code hub.Code) int {
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

// ErrorBody is the body of every error of the API.
type ErrorBody struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Plain   string `json:"plain,omitempty"` // the same for people, for the hub's own pages
	Error   string `json:"error,omitempty"` // the message, for clients of the AUP Learning Cloud
}

// StatusMessage explains a status to a person.
func StatusMessage(status int) string {
	switch status {
	case http.StatusForbidden:
		return "You may not see or do this. If you should, ask an administrator of this hub."
	case http.StatusNotFound:
		return "No page has this address, or it is not yours to see. Check the address, or begin at the home page."
	case http.StatusMethodNotAllowed:
		return "This page cannot be used in this way. Begin at the home page."
	case http.StatusRequestEntityTooLarge:
		return "What was sent is larger than the hub takes. Send less."
	case http.StatusTooManyRequests:
		return "Wait a moment, then try again."
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "The hub cannot answer right now. Load this page again in a moment."
	case http.StatusInsufficientStorage:
		return "The hub's disk is full, so nothing can be saved. Tell an administrator of this hub."
	case http.StatusInternalServerError:
		return "This should not have happened. Load this page again in a moment."
	}
	if status >= http.StatusInternalServerError {
		return "Something failed on the hub. Load this page again in a moment."
	}
	return "The hub could not make sense of what it was asked. Begin at the home page."
}

package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// Kinds of an APIError, for errors.Is.
var (
	// ErrInvalid is 400: the hub does not take what the request says.
	ErrInvalid = errors.New("the hub does not take the request")
	// ErrUnauthorized is that the token is missing, unknown, or over: 401, and 403 where JupyterHub means that.
	ErrUnauthorized = errors.New("the token is missing or not valid")
	// ErrForbidden is any 403: a token that is not valid, or one without the right scopes.
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound is 404: there is none, or none that the token may see.
	ErrNotFound = errors.New("not found")
	// ErrConflict is 409: it exists already, or an idempotency key was used for something else.
	ErrConflict = errors.New("conflict")
)

var (
	// ErrNotAtrium is what a call returns that JupyterHub does not have: the hub was not asked.
	ErrNotAtrium = errors.New("this hub is not Atrium, and JupyterHub does not have this call")
	// ErrNotHub is that something answers at the address, but no hub.
	ErrNotHub = errors.New("what answers there is not a hub")
	// ErrTooManyRows is a bulk request with more than MaxRows rows.
	ErrTooManyRows = fmt.Errorf("a bulk request has %d rows at most", MaxRows)
	// ErrChanging is a list that changes faster than it can be read.
	ErrChanging = errors.New("the list changes faster than it can be read")
)

// APIError is a hub's answer other than success.
type APIError struct {
	Status     int           // of HTTP
	Message    string        // the hub's own, on few lines, without control characters; HTTP's words if it gave none
	Method     string        // of the request
	Path       string        // of the request, escaped, without its query
	RequestID  string        // under which Atrium logs it, if it told
	RetryAfter time.Duration // what the hub asks to wait; 0 if it does not

	anonymous bool // it wants a token, rather than another one
}

// Error is the hub's message, with what was asked for.
func (e *APIError) Error() string {
	return fmt.Sprintf("%s %s: %s (status %d)", e.Method, e.Path, e.Message, e.Status)
}

// Is tells whether the answer is of the kind ErrInvalid, ErrUnauthorized, ErrForbidden, ErrNotFound or ErrConflict.
func (e *APIError) Is(kind error) bool {
	switch kind {
	case ErrInvalid:
		return e.Status == http.StatusBadRequest
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden && e.anonymous
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrNotFound:
		return e.Status == http.StatusNotFound
	case ErrConflict:
		return e.Status == http.StatusConflict
	}
	return false
}

// IsUnauthorized tells whether the token is missing or not valid.
func IsUnauthorized(err error) bool { return errors.Is(err, ErrUnauthorized) }

// IsForbidden tells whether the token, valid or not, does not allow it.
func IsForbidden(err error) bool { return errors.Is(err, ErrForbidden) }

// IsNotFound tells whether there is none, or none that the token may see.
func IsNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// IsConflict tells whether it exists already, or collides with something else.
func IsConflict(err error) bool { return errors.Is(err, ErrConflict) }

// ConnectionKind tells what kept a hub from answering.
type ConnectionKind string

// What can keep a hub from answering.
const (
	Refused     ConnectionKind = "refused" // nothing listens there
	DNS         ConnectionKind = "dns"     // the host's name is not known
	TLS         ConnectionKind = "tls"     // it does not speak TLS, or has a certificate that is not trusted
	Timeout     ConnectionKind = "timeout" // it did not answer in time
	Unreachable ConnectionKind = "unreachable"
	Broken      ConnectionKind = "broken" // the connection ended before the answer did
)

// ConnectionError is that no answer came, or not all of it.
type ConnectionError struct {
	URL  string // the hub's API that was tried
	Kind ConnectionKind
	Err  error // why, of package net, crypto/tls or io
}

// Error names the address, and what is wrong there.
func (e *ConnectionError) Error() string {
	what := map[ConnectionKind]string{
		Refused: "nothing listens there", DNS: "the host's name is not known", TLS: "no trusted TLS connection",
		Timeout: "no answer in time", Unreachable: "it cannot be reached", Broken: "the connection broke off",
	}[e.Kind]
	return fmt.Sprintf("no answer from the hub at %s: %s: %v", e.URL, what, e.Err)
}

// Unwrap is the reason.
func (e *ConnectionError) Unwrap() error { return e.Err }

func (c *Client) connectionError(err error) *ConnectionError {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // its own words would repeat the address
	}
	kind := kindOf(err)
	if words := err.Error(); c.redact(words) != words { // it quotes what answered, which may be the token
		err = errors.New(c.redact(words))
	}
	return &ConnectionError{URL: c.URL(), Kind: kind, Err: err}
}

func kindOf(err error) ConnectionKind {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return DNS
	}
	if untrusted(err) {
		return TLS
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), ok && timeout.Timeout():
		return Timeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case notSent(err):
		return Unreachable
	}
	return Broken
}

func untrusted(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	text := err.Error() // net/http says these without a type
	return strings.Contains(text, "server gave HTTP response to HTTPS client") || strings.Contains(text, "tls: ") ||
		strings.Contains(text, "TLS handshake timeout")
}

// notSent tells whether no connection was made, so that the hub cannot know of the request.
func notSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// maxMessage is how much of a hub's message is told, in bytes.
const maxMessage = 2000

// tidy makes a message safe to print: it may come from anybody who answers at the address.
func (c *Client) tidy(message string) string {
	message = c.redact(strings.ToValidUTF8(message, "\uFFFD"))
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	message = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, message)
	return strings.TrimSpace(message)
}

package hub

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code says what kind of failure an Error is. One place in httpapi maps it to an
// HTTP status; the command line maps it to an exit status.
type Code string

// The codes, from the caller's fault to ours.
const (
	Invalid         Code = "invalid"         // the request is malformed or breaks a rule
	Unauthenticated Code = "unauthenticated" // nobody, or credentials that are not good
	Forbidden       Code = "forbidden"       // somebody who may not
	NotFound        Code = "notfound"        // absent, or not theirs to know of
	Conflict        Code = "conflict"        // exists already, or changed meanwhile
	TooLarge        Code = "toolarge"        // a body or a list over its limit
	Limit           Code = "limit"           // too many, try again after RetryAfter
	Gone            Code = "notrunning"      // the notebook server is not running (JupyterHub's 424)
	Unavailable     Code = "unavailable"     // something we need is away
	Internal        Code = "internal"        // our fault; the text stays in the log
)

// Error is a failure that a person may be told about. Msg is shown to them, Err
// is only logged. Where Msg is what programs made for JupyterHub know, Plain says the
// same on a page.
type Error struct {
	Code       Code
	Msg        string
	Plain      string
	Err        error
	RetryAfter time.Duration // for Limit and Unavailable; 0 where there is nothing to say
}

// Error gives the message with its cause; it is for logs, not for clients.
func (e *Error) Error() string {
	switch {
	case e.Err == nil, strings.HasSuffix(e.Msg, e.Err.Error()): // Errorf's message ends with its cause
		return e.Msg
	case e.Msg == "":
		return e.Err.Error()
	default:
		return e.Msg + ": " + e.Err.Error()
	}
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a message for a person. A %w among the arguments
// becomes its cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: err.Error(), Err: errors.Unwrap(err)}
}

// Said is an error that says the same to programs and to people.
func Said(code Code, format string, args ...any) *Error {
	return Errorf(code, format, args...).Plainly(format, args...)
}

// Plainly gives the Error other words for those who read it on a page.
func (e *Error) Plainly(format string, args ...any) *Error {
	e.Plain = fmt.Sprintf(format, args...)
	return e
}

// Wrap gives err a code and a message for a person; the cause is kept for the log.
func Wrap(code Code, err error, msg string) *Error {
	return &Error{Code: code, Msg: msg, Err: err}
}

// ErrorCode is the code of the outermost Error in err's chain; Internal where
// there is none, empty for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Is tells whether err carries the code.
func Is(err error, code Code) bool { return err != nil && ErrorCode(err) == code }

// IgnoreNotFound is nil for what is merely not there, else err.
func IgnoreNotFound(err error) error {
	if Is(err, NotFound) {
		return nil
	}
	return err
}

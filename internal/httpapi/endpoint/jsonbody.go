package endpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/hub"
)

// maxDepth limits the nesting of JSON in requests, to about what Python's parser accepts.
const maxDepth = 500

// How long a request's body may take to arrive. An anonymous one is a form at most.
const (
	maxBodyTimeout       = 10 * time.Minute
	AnonymousBodyTimeout = 30 * time.Second
	minBodyRate          = 64 << 10 // bytes a second
)

// bodyTimeout is how long a body of that many bytes may take; -1: unknown.
func bodyTimeout(bytes int64) time.Duration {
	if bytes < 0 || bytes > MaxLargeBody {
		return maxBodyTimeout
	}
	return min(maxBodyTimeout, AnonymousBodyTimeout+time.Duration(bytes)*time.Second/minBodyRate)
}

// SetReadDeadline limits how long the rest of a request may take to arrive, even if no
// handler reads it: anonymous connections that send a byte a minute would add up. Deadlines
// are in the machine's time, so it does not use the server's clock. A connection that
// supports no deadlines has none.
func SetReadDeadline(w http.ResponseWriter, r *http.Request, patience time.Duration) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(hub.SystemClock().Add(patience))
	}
}

func errBadJSON() error { return hub.Errorf(hub.Invalid, "Invalid JSON in body of request") }

// ReadJSON reads a request's JSON; nil for an empty body. Errors are hub.Invalid,
// *http.MaxBytesError, or that the credentials have become invalid meanwhile.
func ReadJSON(r *http.Request) (json.RawMessage, error) {
	raw, err := readAll(r.Body, r.ContentLength)
	if err != nil {
		return nil, bodyError(err, "The request's body broke off")
	}
	if err := CallOf(r).recheckCredentials(); err != nil || len(raw) == 0 {
		return nil, err
	}
	raw = bytes.TrimSpace(raw)
	maxValues := math.MaxInt
	if b, ok := r.Body.(*limitedBody); ok {
		maxValues = int(b.limit / bytesPerValue)
	}
	depth, values := measureJSON(raw, maxValues)
	if values > maxValues { // the first check, because it is the cheapest
		return nil, hub.Errorf(hub.TooLarge, "The request's body may have at most %d values, and has more", maxValues)
	}
	if !utf8.Valid(raw) || depth > maxDepth || !json.Valid(raw) {
		return nil, errBadJSON()
	}
	return raw, nil
}

// readAll reads all of r; size is the announced number of bytes, or -1. It allocates at most
// MaxOwnBody in advance: beyond that the buffer grows with what really arrives.
func readAll(r io.Reader, size int64) ([]byte, error) {
	var all bytes.Buffer
	if size > 0 {
		all.Grow(int(min(size, MaxOwnBody)) + bytes.MinRead)
	}
	_, err := all.ReadFrom(r)
	return all.Bytes(), err
}

// bodyError turns an error of reading a body into the one that its sender gets.
func bodyError(err error, fallback string) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("read body: %w", err)
	}
	if _, ok := errors.AsType[*hub.Error](err); ok {
		return err
	}
	return hub.Wrap(hub.Invalid, err, fallback)
}

// ReadRaw reads a body that is no JSON, up to a number of bytes.
func ReadRaw(r *http.Request, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, bodyError(err, "The request's body broke off")
	}
	return raw, CallOf(r).recheckCredentials()
}

// measureJSON returns how deeply JSON is nested and how many values it has, keys included.
// It stops when there are more than maxValues.
func measureJSON(raw []byte, maxValues int) (depth, values int) {
	level, quoted := 0, false
	values = 1
	for i := 0; i < len(raw) && values <= maxValues; i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			values++
			depth = max(depth, level)
		case c == ',' || c == ':':
			values++
		case c == '}' || c == ']':
			level--
		}
	}
	return depth, values
}

// RefusalOr prefers the refusal of a request to the explanation of what is wrong
// with its body.
func RefusalOr(refusal, bad error) error {
	if refusal != nil {
		return refusal
	}
	return bad
}

// maxExpiry is the longest that a token may be asked to live: 100 years.
const maxExpiry = 100 * 366 * 24 * 60 * 60

// ExpiresIn reads a number of seconds; null is forever. Python takes true for 1, so
// a client may send it.
func ExpiresIn(raw json.RawMessage) (time.Duration, error) {
	text := string(raw)
	switch text {
	case "", "null":
		return 0, nil
	case "true":
		text = "1"
	case "false":
		text = "0"
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, hub.Errorf(hub.Invalid, "token expires_in must be null or integer")
	case n <= 0:
		return 0, hub.Errorf(hub.Invalid, "expires_in must be a positive integer or null, not %d", n)
	case n > maxExpiry:
		return 0, hub.Errorf(hub.Invalid, "token expires_in: %d must not exceed %d", n, maxExpiry)
	}
	return time.Duration(n) * time.Second, nil
}

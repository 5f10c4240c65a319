package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of what is read of an answer, in bytes.
const (
	maxBody    = 64 << 20
	maxList    = 1 << 30 // of hubs that give lists whole
	maxRefusal = 64 << 10
	maxDrain   = 256 << 10 // what is read away so that a connection can be used again
)

// pagedMedia is what a client accepts that understands lists in pages.
const pagedMedia = "application/jupyterhub-pagination+json"

// A call is one request and what becomes of its answer.
type call struct {
	method string
	route  route
	query  url.Values
	body   any    // JSON; nil for none
	key    string // Idempotency-Key
	prefer string // Prefer
	accept string // application/json if empty

	// safe is that the hub may be asked twice: a second time changes nothing that the first did not.
	safe bool
	// goneIsDone is that a 404 is success where an earlier attempt may have got through: what was to go is gone.
	goneIsDone bool
	bulk       bool // it may take long
	limit      int64

	// read takes the answer's body; nil lets it go. It is called once for each attempt that succeeds.
	read func(body io.Reader) error
}

// into reads the answer as JSON.
func into(v any) func(io.Reader) error {
	return func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, v); err != nil {
			return &answerError{err}
		}
		return nil
	}
}

// answerError is an answer that came whole, and is not what it should be.
type answerError struct{ err error }

func (e *answerError) Error() string { return "the answer is not what a hub says: " + e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

// do sends the request, again where that is safe, and reads its answer. It gives the answer's status.
func (c *Client) do(ctx context.Context, k call) (int, error) {
	if k.route.err != nil {
		return 0, k.route.err
	}
	var body []byte
	if k.body != nil {
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return 0, fmt.Errorf("write the request's JSON: %w", err)
		}
	}
	mayBeDone := false // by an attempt before this one
	for attempt := 0; ; attempt++ {
		status, err := c.attempt(ctx, k, body)
		if err == nil {
			return status, nil
		}
		if mayBeDone && k.goneIsDone && IsNotFound(err) {
			return http.StatusNoContent, nil
		}
		mayBeDone = mayBeDone || !notSent(err) && status != http.StatusTooManyRequests
		wait, again := c.again(k, attempt, err)
		if !again || ctx.Err() != nil {
			return status, err
		}
		c.log.DebugContext(ctx, "asking the hub again", "method", k.method, "path", k.route.escaped, "attempt", attempt+1,
			"wait", wait, "error", err)
		if cut := c.pause(ctx, wait); cut != nil {
			return status, err
		}
	}
}

// attempt sends the request once. It holds one of the client's slots until the answer is read.
func (c *Client) attempt(ctx context.Context, k call, body []byte) (int, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return 0, fmt.Errorf("%s %s: %w", k.method, k.route.escaped, ctx.Err())
	}
	timeout := c.timeout
	if k.bulk {
		timeout = c.bulk
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	res, err := c.send(limited, k, body) //nolint:bodyclose // discard closes it
	if err != nil {
		return 0, c.unanswered(ctx, k, err)
	}
	defer discard(res.Body)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return res.StatusCode, c.refusal(k, res)
	}
	if k.read == nil {
		return res.StatusCode, nil
	}
	limit := k.limit
	if limit == 0 {
		limit = maxBody
	}
	err = k.read(&bounded{r: res.Body, left: limit})
	return res.StatusCode, c.unread(ctx, k, err)
}

func (c *Client) send(ctx context.Context, k call, body []byte) (*http.Response, error) {
	req, err := c.request(ctx, k, body)
	if err != nil {
		return nil, err
	}
	return c.http.Do(req)
}

func (c *Client) request(ctx context.Context, k call, body []byte) (*http.Request, error) {
	target := *c.base
	if err := setPath(&target, k.route.below(c.base.EscapedPath())); err != nil {
		return nil, err
	}
	target.RawQuery = k.query.Encode()
	req, err := http.NewRequestWithContext(ctx, k.method, target.String(), nil)
	if err != nil {
		return nil, err
	}
	req.URL = &target
	if body != nil {
		req.ContentLength = int64(len(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
		req.Header.Set("Content-Type", "application/json")
	}
	accept := k.accept
	if accept == "" {
		accept = "application/json"
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", c.agent)
	if k.key != "" {
		req.Header.Set("Idempotency-Key", k.key)
	}
	if k.prefer != "" {
		req.Header.Set("Prefer", k.prefer)
	}
	c.authorise(req)
	return req, nil
}

// unanswered tells why no answer came: the caller's own end, or the connection's.
func (c *Client) unanswered(ctx context.Context, k call, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s: %w", k.method, k.route.escaped, context.Cause(ctx))
	}
	return c.connectionError(err)
}

// unread tells why an answer could not be read.
func (c *Client) unread(ctx context.Context, k call, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*answerError](err); ok || errors.Is(err, errTooLarge) {
		return fmt.Errorf("%s %s: %w", k.method, k.route.escaped, err)
	}
	return c.unanswered(ctx, k, err)
}

// refusal is the error that an answer is.
func (c *Client) refusal(k call, res *http.Response) error {
	e := &APIError{
		Status: res.StatusCode, Method: k.method, Path: k.route.below(c.base.EscapedPath()),
		RequestID: c.tidy(res.Header.Get("X-Request-Id")), RetryAfter: retryAfter(res.Header),
	}
	if location := res.Header.Get("Location"); location != "" && res.StatusCode < 400 {
		e.Message = c.tidy("the request is sent on to " + destination(res) + ", where it was not meant to go")
		return e
	}
	var said struct {
		Message *string `json:"message"`
		Error   *string `json:"error"`
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	isJSON := json.Unmarshal(text, &said) == nil
	for _, words := range []*string{said.Message, said.Error} {
		if words != nil && e.Message == "" {
			e.Message = c.tidy(*words)
		}
	}
	// JupyterHub says 403 to whom it does not know; without words only where it asks for nothing but a token.
	e.anonymous = strings.Contains(e.Message, "Missing or invalid credentials") || k.route.escaped == selfPath
	if e.Message == "" {
		e.Message = http.StatusText(e.Status)
		if !isJSON {
			e.Message += ", and not in the words of a hub"
		}
	}
	return e
}

// destination is where an answer sends on to, without a query, which may hold secrets.
func destination(res *http.Response) string {
	to, err := res.Location()
	if err != nil {
		return "an address that is none"
	}
	return (&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String()
}

// retryAfter is what an answer asks to wait, in seconds or until a date of the hub's clock.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), int(24*time.Hour/time.Second))) * time.Second
	}
	until, err := http.ParseTime(text)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil {
		return 0
	}
	return max(until.Sub(now), 0)
}

// discard reads what is left, so that the connection can be used again, and closes.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxDrain)
	_ = body.Close()
}

var errTooLarge = errors.New("the answer is too large")

// bounded is a reader that fails beyond its limit, other than io.LimitReader, which ends.
type bounded struct {
	r    io.Reader
	left int64
}

func (l *bounded) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

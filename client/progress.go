package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"
)

// Progress is a step of a server's start.
type Progress struct {
	Percent int    // 0 to 100
	Message string // of one line
	Ready   bool   // the last step: the server runs
	Failed  bool   // the last step: it does not, and the message says why
	URL     string // the server's path, once it is ready
}

// step reads an event. Drivers may count in fractions.
func (c *Client) step(data []byte) (Progress, error) {
	var said struct {
		Progress float64 `json:"progress"`
		Message  string  `json:"message"`
		Ready    bool    `json:"ready"`
		Failed   bool    `json:"failed"`
		URL      string  `json:"url"`
	}
	if err := json.Unmarshal(data, &said); err != nil {
		return Progress{}, &answerError{err}
	}
	return Progress{
		Percent: int(max(0, min(said.Progress, 100))), Message: c.tidy(said.Message),
		Ready: said.Ready, Failed: said.Failed, URL: said.URL,
	}, nil
}

// StartError is that a server's start failed.
type StartError struct {
	User, Server string
	Message      string // the hub's
}

// Error names the server, and why it did not start.
func (e *StartError) Error() string {
	name := e.User
	if e.Server != "" {
		name += "/" + e.Server
	}
	return fmt.Sprintf("the server of %s did not start: %s", name, e.Message)
}

const (
	// maxEvent is how long one line of a stream may be, in bytes.
	maxEvent = 1 << 20
	// longestSilence is how long a stream may say nothing: a hub sends something every eight seconds or so.
	longestSilence = time.Minute
	// mostDoubled is how often the wait doubles before a stream that broke is taken up again: to two seconds.
	mostDoubled = 3
)

// errQuiet is that a stream went silent.
var errQuiet = errors.New("the stream of progress went silent")

// Progress yields the steps of a server's start as the hub tells them, until the last. It is one stream: where it breaks,
// it ends with a *ConnectionError. A server that is not starting is ErrNotFound or ErrInvalid.
func (c *Client) Progress(ctx context.Context, user, server string) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) {
		k := call{
			method: http.MethodGet, route: serverRoute(user, server).then("/progress"), accept: "text/event-stream",
		}
		if k.route.err != nil {
			yield(Progress{}, k.route.err)
			return
		}
		if err := c.stream(ctx, k, func(p Progress) bool { return yield(p, nil) }); err != nil {
			yield(Progress{}, err)
		}
	}
}

// stream reads events until the last, or until take has enough.
func (c *Client) stream(ctx context.Context, k call, take func(Progress) bool) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := time.AfterFunc(longestSilence, func() { cancel(errQuiet) })
	defer quiet.Stop()
	res, err := c.send(inner, k, nil)
	if err != nil {
		return c.streamError(ctx, inner, k, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return c.refusal(k, res)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		quiet.Reset(longestSilence)
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		p, err := c.step(data)
		if err != nil {
			return fmt.Errorf("%s %s: %w", k.method, k.route.escaped, err)
		}
		if !take(p) || p.Ready || p.Failed {
			return nil
		}
	}
	if err = lines.Err(); err == nil {
		err = io.ErrUnexpectedEOF
	}
	return c.streamError(ctx, inner, k, err)
}

func (c *Client) streamError(ctx, inner context.Context, k call, err error) error {
	if ctx.Err() == nil && errors.Is(context.Cause(inner), errQuiet) {
		return &ConnectionError{URL: c.URL(), Kind: Timeout, Err: errQuiet}
	}
	return c.unanswered(ctx, k, err)
}

// WaitReady follows a start that is under way until the server is ready, and gives its path. Each step goes to told, if
// that is not nil; a stream that breaks is taken up again, so that steps may be told twice. A start that fails is
// a *StartError; a server that is not starting is ErrNotFound or ErrInvalid. It waits as long as the context lets it, and
// for a hub that is away a minute or so, as WaitJob does.
func (c *Client) WaitReady(ctx context.Context, user, server string, told func(Progress)) (url string, err error) {
	for attempt := 0; ; {
		last, heard, err := c.follow(ctx, user, server, told)
		if heard {
			attempt = 0
		}
		switch {
		case err == nil && last.Ready:
			return last.URL, nil
		case err == nil:
			return "", &StartError{User: user, Server: server, Message: last.Message}
		}
		wait, passes := passes(call{safe: true}, min(attempt, mostDoubled), err)
		if !passes || attempt >= mostAway*(c.retries+1) || ctx.Err() != nil {
			return "", err
		}
		if cut := c.pause(ctx, wait); cut != nil {
			return "", err
		}
		attempt++
	}
}

// follow is one stream's last step, and whether there were any.
func (c *Client) follow(ctx context.Context, user, server string, told func(Progress)) (last Progress, heard bool, err error) {
	for p, err := range c.Progress(ctx, user, server) {
		if err != nil {
			return last, heard, err
		}
		last, heard = p, true
		if told != nil {
			told(p)
		}
	}
	return last, heard, nil
}

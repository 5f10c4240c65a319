package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// How long is waited before a request goes out again: twice as long each time, up to a limit, and spread, so that
// clients which failed together do not come back together.
const (
	firstWait   = 250 * time.Millisecond
	longestWait = 15 * time.Second
	// A hub that asks for more patience than this is told of to the caller instead.
	longestAsked = time.Minute
)

// pauser waits, or gives the context's error if that ends first.
type pauser func(context.Context, time.Duration) error

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// again tells whether a request that failed goes out once more, and when.
func (c *Client) again(k call, attempt int, err error) (time.Duration, bool) {
	if attempt >= c.retries {
		return 0, false
	}
	return passes(k, attempt, err)
}

// passes tells whether what made a request fail may pass, and after what time to look.
func passes(k call, attempt int, err error) (time.Duration, bool) {
	wait := backoff(attempt)
	if refused, ok := errors.AsType[*APIError](err); ok {
		if !k.safe || !passing(refused.Status) || refused.RetryAfter > longestAsked {
			return 0, false
		}
		return max(wait, refused.RetryAfter), true
	}
	broken, ok := errors.AsType[*ConnectionError](err)
	if !ok || !mayPass(broken) {
		return 0, false
	}
	return wait, k.safe || notSent(broken.Err)
}

// backoff is between half of the attempt's wait and all of it.
func backoff(attempt int) time.Duration {
	wait := min(firstWait<<min(attempt, 16), longestWait)
	return wait/2 + rand.N(wait/2) //nolint:gosec // spreads retries, guards nothing
}

// passing are answers of a hub that is busy or away for a while, or of a proxy before it.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// mayPass tells whether another attempt may fare better.
func mayPass(e *ConnectionError) bool { return e.Kind != TLS && e.Kind != DNS }

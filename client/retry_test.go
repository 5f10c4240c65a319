package client

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestWhatIsSentAgain(t *testing.T) {
	busy := says(http.StatusServiceUnavailable, `{}`)
	ok := says(http.StatusOK, `{"results":[{}]}`)
	yes, name := true, "b"
	for title, c := range map[string]struct {
		answers []http.HandlerFunc
		call    func(context.Context, *Client) error
		sent    int
		fails   bool
	}{
		"reads": {[]http.HandlerFunc{busy, hangUp, says(502, ""), says(504, ""), ok},
			func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "a"); return err }, 5, false},
		"no end": {[]http.HandlerFunc{busy},
			func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "a"); return err }, 5, true},
		"not a refusal": {[]http.HandlerFunc{says(500, "")},
			func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "a"); return err }, 1, true},
		"deletes": {[]http.HandlerFunc{hangUp, says(404, "")},
			func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "a") }, 2, false},
		"deletes nobody": {[]http.HandlerFunc{says(429, ""), says(404, "")},
			func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "a") }, 2, true},
		"sets": {[]http.HandlerFunc{hangUp, ok},
			func(ctx context.Context, c *Client) error {
				_, err := c.UpdateUser(ctx, "a", UserPatch{Admin: &yes})
				return err
			}, 2, false},
		"renames": {[]http.HandlerFunc{hangUp, ok},
			func(ctx context.Context, c *Client) error {
				_, err := c.UpdateUser(ctx, "a", UserPatch{Name: &name})
				return err
			}, 1, true},
		"makes": {[]http.HandlerFunc{busy, ok},
			func(ctx context.Context, c *Client) error { _, err := c.CreateUser(ctx, "a", false); return err }, 1, true},
		"makes, and hears nothing": {[]http.HandlerFunc{hangUp, ok},
			func(ctx context.Context, c *Client) error { _, err := c.CreateUser(ctx, "a", false); return err }, 1, true},
		"starts": {[]http.HandlerFunc{says(429, ""), ok},
			func(ctx context.Context, c *Client) error {
				_, err := c.StartServer(ctx, "a", "", StartOptions{})
				return err
			}, 1, true},
		"bulk": {[]http.HandlerFunc{hangUp, busy, ok}, func(ctx context.Context, c *Client) error {
			_, err := c.BulkDelete(ctx, BulkDeleteRequest{Usernames: []string{"a"}})
			return err
		}, 3, false},
	} {
		t.Run(title, func(t *testing.T) {
			f := newFake(t, true, inTurn(c.answers...))
			hub, waits := f.client(t)
			if _, err := hub.Hub(t.Context()); err != nil { // so that there is a connection to use again
				t.Fatal(err)
			}
			err := c.call(t.Context(), hub)
			sent := f.requests()
			// The transport sends some again itself, without waiting, where a connection ends that it kept.
			if len(sent) != c.sent || c.fails != (err != nil) || len(waits.all) > c.sent-1 {
				t.Errorf("sent %d times, waited %v: %v", len(sent), waits.all, err)
			}
			for _, r := range sent {
				if r != sent[0] { // the key, too
					t.Errorf("%+v is not %+v", r, sent[0])
				}
			}
			for i, d := range waits.all {
				if full := firstWait << i; d < full/2 || d > full {
					t.Errorf("waited %s the %dth time", d, i+1)
				}
			}
		})
	}
}

// A connection that never came about is tried again for any request.
func TestWhatWasNotSentIsSentAgain(t *testing.T) {
	f := newFake(t, true, says(http.StatusCreated, `{}`))
	refuse := atomic.Int32{}
	refuse.Store(2)
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if refuse.Add(-1) >= 0 {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}
		return dialer.DialContext(ctx, network, addr)
	}}
	hub, waits := f.client(t, func(o *Options) { o.HTTPClient = &http.Client{Transport: transport} })
	if _, err := hub.CreateUser(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	if len(f.requests()) != 1 || len(waits.all) != 2 {
		t.Errorf("%s after %v", f.lines(), waits.all)
	}
}

func TestRetryAfter(t *testing.T) {
	asks := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", value)
			w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "60": time.Minute, "Mon, 02 Jan 2006 15:04:25 GMT": 20 * time.Second,
	} {
		f := newFake(t, true, inTurn(asks(value), says(http.StatusOK, `{}`)))
		hub, waits := f.client(t)
		if _, err := hub.Me(t.Context()); err != nil || len(waits.all) != 1 || waits.all[0] != want {
			t.Errorf("%s: %v, waited %v", value, err, waits.all)
		}
	}
	f := newFake(t, true, asks("61"))
	hub, waits := f.client(t)
	_, err := hub.Me(t.Context())
	if api, ok := errors.AsType[*APIError](err); !ok || api.RetryAfter != 61*time.Second || len(waits.all) > 0 {
		t.Errorf("%v, waited %v", err, waits.all)
	}
	for value, want := range map[string]time.Duration{"-5": 0, "soon": 0, "9999999": 24 * time.Hour} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%s: %s", value, got)
		}
	}
}

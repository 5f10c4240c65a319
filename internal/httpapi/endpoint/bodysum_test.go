package endpoint

import (
	"context"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// However many there are, and whether they say how large they are or not.
func TestBodiesAreBoundedInSum(t *testing.T) {
	b := newBodyLimiter()
	b.wait = 50 * time.Millisecond
	nobody := &access.Requester{}
	person := func(id int64) *access.Requester { return &access.Requester{User: hub.User{ID: id}} }
	fill := func(bytes int64, who func(i int64) *access.Requester) (n int64, err error) {
		t.Helper()
		var all []func()
		defer func() {
			for _, release := range all {
				release()
			}
		}()
		for err == nil && n < 10_000 {
			var release func()
			if release, err = b.acquire(t.Context(), who(n+1), bytes, false); err == nil {
				all, n = append(all, release), n+1
			}
		}
		return n, err
	}
	for _, c := range []struct {
		what  string
		bytes int64
		who   func(i int64) *access.Requester
		want  int64
		code  hub.Code
	}{
		{"of nobody", MaxAnonymousBody, func(int64) *access.Requester { return nobody }, anonymousBodyQuota / MaxAnonymousBody, hub.Unavailable},
		{"of many people", MaxBody, person, usersBodyQuota / MaxBody, hub.Unavailable},
		{"of one", 1 << 20, func(int64) *access.Requester { return person(1) }, ownBodyQuota >> 20, hub.Limit},
		{"bulk work", MaxLargeBody, person, bulkBodyQuota / MaxLargeBody, hub.Unavailable},
	} {
		n, err := fill(c.bytes, c.who)
		if n != c.want || !hub.Is(err, c.code) {
			t.Errorf("%s: %d at a time, want %d; %v", c.what, n, c.want, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.acquire(gone, person(1), ownBodyQuota+1, false); err == nil || hub.Is(err, hub.Limit) {
		t.Errorf("a client that has gone: %v", err)
	}
}

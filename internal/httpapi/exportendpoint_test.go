package httpapi

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
)

// SetBodyWait sets how long a body waits for its share of a quota.
func (e *Env) SetBodyWait(wait time.Duration) { e.bodies.wait = wait }

// AcquireBody takes of the quotas as a body would.
func (e *Env) AcquireBody(ctx context.Context, who *access.Requester, bytes int64, others bool) (release func(), err error) {
	return e.bodies.acquire(ctx, who, bytes, others)
}

// BodyOwners is how many have bodies under way.
func (e *Env) BodyOwners() int { return e.bodies.own.users() }

// AcquireUnread takes of the quota of what somebody has not read.
func (e *Env) AcquireUnread(who *access.Requester, bytes int64) (release func(), ok bool) {
	return e.unreadQuotas.tryAcquire(who, bytes)
}

// Later is the same at a later time.
func (e *Env) Later(by time.Duration) *Env {
	later := *e
	later.clock = func() time.Time { return e.clock().Add(by) }
	return &later
}

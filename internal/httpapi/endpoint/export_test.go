package endpoint

import (
	"context"
	"net/http"
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
func (e *Env) BodyOwners() int { return e.bodies.own.Users() }

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

// What tests of the whole look at.
const (
	BytesPerValue   = bytesPerValue
	FormMemory      = formMemory
	FrameXSRFCookie = frameXSRFCookie
	MaxNext         = maxNext
	MaxOwnUnread    = maxOwnUnread
	OwnBodyQuota    = ownBodyQuota
	OwnWeight       = ownWeight
	UncountedBody   = uncountedBody
)

// IsFrameCookie is isFrameCookie.
func IsFrameCookie(name string) bool { return isFrameCookie(name) }

// LoginCookieName is loginCookieName.
func (e *Env) LoginCookieName(r *http.Request) (name, path string) { return e.loginCookieName(r) }

// NewXSRFToken is newXSRFToken.
func (e *Env) NewXSRFToken(r *http.Request, who *access.Requester, at time.Time) string {
	return e.newXSRFToken(r, who, at)
}

// ValidXSRF is validXSRF.
func (e *Env) ValidXSRF(r *http.Request, who *access.Requester, token string) bool {
	return e.validXSRF(r, who, token)
}

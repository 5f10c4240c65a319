package endpoint

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// The most bytes that a request under the hub's prefix may carry, one of somebody who may
// do something to nobody else, and one of nobody.
const (
	MaxBody          = 10 << 20
	MaxOwnBody       = 1 << 20
	MaxLargeBody     = 100 << 20
	MaxAnonymousBody = 64 << 10
)

// Quotas, in bytes, on the requests' bodies that are in memory at a time. What a handler
// builds from a body is several times as large.
const (
	uncountedBody      = 8 << 10 // of each body: its connection costs as much anyway
	anonymousBodyQuota = 4 << 20
	usersBodyQuota     = 64 << 20
	ownBodyQuota       = 12 << 20 // of one user or service, within usersBodyQuota
	bulkBodyQuota      = MaxLargeBody

	// ownWeight multiplies the size of bodies that may only concern their sender. Small
	// bodies can grow to many times their size when parsed, while bytesPerValue limits large
	// ones. So a user has two of the largest at a time, and others keep their share of the
	// processors.
	ownWeight = 6
)

// bytesPerValue limits the number of values in a body, keys included, to its size limit
// divided by this. A value of two bytes in JSON is far larger in memory: ten megabytes of
// such values would become gigabytes.
const bytesPerValue = 20

// QuotaTimeout is how long a request waits for its share of a quota before it is refused.
const QuotaTimeout = 10 * time.Second

// bodyLimiter limits the total size of requests' bodies in memory. Anonymous requests, those
// of users and bulk work have a quota each, so that none of them blocks the others.
type bodyLimiter struct {
	wait                   time.Duration
	anonymous, users, bulk *semaphore.Weighted
	own                    *Quotas // of each user or service
}

func newBodyLimiter() *bodyLimiter {
	return &bodyLimiter{
		wait:      QuotaTimeout,
		anonymous: semaphore.NewWeighted(anonymousBodyQuota), users: semaphore.NewWeighted(usersBodyQuota), bulk: semaphore.NewWeighted(bulkBodyQuota),
		own: NewQuotas(ownBodyQuota),
	}
}

var (
	errOwnBodies  = &hub.Error{Code: hub.Limit, Msg: "Other large requests of yours are under way. Try again when they are done.", RetryAfter: 5 * time.Second}
	errBodiesBusy = &hub.Error{Code: hub.Unavailable, Msg: "The hub is busy with other large requests. Try again in a moment.", RetryAfter: 5 * time.Second}
)

// acquire waits until there is quota for that many bytes of who's; release returns it. With
// others, for a request that may concern other people, it falls back on the quota of bulk
// work, so that users who send slowly on purpose do not block a teacher's requests.
func (b *bodyLimiter) acquire(ctx context.Context, who *access.Requester, bytes int64, others bool) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	switch {
	case !who.Known():
		return acquireSem(ctx, b.anonymous, bytes, errBodiesBusy)
	case bytes > MaxBody:
		return acquireSem(ctx, b.bulk, bytes, errBodiesBusy)
	}
	releaseOwn, err := b.own.Acquire(ctx, b.wait, who, bytes, errOwnBodies)
	if err != nil {
		return nil, err
	}
	releaseAll, err := b.acquireShared(ctx, bytes, others)
	if err != nil {
		releaseOwn()
		return nil, err
	}
	return func() { releaseAll(); releaseOwn() }, nil
}

func (b *bodyLimiter) acquireShared(ctx context.Context, bytes int64, others bool) (release func(), err error) {
	switch {
	case !others:
		return acquireSem(ctx, b.users, bytes, errBodiesBusy)
	case b.users.TryAcquire(bytes):
		return func() { b.users.Release(bytes) }, nil
	}
	return acquireSem(ctx, b.bulk, bytes, errBodiesBusy)
}

func acquireSem(ctx context.Context, sem *semaphore.Weighted, bytes int64, busy error) (release func(), err error) {
	if err := sem.Acquire(ctx, bytes); err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, busy
	}
	return func() { sem.Release(bytes) }, nil
}

// limitedBody is a request's body with its limits. It acquires quota before it is read, and
// removes the read deadline once it is complete: the handler may take longer, and the server
// reads on to notice that the client has closed the connection.
type limitedBody struct {
	io.ReadCloser
	conn     *http.ResponseController
	ctx      context.Context //nolint:containedctx // the request's
	who      *access.Requester
	limiter  *bodyLimiter
	size     int64 // Content-Length; -1: unknown
	limit    int64
	read     int64
	complete bool  // read to its end
	allowed  int64 // how many bytes may be read with the quota acquired
	release  []func()
}

// newBody limits the body of a request. The caller calls releaseAll after the response.
func (e *Env) newBody(w http.ResponseWriter, r *http.Request, who *access.Requester, limit int64) *limitedBody {
	b := &limitedBody{
		ReadCloser: http.MaxBytesReader(w, r.Body, limit), conn: http.NewResponseController(w), ctx: r.Context(),
		who: who, limiter: e.bodies, size: r.ContentLength, limit: limit, allowed: uncountedBody,
	}
	switch {
	case b.size > uncountedBody:
		b.allowed = 0 // read nothing before there is quota for all of it
	case b.size >= 0:
		b.allowed = math.MaxInt64
	}
	return b
}

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.read >= b.allowed || b.size > b.limit {
		if err := b.acquireMore(); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.allowed-b.read)])
	b.read += int64(n)
	if errors.Is(err, io.EOF) {
		b.complete = true
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// acquireMore acquires quota for the whole body or, if its size is unknown, as much as it
// has already.
func (b *limitedBody) acquireMore() error {
	if b.size > b.limit {
		return &http.MaxBytesError{Limit: b.limit}
	}
	bytes, room := b.size, int64(math.MaxInt64)
	if b.size < 0 && b.allowed < b.limit {
		bytes = min(b.allowed, b.limit-b.allowed)
		room = b.allowed + bytes
	}
	if bytes > 0 { // else it has reached its limit
		if b.limit == MaxOwnBody {
			bytes *= ownWeight
		}
		release, err := b.limiter.acquire(b.ctx, b.who, bytes, b.limit > MaxOwnBody)
		if err != nil {
			return err
		}
		b.release = append(b.release, release)
	}
	b.allowed = room
	return nil
}

func (b *limitedBody) releaseAll() {
	for _, release := range b.release {
		release()
	}
}

// forbiddenBody is the body of a request that is refused: reading it returns the refusal.
type forbiddenBody struct{ refusal error }

func (u forbiddenBody) Read([]byte) (int, error) { return 0, u.refusal }

func (u forbiddenBody) Close() error { return nil }

// The rate at which unwanted bodies are read and discarded, and for how long. Without a
// limit, a few clients that send without end would take all processors.
const (
	drainChunk    = 256 << 10
	drainInterval = 8 * time.Millisecond // some 32 MiB a second
	drainTimeout  = 5 * time.Second
)

// DrainBody reads and discards the rest of a body after an early response (RFC 9112, section
// 9.6). Many clients send all of a body before they read the response, and would find a
// reset connection instead of the reason why they were refused. net/http itself does not
// wait when the client asked to close the connection, as Python's urllib always does.
func (w *ResponseWriter) DrainBody(c *Call) {
	r := w.r
	switch {
	case r.ProtoMajor != 1, r.ContentLength == 0, c.body != nil && c.body.complete:
		return
	case r.Header.Get("Expect") != "": // the client waits for the response before it sends
		return
	}
	conn := http.NewResponseController(w.ResponseWriter)
	if conn.Flush() != nil || conn.SetReadDeadline(hub.SystemClock().Add(drainTimeout)) != nil {
		return
	}
	pause := time.NewTicker(drainInterval)
	defer pause.Stop()
	for {
		if _, err := io.CopyN(io.Discard, r.Body, drainChunk); err != nil {
			return // whatever the error, the response has been sent
		}
		select {
		case <-pause.C:
		case <-r.Context().Done():
			return
		}
	}
}

// LimitBody limits a request's body: it is not read at all if the requester has none of the
// route's scopes. The caller calls release after the response.
func (e *Env) LimitBody(w http.ResponseWriter, r *http.Request, c *Call, who *access.Requester, rt Route) (release func()) {
	if who.Known() {
		SetReadDeadline(w, r, bodyTimeout(r.ContentLength))
		c.recheck = func() error { return e.App.Identities().Refresh(r.Context(), who) }
		if err := access.MaySome(who, rt.Scopes...); err != nil && len(rt.Scopes) > 0 {
			r.Body = forbiddenBody{err}
			return func() {}
		}
	}
	b := e.newBody(w, r, who, bodyLimit(who, rt))
	r.Body, c.body = b, b
	return func() {
		b.releaseAll()
		if r.MultipartForm != nil { // net/http does not remove it: it has another *http.Request
			_ = r.MultipartForm.RemoveAll()
		}
	}
}

// bodyLimit is the largest body in bytes: a form for an anonymous request, and no lists of
// people for those who have no rights over others.
func bodyLimit(who *access.Requester, rt Route) int64 {
	switch {
	case !who.Known():
		return MaxAnonymousBody
	case rt.Small, !access.MayOthers(who, rt.Scopes...):
		return MaxOwnBody
	case rt.Large:
		return MaxLargeBody
	}
	return MaxBody
}

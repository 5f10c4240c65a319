package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// quotas returns each user or service a quota of the same size. It keeps only those of which
// some part is in use.
type quotas struct {
	limit int64
	mu    sync.Mutex
	inUse map[hub.Actor]*quota
}

// quota is that of one user or service.
type quota struct {
	sem  *semaphore.Weighted
	refs int
}

// acquire acquires n of who's quota; it waits for at most the time given, then returns busy.
func (qs *quotas) acquire(ctx context.Context, wait time.Duration, who *access.Requester, n int64, busy error) (release func(), err error) {
	if release, ok := qs.tryAcquire(who, n); ok { // the common case
		return release, nil
	}
	own, leave := qs.quotaOf(who.Actor())
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if _, err := acquireSem(ctx, own.sem, n, busy); err != nil {
		leave()
		return nil, err
	}
	return func() { own.sem.Release(n); leave() }, nil
}

// tryAcquire acquires n of who's quota if that is possible without waiting.
func (qs *quotas) tryAcquire(who *access.Requester, n int64) (release func(), ok bool) {
	own, leave := qs.quotaOf(who.Actor())
	if !own.sem.TryAcquire(n) {
		leave()
		return nil, false
	}
	return func() { own.sem.Release(n); leave() }, true
}

// quotaOf returns who's quota, and the function that has to be called when it is not needed
// any more.
func (qs *quotas) quotaOf(who hub.Actor) (q *quota, leave func()) {
	who.Name = "" // it may change
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if q = qs.inUse[who]; q == nil {
		if qs.inUse == nil {
			qs.inUse = map[hub.Actor]*quota{}
		}
		q = &quota{sem: semaphore.NewWeighted(qs.limit)}
		qs.inUse[who] = q
	}
	q.refs++
	return q, func() {
		qs.mu.Lock()
		defer qs.mu.Unlock()
		if q.refs--; q.refs == 0 {
			delete(qs.inUse, who)
		}
	}
}

// busyThreshold is the number of concurrent requests above which each requester may have
// maxOwnRequests at a time. Browsers and most scripts have fewer.
const (
	busyThreshold  = 32
	maxOwnRequests = 8
)

var errOwnRequests = &hub.Error{Code: hub.Limit, Msg: "Too many requests of yours are under way. Try again when they are done.", RetryAfter: 5 * time.Second}

// maxOwnLists is how many lists one user or service may request at a time. Building a list
// takes many times its own size: a hundred lists of tokens at once took more than a gigabyte.
// It is less than the number of database connections for reading, to leave some for others.
const maxOwnLists = 2

// maxOwnUnread is how many bytes of large responses one user or service may leave unread. A
// response stays in memory until it is read, and some clients never read.
const maxOwnUnread = 16 << 20

var errOwnUnread = &hub.Error{Code: hub.Limit, Msg: "You have not read other large answers yet. Try again when they are read.", RetryAfter: 5 * time.Second}

var errOwnLists = &hub.Error{Code: hub.Limit, Msg: "Other lists that you asked for are under way. Try again when they are done.", RetryAfter: 5 * time.Second}

// limitLists limits the concurrent lists of one requester: further ones wait.
func (s *Server) limitLists(handle handler) handler {
	return func(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
		if !who.Known() { // the handler refuses anonymous requests
			return handle(w, r, who)
		}
		leave, err := s.listQuotas.acquire(r.Context(), s.bodies.wait, who, 1, errOwnLists)
		if err != nil {
			return err
		}
		defer leave()
		return handle(w, r, who)
	}
}

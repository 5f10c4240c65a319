package endpoint

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// Quotas returns each user or service a quota of the same size. It keeps only those of which
// some part is in use.
type Quotas struct {
	limit int64
	mu    sync.Mutex
	inUse map[hub.Actor]*quota
}

// quota is that of one user or service.
type quota struct {
	sem  *semaphore.Weighted
	refs int
}

// NewQuotas makes quotas of that size.
func NewQuotas(limit int64) *Quotas { return &Quotas{limit: limit} }

// Users is the number of those of whose quotas some part is in use.
func (qs *Quotas) Users() int {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	return len(qs.inUse)
}

// Acquire acquires n of who's quota; it waits for at most the time given, then returns busy.
func (qs *Quotas) Acquire(ctx context.Context, wait time.Duration, who *access.Requester, n int64, busy error) (release func(), err error) {
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
func (qs *Quotas) tryAcquire(who *access.Requester, n int64) (release func(), ok bool) {
	own, leave := qs.quotaOf(who.Actor())
	if !own.sem.TryAcquire(n) {
		leave()
		return nil, false
	}
	return func() { own.sem.Release(n); leave() }, true
}

// quotaOf returns who's quota, and the function that has to be called when it is not needed
// any more.
func (qs *Quotas) quotaOf(who hub.Actor) (q *quota, leave func()) {
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

// maxOwnUnread is how many bytes of large responses one user or service may leave unread. A
// response stays in memory until it is read, and some clients never read.
const maxOwnUnread = 16 << 20

var errOwnUnread = &hub.Error{Code: hub.Limit, Msg: "You have not read other large answers yet. Try again when they are read.", RetryAfter: 5 * time.Second}

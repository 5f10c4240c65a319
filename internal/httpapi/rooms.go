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

// rooms gives each person or service as much of something as size says. Only those are
// remembered who have some at the moment.
type rooms struct {
	size int64
	mu   sync.Mutex
	open map[hub.Actor]*room
}

type room struct {
	left *semaphore.Weighted
	uses int
}

// take waits for n of somebody's, and is none where there is nothing by then.
func (rs *rooms) take(ctx context.Context, wait time.Duration, who *access.Requester, n int64, none error) (release func(), err error) {
	if release, ok := rs.try(who, n); ok { // as nearly always
		return release, nil
	}
	own, leave := rs.enter(who.Actor())
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if _, err := taken(ctx, own.left, n, none); err != nil {
		leave()
		return nil, err
	}
	return func() { own.left.Release(n); leave() }, nil
}

// try takes n of somebody's if there is as much now.
func (rs *rooms) try(who *access.Requester, n int64) (release func(), ok bool) {
	own, leave := rs.enter(who.Actor())
	if !own.left.TryAcquire(n) {
		leave()
		return nil, false
	}
	return func() { own.left.Release(n); leave() }, true
}

// enter finds somebody's room, which is kept until everybody who asked has left.
func (rs *rooms) enter(who hub.Actor) (r *room, leave func()) {
	who.Name = "" // it may change
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r = rs.open[who]; r == nil {
		if rs.open == nil {
			rs.open = map[hub.Actor]*room{}
		}
		r = &room{left: semaphore.NewWeighted(rs.size)}
		rs.open[who] = r
	}
	r.uses++
	return r, func() {
		rs.mu.Lock()
		defer rs.mu.Unlock()
		if r.uses--; r.uses == 0 {
			delete(rs.open, who)
		}
	}
}

// quiet is how many requests may be under way before each requester has turnsAtOnce at a
// time. Browsers and most scripts have fewer.
const (
	quiet       = 32
	turnsAtOnce = 8
)

var errOwnTurns = &hub.Error{Code: hub.Limit, Msg: "Too many requests of yours are under way. Try again when they are done.", RetryAfter: 5 * time.Second}

// listsAtOnce is how many lists are made and sent at a time for one person or service.
// What a list is made of is many times as large as it is itself: a hundred lists of tokens
// at once were more than a gigabyte. Fewer than the readers of the database, so that there
// are some for others.
const listsAtOnce = 2

// unreadAnswers is how many bytes of large answers may be on their way to one person or
// service. An answer stays until it is read, and some clients never read.
const unreadAnswers = 16 << 20

var errOwnAnswers = &hub.Error{Code: hub.Limit, Msg: "You have not read other large answers yet. Try again when they are read.", RetryAfter: 5 * time.Second}

var errOwnLists = &hub.Error{Code: hub.Limit, Msg: "Other lists that you asked for are under way. Try again when they are done.", RetryAfter: 5 * time.Second}

// inTurn lets the lists of one requester wait for each other.
func (s *Server) inTurn(handle handler) handler {
	return func(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
		if !who.Known() { // is told so, and no more
			return handle(w, r, who)
		}
		leave, err := s.lists.take(r.Context(), s.bodies.wait, who, 1, errOwnLists)
		if err != nil {
			return err
		}
		defer leave()
		return handle(w, r, who)
	}
}

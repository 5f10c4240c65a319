package httpapi

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

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

var errOwnLists = &hub.Error{Code: hub.Limit, Msg: "Other lists that you asked for are under way. Try again when they are done.", RetryAfter: 5 * time.Second}

// limitLists limits the concurrent lists of one requester: further ones wait.
func (s *Server) limitLists(handle handler) handler {
	return func(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
		if !who.Known() { // the handler refuses anonymous requests
			return handle(w, r, who)
		}
		leave, err := s.listQuotas.acquire(r.Context(), s.wait, who, 1, errOwnLists)
		if err != nil {
			return err
		}
		defer leave()
		return handle(w, r, who)
	}
}

// handle calls the handler. While the server is busy, it limits the concurrent requests of
// each requester, so that hundreds of one do not come before one of somebody else.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, who *access.Requester, rt route) error {
	if rt.longRunning || !who.Known() {
		return rt.Handle(w, r, who)
	}
	defer s.inFlight.Add(-1)
	if s.inFlight.Add(1) > busyThreshold {
		leave, err := s.requestQuotas.acquire(r.Context(), s.wait, who, 1, errOwnRequests)
		if err != nil {
			return err
		}
		defer leave()
	}
	return rt.Handle(w, r, who)
}

// admit returns an error for a request that must not reach its handler.
func (s *Server) admit(r *http.Request, who *access.Requester, rt route) error {
	if rt.kind == page {
		if err := checkNavigation(r, s.env.mayBeFramed(rt.framing)); err != nil {
			return err
		}
	}
	if !rt.ownXSRF && (rt.kind == api || rt.kind == page) {
		if err := s.env.checkXSRF(r, who); err != nil {
			return err
		}
	}
	if rt.kind == api && who.MustChange && !rt.beforePasswordChange {
		return hub.Errorf(hub.Forbidden, "Change your password first: log in at the hub's page.")
	}
	if who.Token != nil || rt.kind == public { // no cookies are used, so another site cannot act in anybody's name
		return nil
	}
	return s.env.checkOrigin(r)
}

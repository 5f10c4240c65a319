package httpapi

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
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
func (s *Server) limitLists(handle endpoint.Handler) endpoint.Handler {
	return func(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
		if !who.Known() { // the handler refuses anonymous requests
			return handle(w, r, who)
		}
		leave, err := s.listQuotas.Acquire(r.Context(), s.wait, who, 1, errOwnLists)
		if err != nil {
			return err
		}
		defer leave()
		return handle(w, r, who)
	}
}

// handle calls the handler. While the server is busy, it limits the concurrent requests of
// each requester, so that hundreds of one do not come before one of somebody else.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, who *access.Requester, rt endpoint.Route) error {
	if rt.LongRunning || !who.Known() {
		return rt.Handle(w, r, who)
	}
	defer s.inFlight.Add(-1)
	if s.inFlight.Add(1) > busyThreshold {
		leave, err := s.requestQuotas.Acquire(r.Context(), s.wait, who, 1, errOwnRequests)
		if err != nil {
			return err
		}
		defer leave()
	}
	return rt.Handle(w, r, who)
}

// admit returns an error for a request that must not reach its handler.
func (s *Server) admit(r *http.Request, who *access.Requester, rt endpoint.Route) error {
	if rt.Kind == endpoint.Page {
		if err := endpoint.CheckNavigation(r, s.env.MayBeFramed(rt.Framing)); err != nil {
			return err
		}
	}
	if !rt.OwnXSRF && (rt.Kind == endpoint.API || rt.Kind == endpoint.Page) {
		if err := s.env.CheckXSRF(r, who); err != nil {
			return err
		}
	}
	if rt.Kind == endpoint.API && who.MustChange && !rt.BeforePasswordChange {
		return hub.Errorf(hub.Forbidden, "Change your password first: log in at the hub's page.")
	}
	if who.Token != nil || rt.Kind == endpoint.Public { // no cookies are used, so another site cannot act in anybody's name
		return nil
	}
	return s.env.CheckOrigin(r)
}

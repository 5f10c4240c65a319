package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
)

// routeKind is the rules by which a route's requests are authenticated and its errors
// written.
type routeKind int

const (
	// api: tokens and cookies; XSRF by JupyterHub's rules for the API; JSON errors.
	api routeKind = iota
	// page: cookies only; only navigations; XSRF for all but GET and HEAD; errors are pages.
	page
	// public: no credentials are read, and nothing about a user is shown. Errors are JSON
	// under the API's prefix, else pages.
	public
	// mixed: a page that programs request too: tokens and cookies, fetches besides
	// navigations, no XSRF, so it must not change anything. Errors are pages.
	mixed
)

// handler handles a request. who is never nil; who.Known() is false for an anonymous
// request; who.Address and who.RequestID are always set. A returned error is written by
// writeError, unless the response has begun.
type handler func(w http.ResponseWriter, r *http.Request, who *access.Requester) error

// route is one line of the table.
type route struct {
	Method    string
	Pattern   string // below the hub's prefix, as ServeMux writes it: "/api/users/{name}", "/login", "/{$}"
	Operation string // operationId in the description of the API
	// Scopes are those of which one is needed, for the API's description; the use case
	// checks them.
	Scopes []string
	kind   routeKind
	// ownXSRF: the handler calls checkXSRF itself, because it writes the error in its own
	// way, or has to find out whether the check applies.
	ownXSRF bool
	// secretPath: the path holds a secret and is not logged.
	secretPath bool
	// large: a body may be as large as bulk work needs. small: it may be no larger than that
	// of a user without rights over others.
	large, small bool
	// list: the response may be large, so that one requester gets a few at a time.
	list bool
	// longRunning: it mostly waits, for a server that starts or stops.
	longRunning bool
	// cloud: errors have a field "error" too, as in the AUP Learning Cloud.
	cloud bool
	// beforePasswordChange: it is allowed to users who must change their password first.
	beforePasswordChange bool
	// framing says which pages may show the route's in a frame.
	framing framePolicy
	Handle  handler
}

// endpoint is the routes of one pattern, by method.
type endpoint map[string]route

// register builds the mux. Conflicting patterns panic, which a test of the table sees.
func (s *Server) register(routes []route) error {
	endpoints := map[string]endpoint{}
	for _, rt := range routes {
		e := endpoints[rt.Pattern]
		if e == nil {
			e = endpoint{}
			endpoints[rt.Pattern] = e
		}
		if rt.list {
			rt.Handle = s.limitLists(rt.Handle)
		}
		if _, twice := e[rt.Method]; twice {
			return fmt.Errorf("httpapi: %s %s is in the table twice", rt.Method, rt.Pattern)
		}
		e[rt.Method] = rt
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/", s.notFound)
	for pattern := range endpoints {
		if bare, ok := strings.CutSuffix(pattern, "/{path...}"); ok && endpoints[bare] == nil {
			s.mux.HandleFunc(bare, s.notFound) // else the mux redirects to an address without the prefix
		}
	}
	for pattern, e := range endpoints {
		name := handlerName(pattern)
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			c := callOf(r)
			c.pattern, c.handler, r.URL = pattern, name, c.url
			s.serve(w, r, c, e) //nolint:contextcheck // the request has it
		})
	}
	return nil
}

// serve picks the route by method, identifies the requester, and handles the request if
// admit allows it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, c *call, e endpoint) {
	rt, ok := e[r.Method]
	if !ok {
		s.methodNotAllowed(w, r, c, e)
		return
	}
	c.kind, c.secretPath, c.cloud, c.framing = rt.kind, rt.secretPath, rt.cloud, rt.framing
	_, program := tokenOf(r.Header.Get("Authorization"))
	if c.otherHost && (rt.kind == page || rt.kind == mixed && r.Method == http.MethodGet && !program) {
		s.redirectToHubHost(w, r)
		return
	}
	who, err := s.identify(r, rt.kind)
	if err != nil {
		s.writeError(w, r, who, err)
		return
	}
	s.setRequester(w, r, who)
	if r.ContentLength != 0 {
		defer s.limitBody(w, r, c, who, rt)()
	}
	if rt.kind == api && who.Known() {
		w.Header().Set("Cache-Control", "no-store")
	}
	err = s.admit(r, who, rt)
	if err == nil {
		err = s.handle(w, r, who, rt)
	}
	if err != nil {
		s.writeError(w, r, who, err)
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
		leave, err := s.requestQuotas.acquire(r.Context(), s.bodies.wait, who, 1, errOwnRequests)
		if err != nil {
			return err
		}
		defer leave()
	}
	return rt.Handle(w, r, who)
}

// limitBody limits a request's body: it is not read at all if the requester has none of the
// route's scopes. The caller calls release after the response.
func (s *Server) limitBody(w http.ResponseWriter, r *http.Request, c *call, who *access.Requester, rt route) (release func()) {
	if who.Known() {
		setReadDeadline(w, r, bodyTimeout(r.ContentLength))
		c.recheck = func() error { return s.app.Identities().Refresh(r.Context(), who) }
		if err := access.MaySome(who, rt.Scopes...); err != nil && len(rt.Scopes) > 0 {
			r.Body = forbiddenBody{err}
			return func() {}
		}
	}
	b := s.newBody(w, r, who, bodyLimit(who, rt))
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
func bodyLimit(who *access.Requester, rt route) int64 {
	switch {
	case !who.Known():
		return maxAnonymousBody
	case rt.small, !access.MayOthers(who, rt.Scopes...):
		return maxOwnBody
	case rt.large:
		return maxLargeBody
	}
	return maxBody
}

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request, c *call, e endpoint) {
	for _, rt := range e {
		c.kind, c.cloud = rt.kind, rt.cloud
	}
	if r.Method == http.MethodOptions && c.api {
		if c.pattern == apiRoot {
			w.Header().Set("Access-Control-Allow-Origin", "*") // as its GET, for preflight requests
		}
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(e)), ", "))
	s.writeError(w, r, s.visitor(r), statusError{status: http.StatusMethodNotAllowed})
}

// admit returns an error for a request that must not reach its handler.
func (s *Server) admit(r *http.Request, who *access.Requester, rt route) error {
	if rt.kind == page {
		if err := checkNavigation(r, s.mayBeFramed(rt.framing)); err != nil {
			return err
		}
	}
	if !rt.ownXSRF && (rt.kind == api || rt.kind == page) {
		if err := s.checkXSRF(r, who); err != nil {
			return err
		}
	}
	if rt.kind == api && who.MustChange && !rt.beforePasswordChange {
		return hub.Errorf(hub.Forbidden, "Change your password first: log in at the hub's page.")
	}
	if who.Token != nil || rt.kind == public { // no cookies are used, so another site cannot act in anybody's name
		return nil
	}
	return s.checkOrigin(r)
}

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

// kind is the rules by which a route's requests are let in and its failures told.
type kind int

const (
	// api: tokens and cookies; XSRF by JupyterHub's rules for the API; JSON errors.
	api kind = iota
	// page: cookies only; only navigations; XSRF for all but GET and HEAD; errors are pages.
	page
	// open: nobody is identified, nothing of a person is shown. Errors are JSON under
	// the API's prefix, else pages.
	open
	// mixed is a page that programs ask for too: tokens and cookies, fetches besides
	// navigations, no XSRF, so it must not change anything. Errors are pages.
	mixed
)

// handler answers a request. who is never nil; who.Known() is false for nobody;
// who.Address and who.RequestID are always set. An error returned is written by
// writeError, unless the answer has begun.
type handler func(w http.ResponseWriter, r *http.Request, who *access.Requester) error

// route is one line of the table.
type route struct {
	Method    string
	Pattern   string // below the hub's prefix, as ServeMux writes it: "/api/users/{name}", "/login", "/{$}"
	Operation string // operationId in the description of the API
	// Scopes are those of which one is needed, for the API's description; the use
	// case asks for them.
	Scopes []string
	kind   kind
	// ownXSRF: the handler calls checkXSRF itself, because it answers a failure in its
	// own way, or only then knows whether it applies.
	ownXSRF bool
	// secretPath: the path holds a secret and is not logged.
	secretPath bool
	// large: a body may be as large as bulk work needs. small: nobody's needs to be larger
	// than a person's about themselves.
	large, small bool
	// list: the answer may be large, so that one requester gets a few at a time.
	list bool
	// waits: most of the time that it takes it waits, for a server that starts or stops.
	waits bool
	// cloud: failures carry "error" too, as in the AUP Learning Cloud.
	cloud bool
	// forced: it is for those too who must change their password first.
	forced bool
	// framing: by whose pages its own may be shown in a frame.
	framing framing
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
			rt.Handle = s.inTurn(rt.Handle)
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
			s.mux.HandleFunc(bare, s.notFound) // else the mux sends browsers to an address without the prefix
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

// serve picks the route by method, identifies who asks, and lets them in or not.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, c *call, e endpoint) {
	rt, ok := e[r.Method]
	if !ok {
		s.otherMethod(w, r, c, e)
		return
	}
	c.kind, c.secret, c.cloud, c.framing = rt.kind, rt.secretPath, rt.cloud, rt.framing
	_, program := tokenOf(r.Header.Get("Authorization"))
	if c.elsewhere && (rt.kind == page || rt.kind == mixed && r.Method == http.MethodGet && !program) {
		s.toHub(w, r)
		return
	}
	who, err := s.identify(r, rt.kind)
	if err != nil {
		s.writeError(w, r, who, err)
		return
	}
	s.noteWho(w, r, who)
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

// handle lets the handler answer. Where much is under way, one requester has a few turns
// at a time, so that hundreds of theirs do not come before one of somebody else's.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, who *access.Requester, rt route) error {
	if rt.waits || !who.Known() {
		return rt.Handle(w, r, who)
	}
	defer s.underWay.Add(-1)
	if s.underWay.Add(1) > quiet {
		leave, err := s.turns.take(r.Context(), s.bodies.wait, who, 1, errOwnTurns)
		if err != nil {
			return err
		}
		defer leave()
	}
	return rt.Handle(w, r, who)
}

// limitBody puts limits on a request's body: none is read of those who hold none of the
// route's scopes. The function that it gives ends what it began.
func (s *Server) limitBody(w http.ResponseWriter, r *http.Request, c *call, who *access.Requester, rt route) (end func()) {
	if who.Known() {
		hurry(w, r, patienceFor(r.ContentLength))
		c.again = func() error { return s.app.Identities().Again(r.Context(), who) }
		if err := access.MaySome(who, rt.Scopes...); err != nil && len(rt.Scopes) > 0 {
			r.Body = unread{err}
			return func() {}
		}
	}
	b := s.newBody(w, r, who, bodyLimit(who, rt))
	r.Body, c.body = b, b
	return func() {
		b.end()
		if r.MultipartForm != nil { // the server, which has another request, knows nothing of it
			_ = r.MultipartForm.RemoveAll()
		}
	}
}

// bodyLimit is what somebody's request may carry: nobody gets room for more than a
// form, and those who may work on themselves alone not for lists of people.
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

func (s *Server) otherMethod(w http.ResponseWriter, r *http.Request, c *call, e endpoint) {
	for _, rt := range e {
		c.kind, c.cloud = rt.kind, rt.cloud
	}
	if r.Method == http.MethodOptions && c.api {
		if c.pattern == apiRoot {
			w.Header().Set("Access-Control-Allow-Origin", "*") // as its GET: a browser asks first
		}
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(e)), ", "))
	s.writeError(w, r, s.visitor(r), statusError{status: http.StatusMethodNotAllowed})
}

// admit says what forbids the request before its handler is asked.
func (s *Server) admit(r *http.Request, who *access.Requester, rt route) error {
	if rt.kind == page {
		if err := navigation(r, s.mayFrame(rt.framing)); err != nil {
			return err
		}
	}
	if !rt.ownXSRF && (rt.kind == api || rt.kind == page) {
		if err := s.checkXSRF(r, who); err != nil {
			return err
		}
	}
	if rt.kind == api && who.MustChange && !rt.forced {
		return hub.Errorf(hub.Forbidden, "Change your password first: log in at the hub's page.")
	}
	if who.Token != nil || rt.kind == open { // nobody in whose name another site could act
		return nil
	}
	return s.checkOrigin(r)
}

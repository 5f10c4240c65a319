package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// endpoint is the routes of one pattern, by method.
type endpoint map[string]route

// apiRoutes is the table of the API.
func (s *Server) apiRoutes() []route {
	return slices.Concat(s.rest.routes(), s.extensions.routes(), s.metricsRoutes())
}

// pageRoutes is the table of the pages.
func (s *Server) pageRoutes() []route {
	return slices.Concat(s.site.routes(), s.metricsPageRoutes())
}

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
	who, err := s.env.identify(r, rt.kind)
	if err != nil {
		s.writeError(w, r, who, err)
		return
	}
	s.env.setRequester(w, r, who)
	if r.ContentLength != 0 {
		defer s.env.limitBody(w, r, c, who, rt)()
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
	s.writeError(w, r, s.env.visitor(r), statusError{status: http.StatusMethodNotAllowed})
}

// redirectToHubHost redirects from another host to the same page on the hub's host.
func (s *Server) redirectToHubHost(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		at := s.env.site.Origin + s.env.hub
		s.writeError(w, r, s.env.anonymous(r), hub.Errorf(hub.Forbidden, "The hub's pages are at %s.", at).Plainly("The hub's pages are at %s.", at))
		return
	}
	redirect(w, http.StatusFound, s.env.hubURL(r.URL.RequestURI()))
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if c := callOf(r); c.otherHost && !c.api && r.Method == http.MethodGet {
		s.redirectToHubHost(w, r)
		return
	}
	s.writeError(w, r, s.env.visitor(r), statusError{status: http.StatusNotFound})
}

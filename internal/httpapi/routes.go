package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// methods are the routes of one pattern, by method.
type methods map[string]endpoint.Route

// apiRoutes is the table of the API.
func (s *Server) apiRoutes() []endpoint.Route {
	return slices.Concat(s.rest.Routes(), s.extensions.Routes(), s.quotas.Routes(), s.metricsRoutes())
}

// pageRoutes is the table of the pages.
func (s *Server) pageRoutes() []endpoint.Route {
	return slices.Concat(s.site.Routes(), s.metricsPageRoutes())
}

// register builds the mux. Conflicting patterns panic, which a test of the table sees.
func (s *Server) register(routes []endpoint.Route) error {
	endpoints := map[string]methods{}
	for _, rt := range routes {
		e := endpoints[rt.Pattern]
		if e == nil {
			e = methods{}
			endpoints[rt.Pattern] = e
		}
		if rt.List {
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
			c := endpoint.CallOf(r)
			c.Pattern, c.Handler, r.URL = pattern, name, c.URL
			s.serve(w, r, c, e)
		})
	}
	return nil
}

// serve picks the route by method, identifies the requester, and handles the request if
// admit allows it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, c *endpoint.Call, e methods) {
	rt, ok := e[r.Method]
	if !ok {
		s.methodNotAllowed(w, r, c, e)
		return
	}
	c.Kind, c.SecretPath, c.Cloud, c.Framing = rt.Kind, rt.SecretPath, rt.Cloud, rt.Framing
	_, program := endpoint.TokenOf(r.Header.Get("Authorization"))
	if c.OtherHost && (rt.Kind == endpoint.Page || rt.Kind == endpoint.Mixed && r.Method == http.MethodGet && !program) {
		s.redirectToHubHost(w, r)
		return
	}
	who, err := s.env.Identify(r, rt.Kind)
	if err != nil {
		s.writeError(w, r, who, err)
		return
	}
	s.env.SetRequester(w, r, who)
	if r.ContentLength != 0 {
		defer s.env.LimitBody(w, r, c, who, rt)()
	}
	if rt.Kind == endpoint.API && who.Known() {
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

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request, c *endpoint.Call, e methods) {
	for _, rt := range e {
		c.Kind, c.Cloud = rt.Kind, rt.Cloud
	}
	if r.Method == http.MethodOptions && c.API {
		if c.Pattern == endpoint.APIRoot {
			w.Header().Set("Access-Control-Allow-Origin", "*") // as its GET, for preflight requests
		}
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(e)), ", "))
	s.writeError(w, r, s.env.Visitor(r), endpoint.StatusError{Status: http.StatusMethodNotAllowed})
}

// redirectToHubHost redirects from another host to the same page on the hub's host.
func (s *Server) redirectToHubHost(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		at := s.env.Site.Origin + s.env.Hub
		s.writeError(w, r, s.env.Anonymous(r), hub.Errorf(hub.Forbidden, "The hub's pages are at %s.", at).Plainly("The hub's pages are at %s.", at))
		return
	}
	endpoint.Redirect(w, http.StatusFound, s.env.HubURL(r.URL.RequestURI()))
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if c := endpoint.CallOf(r); c.OtherHost && !c.API && r.Method == http.MethodGet {
		s.redirectToHubHost(w, r)
		return
	}
	c := endpoint.CallOf(r)
	if strings.HasPrefix(c.URL.EscapedPath(), s.env.Hub+"admin/api/") { // pages made for the Learning Cloud read JSON there
		c.API, c.Cloud = true, true
	}
	s.writeError(w, r, s.env.Visitor(r), endpoint.StatusError{Status: http.StatusNotFound})
}

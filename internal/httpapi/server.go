// Package httpapi answers everything under the hub's prefix: the REST API as
// JupyterHub 6.1.1 answers it (rest), what Atrium adds to it (extensions), and the hub's
// pages (site). Each has a table of routes, and the Server puts the tables together: they
// say all that exists. Each handler asks a use case of internal/app, which decides about
// rights, and returns an error, which the Server writes (failures.go) as endpoint says.
//
// A request passes, in this order: request id (server.go), table (routes.go), who asks,
// limits of its body (endpoint), XSRF and cross-origin checks, turns (admission.go), handler.
package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/extensions"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/httpapi/quotas"
	"github.com/atriumhub/atrium/internal/httpapi/rest"
	"github.com/atriumhub/atrium/internal/httpapi/site"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/obs"
)

// minXSRFKey is the least length of the key that signs XSRF tokens, in bytes.
const minXSRFKey = 32

// Options is what a Server is made from.
type Options struct {
	App            *app.App
	Base           string // "/" or "/prefix/"
	OAuth          site.OAuth
	Pages          *pages.Pages // nil: pages without the React app
	XSRFKey        []byte
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed
	PublicURL      string         // scheme://host[:port] of the hub's own pages, empty when not configured
	// FrameAncestors are the origins, https://host[:port], whose pages may show the hub in
	// a frame. They need HTTPS and domains for each person. Empty: nobody's.
	FrameAncestors []string
	// SlowStart and SlowStop are how long a request to start or stop a server waits
	// for it before it answers 202. 0: it doesn't wait.
	SlowStart, SlowStop time.Duration
	// Shutdown begins the end of the hub and returns at once; servers says whether the
	// notebook servers end too, nil that the configuration does. nil: nothing happens.
	Shutdown func(servers *bool)
	// Metrics answers with the hub's metrics to those who may read them, and with
	// MetricsOpen to anybody. nil: there are none.
	Metrics     http.Handler
	MetricsOpen bool
	// Borrowed are folders with the static files of the Python package jupyterhub, which
	// services with its templates load from the hub. nil: there are none.
	Borrowed func() []string
	Observer Observer // nil: nobody
	Clock    hub.Clock
	Logger   *slog.Logger
	Version  string // Atrium's own
}

// Server answers what the proxy doesn't route. Make it with New.
type Server struct {
	opts       Options
	env        *endpoint.Env
	rest       *rest.API
	extensions *extensions.API
	quotas     *quotas.API
	site       *site.Handlers
	app        *app.App
	clock      hub.Clock
	log        *slog.Logger
	mux        *http.ServeMux
	observer   Observer

	listQuotas    *endpoint.Quotas // under way
	requestQuotas *endpoint.Quotas // where much is under way
	wait          time.Duration    // for a share of a quota, before a request is refused
	inFlight      atomic.Int64     // requests of those who are known
}

// New makes a Server, or says what is wrong with the options.
func New(o Options) (*Server, error) {
	switch {
	case o.App == nil || o.Clock == nil || o.Logger == nil:
		return nil, errors.New("httpapi: App, Clock and Logger are needed")
	case !strings.HasPrefix(o.Base, "/") || !strings.HasSuffix(o.Base, "/"):
		return nil, fmt.Errorf("httpapi: base %q must begin and end with a slash", o.Base)
	case len(o.XSRFKey) < minXSRFKey:
		return nil, fmt.Errorf("httpapi: the XSRF key has %d bytes, needs %d", len(o.XSRFKey), minXSRFKey)
	}
	if o.Observer == nil {
		o.Observer = noopObserver{}
	}
	env, err := endpoint.New(endpoint.Options{
		App: o.App, Base: o.Base, XSRFKey: o.XSRFKey, TrustedProxies: o.TrustedProxies, PublicURL: o.PublicURL,
		FrameAncestors: o.FrameAncestors, Clock: o.Clock,
	})
	if err != nil {
		return nil, fmt.Errorf("httpapi: %w", err)
	}
	s := &Server{
		opts: o, env: env, app: o.App, clock: o.Clock, log: o.Logger, observer: o.Observer,
		rest:       rest.New(env, rest.Options{SlowStart: o.SlowStart, SlowStop: o.SlowStop, Shutdown: o.Shutdown, Logger: o.Logger, Version: o.Version}),
		extensions: extensions.New(env),
		quotas:     quotas.New(env),
		listQuotas: endpoint.NewQuotas(maxOwnLists), requestQuotas: endpoint.NewQuotas(maxOwnRequests), wait: endpoint.QuotaTimeout,
	}
	s.site, err = site.New(env, site.Options{
		OAuth: o.OAuth, Pages: o.Pages, ClaimKey: o.XSRFKey, Borrowed: o.Borrowed, Observer: o.Observer, Clock: o.Clock, Logger: o.Logger, Version: o.Version,
	})
	if err != nil {
		return nil, fmt.Errorf("httpapi: set up the pages: %w", err)
	}
	if err := s.register(slices.Concat(s.apiRoutes(), s.pageRoutes())); err != nil {
		return nil, err
	}
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &endpoint.Call{ID: newRequestID(), Began: s.clock(), URL: r.URL}
	rw := endpoint.NewResponseWriter(w, r)
	r = r.WithContext(endpoint.WithCall(obs.WithRequest(r.Context(), c.ID), c))
	defer s.finish(rw, r, c)

	endpoint.SetReadDeadline(rw, r, endpoint.AnonymousBodyTimeout)
	h := rw.Header()
	h.Set("X-Request-ID", c.ID)
	h.Set("X-JupyterHub-Version", hub.JupyterHubVersion)
	h.Set("Access-Control-Allow-Headers", "accept, content-type, authorization")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'; report-uri "+s.env.Hub+"security/csp-report; default-src 'none'")

	c.OtherHost = s.env.IsOtherHost(r)
	rest, inside := strings.CutPrefix(r.URL.EscapedPath(), s.env.Hub)
	if !inside {
		if err := s.site.RedirectIntoHub(rw, r); err != nil {
			s.writeError(rw, r, s.env.Anonymous(r), err)
		}
		return
	}
	c.API = isAPI(rest)
	path, ok := muxPath(rest, c.API)
	if !ok || !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
		s.notFound(rw, r)
		return
	}
	s.mux.ServeHTTP(rw, withPath(r, path))
}

func isAPI(rest string) bool { return rest == "api" || strings.HasPrefix(rest, "api/") }

// muxPath brings the escaped path below the hub's prefix into the form that the
// table knows; false when there cannot be anything. The mux itself would answer a
// path with "//" by a redirect, which a POST doesn't survive.
func muxPath(rest string, api bool) (string, bool) {
	segments := strings.Split(rest, "/")
	for _, segment := range segments {
		if segment == "." || segment == ".." {
			return "", false
		}
	}
	if !api {
		path := "/" + rest
		for strings.Contains(path, "//") {
			path = strings.ReplaceAll(path, "//", "/")
		}
		return path, !isAPI(path[1:])
	}
	return apiPath(segments)
}

// apiPath knows the few places where JupyterHub has an empty segment: the API's
// root and the default server. Elsewhere there is nothing.
func apiPath(segments []string) (string, bool) {
	n := len(segments)
	switch {
	case n == 2 && segments[1] == "":
		segments = segments[:1]
	case n >= 5 && segments[1] == "users" && segments[3] == "servers" && segments[4] == "":
		segments = append([]string{"api", "users", segments[2], "server"}, segments[5:]...)
	}
	checked := segments
	if defaultServerAtEnd(segments) {
		checked = segments[:n-1]
	}
	for _, segment := range checked {
		if segment == "" {
			return "", false
		}
	}
	return "/" + strings.Join(segments, "/"), true
}

// defaultServerAtEnd reports whether the path is one of those that end with the name of
// a server, and here with the empty one.
func defaultServerAtEnd(segments []string) bool {
	n := len(segments)
	if n == 0 || segments[n-1] != "" {
		return false
	}
	return n == 4 && (segments[1] == "shares" || segments[1] == "share-codes") ||
		n == 6 && (segments[1] == "users" || segments[1] == "groups") && segments[3] == "shared"
}

// withPath is r as the mux shall see it; the handlers get r's own URL back.
func withPath(r *http.Request, escaped string) *http.Request {
	out := *r
	u := *r.URL
	u.RawPath = escaped
	u.Path, _ = url.PathUnescape(escaped) // it was parsed before
	out.URL = &u
	return &out
}

// Env is where the server's handlers are.
func (s *Server) Env() *endpoint.Env { return s.env }

// Pattern is the pattern of the table that a request meets, below the hub's prefix; empty when
// there is none.
func (s *Server) Pattern(r *http.Request) string {
	rest, inside := strings.CutPrefix(r.URL.EscapedPath(), s.env.Hub)
	if !inside {
		return ""
	}
	path, ok := muxPath(rest, isAPI(rest))
	if !ok {
		return ""
	}
	_, pattern := s.mux.Handler(withPath(r, path))
	return pattern
}

// Unavailable responds in place of a server that has a route but does not answer. It is for
// requests outside the hub's prefix, which do not pass through ServeHTTP; so are the two below.
func (s *Server) Unavailable(w http.ResponseWriter, r *http.Request) { s.site.Unavailable(w, r) }

// IdentityUnavailable responds to a request whose credentials cannot be looked up now.
func (s *Server) IdentityUnavailable(w http.ResponseWriter, r *http.Request) {
	s.site.IdentityUnavailable(w, r)
}

// ServiceUnavailable responds in place of a service that is down.
func (s *Server) ServiceUnavailable(w http.ResponseWriter, r *http.Request) {
	s.site.ServiceUnavailable(w, r)
}

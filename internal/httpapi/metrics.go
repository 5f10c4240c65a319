package httpapi

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/site"
)

// Observer is told what the server does, to count and time it.
type Observer interface {
	site.Observer
	// Request is one that was answered. handler is one of a fixed set of names.
	Request(method, handler string, status int, took time.Duration)
}

type noopObserver struct{}

func (noopObserver) Request(string, string, int, time.Duration) {}
func (noopObserver) Login(bool, time.Duration)                  {}
func (noopObserver) Logout(time.Duration)                       {}
func (noopObserver) CSPReport()                                 {}

// metricsScope lets somebody read the metrics.
const metricsScope = "read:metrics"

func (s *Server) metricsRoutes() []endpoint.Route {
	return []endpoint.Route{s.metricsRoute("/api/metrics", "get-metrics-api")}
}

// metricsPageRoutes is the address that most ask at; the API has it as well.
func (s *Server) metricsPageRoutes() []endpoint.Route {
	return []endpoint.Route{s.metricsRoute("/metrics", "")}
}

func (s *Server) metricsRoute(pattern, operation string) endpoint.Route {
	rt := endpoint.Route{
		Method: http.MethodGet, Pattern: pattern, Operation: operation, Scopes: []string{metricsScope},
		Kind: endpoint.Mixed, Handle: s.getMetrics,
	}
	if s.opts.MetricsOpen {
		rt.Kind = endpoint.Public
	}
	return rt
}

// getMetrics returns the hub's metrics, in Prometheus' text format.
func (s *Server) getMetrics(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if s.opts.Metrics == nil {
		return endpoint.StatusError{Status: http.StatusNotFound}
	}
	if !s.opts.MetricsOpen {
		if err := s.mayReadMetrics(who); err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	s.opts.Metrics.ServeHTTP(w, r)
	return nil
}

// mayReadMetrics names the scope also to those who are nobody: JupyterHub does, and
// whoever sets up Prometheus learns what its token needs.
func (s *Server) mayReadMetrics(who *access.Requester) error {
	if err := s.app.May(who, metricsScope); err != nil {
		return endpoint.StatusError{Status: http.StatusForbidden, Msg: "Reading the metrics needs a token with the scope " + metricsScope + ".", Cause: err}
	}
	return nil
}

// observeRequest reports a request to the observer.
func (s *Server) observeRequest(r *http.Request, c *endpoint.Call, status int, took time.Duration) {
	if status == 0 {
		status = http.StatusOK // the handler wrote nothing, and net/http says so for it
	}
	name := c.Handler
	if name == "" {
		name = handlerWithoutRoute(status)
	}
	s.observer.Request(r.Method, name, status, took)
}

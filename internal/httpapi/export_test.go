package httpapi

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

// SetWait sets how long a request waits for its share of a quota.
func (s *Server) SetWait(wait time.Duration) { s.wait = wait }

// Lists is how many have lists under way.
func (s *Server) Lists() int { return s.listQuotas.Users() }

// Requests is how many have their requests counted.
func (s *Server) Requests() int { return s.requestQuotas.Users() }

// InFlight is how many requests of those who are known are under way.
func (s *Server) InFlight() int64 { return s.inFlight.Load() }

// What tests look at.
const (
	BusyThreshold  = busyThreshold
	MaxOwnLists    = maxOwnLists
	MaxOwnRequests = maxOwnRequests
	MetricsScope   = metricsScope
)

// ErrOwnLists is errOwnLists.
var ErrOwnLists = errOwnLists

// HandlerName is handlerName.
func HandlerName(pattern string) string { return handlerName(pattern) }

// APIRoutes is the table of the API.
func (s *Server) APIRoutes() []endpoint.Route { return s.apiRoutes() }

// PageRoutes is the table of the pages.
func (s *Server) PageRoutes() []endpoint.Route { return s.pageRoutes() }

// Register replaces the table.
func (s *Server) Register(routes []endpoint.Route) error { return s.register(routes) }

// LimitLists is limitLists.
func (s *Server) LimitLists(handle endpoint.Handler) endpoint.Handler { return s.limitLists(handle) }

// Handle is handle.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request, who *access.Requester, rt endpoint.Route) error {
	return s.handle(w, r, who, rt)
}

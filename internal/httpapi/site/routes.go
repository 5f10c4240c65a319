package site

import (
	"net/http"
	"slices"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

// Routes is the table of the pages, under the hub's prefix.
func (s *Handlers) Routes() []endpoint.Route {
	const get, post = http.MethodGet, http.MethodPost
	routes := []endpoint.Route{
		{Method: get, Pattern: "/{$}", Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.root},
		{Method: get, Pattern: "/home", Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.home},

		{Method: get, Pattern: "/quota", Kind: endpoint.Page, Handle: s.ownQuota},
		{Method: get, Pattern: "/admin", Kind: endpoint.Page, Handle: s.panelRoot},

		{Method: get, Pattern: "/login", Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.showLogin},
		{Method: post, Pattern: "/login", Kind: endpoint.Page, Framing: endpoint.FrameListed, OwnXSRF: true, Handle: s.logIn},
		{Method: get, Pattern: "/logout", Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.logOut},
		{Method: post, Pattern: "/logout", Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.logOut},
		{Method: post, Pattern: "/logout-everywhere", Kind: endpoint.Page, Handle: s.logOutEverywhere},
		{Method: get, Pattern: "/change-password", Kind: endpoint.Page, Handle: s.showChangePassword},
		{Method: post, Pattern: "/change-password", Kind: endpoint.Page, Handle: s.changePassword},
		{Method: get, Pattern: cloudChangePage, Kind: endpoint.Page, Handle: s.showChangePassword},
		{Method: post, Pattern: cloudChangePage, Kind: endpoint.Page, Handle: s.changePassword},

		{Method: get, Pattern: "/accept-share", Kind: endpoint.Page, Handle: s.showShare},
		{Method: post, Pattern: "/accept-share", Kind: endpoint.Page, Handle: s.acceptShare},
		{Method: get, Pattern: "/user-redirect/{path...}", Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.userRedirect},

		{Method: get, Pattern: "/api/oauth2/authorize", Kind: endpoint.Page, Framing: endpoint.FrameSubdomains, Handle: s.authorize},
		{Method: post, Pattern: "/api/oauth2/authorize", Kind: endpoint.Page, Handle: s.approve},
		{Method: post, Pattern: "/api/oauth2/token", Kind: endpoint.Public, Handle: s.exchangeToken},

		{Method: get, Pattern: "/error/{code}", Kind: endpoint.Public, Handle: s.showError},
		{Method: post, Pattern: "/security/csp-report", Kind: endpoint.Public, Handle: s.cspReport},
	}
	for _, page := range panelPages() {
		routes = append(routes, endpoint.Route{Method: get, Pattern: "/admin/" + page, Kind: endpoint.Page, Handle: s.panel})
	}
	for _, pattern := range []string{"/spawn", "/spawn/{user}", "/spawn/{user}/{server}"} {
		routes = append(routes,
			endpoint.Route{Method: get, Pattern: pattern, Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.showSpawn},
			endpoint.Route{Method: post, Pattern: pattern, Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.spawn})
	}
	for _, server := range []string{"/{user}", "/{user}/{server}"} {
		routes = append(routes,
			endpoint.Route{Method: get, Pattern: "/spawn-pending" + server, Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.spawnPending},
			endpoint.Route{Method: post, Pattern: "/stop" + server, Kind: endpoint.Page, Framing: endpoint.FrameListed, Handle: s.stopFromPage})
	}
	for _, pattern := range []string{"/user/{user}", "/user/{user}/{path...}"} {
		routes = append(routes, endpoint.Route{Method: get, Pattern: pattern, Kind: endpoint.Mixed, Framing: endpoint.FrameListed, Handle: s.notRunning})
		for _, method := range []string{post, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			routes = append(routes, endpoint.Route{Method: method, Pattern: pattern, Kind: endpoint.Mixed, Handle: s.notRunningCall})
		}
	}
	for _, pattern := range []string{"/static/{path...}", "/logo"} {
		for _, method := range []string{get, http.MethodHead} {
			routes = append(routes, endpoint.Route{Method: method, Pattern: pattern, Kind: endpoint.Public, Handle: s.static})
		}
	}
	return slices.Concat(routes, s.tokenPageRoutes(), s.accountRoutes())
}

package httpapi

import (
	"net/http"
)

// routes is the table of the pages, under the hub's prefix.
func (s *siteHandlers) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	routes := []route{
		{Method: get, Pattern: "/{$}", kind: page, framing: frameListed, Handle: s.root},
		{Method: get, Pattern: "/home", kind: page, framing: frameListed, Handle: s.home},

		{Method: get, Pattern: "/login", kind: page, framing: frameListed, Handle: s.showLogin},
		{Method: post, Pattern: "/login", kind: page, framing: frameListed, ownXSRF: true, Handle: s.logIn},
		{Method: get, Pattern: "/logout", kind: page, framing: frameListed, Handle: s.logOut},
		{Method: post, Pattern: "/logout", kind: page, framing: frameListed, Handle: s.logOut},
		{Method: post, Pattern: "/logout-everywhere", kind: page, Handle: s.logOutEverywhere},
		{Method: get, Pattern: "/change-password", kind: page, Handle: s.showChangePassword},
		{Method: post, Pattern: "/change-password", kind: page, Handle: s.changePassword},
		{Method: get, Pattern: cloudChangePage, kind: page, Handle: s.showChangePassword},
		{Method: post, Pattern: cloudChangePage, kind: page, Handle: s.changePassword},

		{Method: get, Pattern: "/accept-share", kind: page, Handle: s.showShare},
		{Method: post, Pattern: "/accept-share", kind: page, Handle: s.acceptShare},
		{Method: get, Pattern: "/user-redirect/{path...}", kind: page, framing: frameListed, Handle: s.userRedirect},

		{Method: get, Pattern: "/api/oauth2/authorize", kind: page, framing: frameSubdomains, Handle: s.authorize},
		{Method: post, Pattern: "/api/oauth2/authorize", kind: page, Handle: s.approve},
		{Method: post, Pattern: "/api/oauth2/token", kind: public, Handle: s.exchangeToken},

		{Method: get, Pattern: "/error/{code}", kind: public, Handle: s.showError},
		{Method: post, Pattern: "/security/csp-report", kind: public, Handle: s.cspReport},
	}
	for _, pattern := range []string{"/spawn", "/spawn/{user}", "/spawn/{user}/{server}"} {
		routes = append(routes,
			route{Method: get, Pattern: pattern, kind: page, framing: frameListed, Handle: s.showSpawn},
			route{Method: post, Pattern: pattern, kind: page, framing: frameListed, Handle: s.spawn})
	}
	for _, server := range []string{"/{user}", "/{user}/{server}"} {
		routes = append(routes,
			route{Method: get, Pattern: "/spawn-pending" + server, kind: page, framing: frameListed, Handle: s.spawnPending},
			route{Method: post, Pattern: "/stop" + server, kind: page, framing: frameListed, Handle: s.stopFromPage})
	}
	for _, pattern := range []string{"/user/{user}", "/user/{user}/{path...}"} {
		routes = append(routes, route{Method: get, Pattern: pattern, kind: mixed, framing: frameListed, Handle: s.notRunning})
		for _, method := range []string{post, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			routes = append(routes, route{Method: method, Pattern: pattern, kind: mixed, Handle: s.notRunningCall})
		}
	}
	for _, pattern := range []string{"/static/{path...}", "/logo"} {
		for _, method := range []string{get, http.MethodHead} {
			routes = append(routes, route{Method: method, Pattern: pattern, kind: public, Handle: s.static})
		}
	}
	return append(routes, s.tokenPageRoutes()...)
}

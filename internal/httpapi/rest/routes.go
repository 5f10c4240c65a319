package rest

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

// Routes is the table of JupyterHub's REST API. api/openapi.yaml describes exactly these
// and those of package extensions; a test compares.
func (a *API) Routes() []endpoint.Route {
	const (
		get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

		user    = "/api/users/{name}"
		group   = "/api/groups/{group}"
		service = "/api/services/{service}"
	)
	readService := []string{"read:services", "read:services:name", "read:roles:services"}
	readUser := []string{"read:users", "read:users:name", "read:servers", "read:users:groups", "read:users:activity", "read:roles:users"}
	readGroup := []string{"read:groups", "read:groups:name", "read:roles:groups"}
	routes := []endpoint.Route{
		{Method: get, Pattern: endpoint.APIRoot, Operation: "get-version", Kind: endpoint.Public, Handle: a.getVersion},
		{Method: get, Pattern: "/api/info", Operation: "get-info", Scopes: []string{"read:hub"}, Handle: a.getInfo},
		{Method: post, Pattern: "/api/shutdown", Operation: "post-shutdown", Scopes: []string{"shutdown"}, LongRunning: true, Handle: a.postShutdown},
		{Method: get, Pattern: "/api/user", Operation: "get-self", Handle: a.getSelf},

		{Method: get, Pattern: "/api/users", Operation: "get-users", Scopes: []string{"list:users"}, Handle: a.listUsers},
		{Method: post, Pattern: "/api/users", Operation: "post-users", Scopes: access.CreateScopes(), Handle: a.createUsers},
		{Method: get, Pattern: user, Operation: "get-user", Scopes: readUser, Handle: a.getUser},
		{Method: post, Pattern: user, Operation: "post-user", Scopes: access.CreateScopes(), Handle: a.createUser},
		{Method: patch, Pattern: user, Operation: "patch-user", Scopes: []string{"admin:users", "admin:passwords"}, Handle: a.patchUser},
		{Method: del, Pattern: user, Operation: "delete-user", Scopes: []string{"delete:users"}, LongRunning: true, Handle: a.deleteUser},
		{Method: post, Pattern: user + "/revoke", Operation: "post-user-revoke", Scopes: []string{"admin:users"}, Handle: a.revokeUser},
		{Method: post, Pattern: user + "/activity", Operation: "post-user-activity", Scopes: []string{"users:activity"}, Small: true, Handle: a.postActivity},

		{Method: post, Pattern: user + "/admin-access", Operation: "post-user-admin-access", Scopes: []string{"servers"}, Handle: a.adminAccess},

		{Method: get, Pattern: user + "/tokens", Operation: "get-user-tokens", Scopes: []string{"read:tokens"}, List: true, Handle: a.listTokens},
		{Method: post, Pattern: user + "/tokens", Operation: "post-user-token", Scopes: []string{"tokens"}, OwnXSRF: true, Small: true, Handle: a.createToken},
		{Method: get, Pattern: user + "/tokens/{id}", Operation: "get-user-token", Scopes: []string{"read:tokens"}, Handle: a.getToken},
		{Method: del, Pattern: user + "/tokens/{id}", Operation: "delete-user-token", Scopes: []string{"tokens"}, Handle: a.deleteToken},

		{Method: get, Pattern: user + "/sessions", Operation: "get-user-sessions", Scopes: []string{"admin:users", "read:tokens"}, List: true, Handle: a.listSessions},
		{Method: del, Pattern: user + "/sessions", Operation: "delete-user-sessions", Scopes: []string{"admin:users", "tokens"}, Handle: a.endOtherSessions},
		{Method: del, Pattern: user + "/sessions/{id}", Operation: "delete-user-session", Scopes: []string{"admin:users", "tokens"}, Handle: a.endSession},

		{Method: get, Pattern: "/api/groups", Operation: "get-groups", Scopes: []string{"list:groups"}, List: true, Handle: a.listGroups},
		{Method: post, Pattern: "/api/groups", Operation: "post-groups", Scopes: []string{"admin:groups"}, Handle: a.createGroups},
		{Method: get, Pattern: group, Operation: "get-group", Scopes: readGroup, List: true, Handle: a.getGroup},
		{Method: post, Pattern: group, Operation: "post-group", Scopes: []string{"admin:groups"}, Handle: a.createGroup},
		{Method: patch, Pattern: group, Operation: "patch-group", Scopes: []string{"admin:groups", "groups"}, Small: true, Handle: a.patchGroup},
		{Method: del, Pattern: group, Operation: "delete-group", Scopes: []string{"delete:groups"}, Handle: a.deleteGroup},
		{Method: post, Pattern: group + "/users", Operation: "post-group-users", Scopes: []string{"groups"}, Handle: a.addGroupUsers},
		{Method: del, Pattern: group + "/users", Operation: "delete-group-users", Scopes: []string{"groups"}, Handle: a.removeGroupUsers},
		{Method: put, Pattern: group + "/properties", Operation: "put-group-properties", Scopes: []string{"groups"}, Small: true, Handle: a.putGroupProperties},

		{Method: get, Pattern: "/api/services", Operation: "get-services", Scopes: []string{"list:services"}, Handle: a.listServices},
		{Method: get, Pattern: service, Operation: "get-service", Scopes: readService, Handle: a.getService},
		{Method: post, Pattern: service, Operation: "post-service", Scopes: []string{"admin:services"}, Handle: a.createService},
		{Method: del, Pattern: service, Operation: "delete-service", Scopes: []string{"admin:services"}, Handle: a.deleteService},

		{Method: get, Pattern: "/api/proxy", Operation: "get-proxy", Scopes: []string{"proxy"}, Handle: a.getProxy},
		{Method: post, Pattern: "/api/proxy", Operation: "post-proxy", Scopes: []string{"proxy"}, Handle: a.postProxy},
		{Method: patch, Pattern: "/api/proxy", Operation: "patch-proxy", Scopes: []string{"proxy"}, Handle: a.patchProxy},

		{Method: get, Pattern: "/health/ready", Operation: "get-ready", Kind: endpoint.Public, Handle: a.getReady},
	}
	routes = append(routes, a.authorizationRoutes()...)
	routes = append(routes, a.shareRoutes()...)
	routes = append(routes, a.serverRoutes(user+"/server", "")...)
	routes = append(routes, a.serverRoutes(user+"/servers/{server}", "-named")...)
	for _, health := range []struct{ pattern, suffix string }{{"/health", ""}, {"/api/health", "-api"}} {
		routes = append(routes,
			endpoint.Route{Method: get, Pattern: health.pattern, Operation: "get-health" + health.suffix, Kind: endpoint.Public, Handle: a.getHealth},
			endpoint.Route{Method: http.MethodHead, Pattern: health.pattern, Operation: "head-health" + health.suffix, Kind: endpoint.Public, Handle: a.getHealth})
	}
	return routes
}

// serverRoutes is what can be done with a server, the default one or a named one.
func (a *API) serverRoutes(pattern, suffix string) []endpoint.Route {
	op := func(verb string) string { return verb + "-user-server" + suffix }
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: pattern, Operation: op("get"), Scopes: []string{"read:servers"}, Handle: a.getServer},
		{Method: http.MethodPost, Pattern: pattern, Operation: op("post"), Scopes: []string{"start:servers"}, Small: true, LongRunning: true, Handle: a.startServer},
		{Method: http.MethodPut, Pattern: pattern, Operation: op("put"), Scopes: []string{"start:servers"}, Small: true, Handle: a.putServer},
		{Method: http.MethodPatch, Pattern: pattern, Operation: op("patch"), Scopes: []string{"start:servers"}, Small: true, Handle: a.patchServer},
		{Method: http.MethodDelete, Pattern: pattern, Operation: op("delete"), Scopes: []string{"delete:servers"}, Small: true, LongRunning: true, Handle: a.stopServer},
		{
			Method: http.MethodGet, Pattern: pattern + "/progress", Operation: op("get") + "-progress",
			Scopes: []string{"read:servers"}, LongRunning: true, Handle: a.getProgress,
		},
		{
			Method: http.MethodGet, Pattern: pattern + "/events", Operation: op("get") + "-events",
			Scopes: []string{"read:servers"}, List: true, Handle: a.getServerEvents,
		},
		{
			Method: http.MethodGet, Pattern: pattern + "/log", Operation: op("get") + "-log",
			Scopes: []string{"access:servers", "admin:server_state"}, List: true, Handle: a.getServerLog,
		},
	}
}

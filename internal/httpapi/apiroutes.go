package httpapi

import "net/http"

// apiRoot is the one address that any page may read.
const apiRoot = "/api"

// apiRoutes is the table of the REST API. api/openapi.yaml describes exactly these;
// a test compares the two.
func (s *Server) apiRoutes() []route {
	const (
		get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

		user    = "/api/users/{name}"
		group   = "/api/groups/{group}"
		service = "/api/services/{service}"
	)
	readService := []string{"read:services", "read:services:name", "read:roles:services"}
	readUser := []string{"read:users", "read:users:name", "read:servers", "read:users:groups", "read:users:activity", "read:roles:users"}
	readGroup := []string{"read:groups", "read:groups:name", "read:roles:groups"}
	routes := []route{
		{Method: get, Pattern: apiRoot, Operation: "get-version", kind: public, Handle: s.getVersion},
		{Method: get, Pattern: "/api/info", Operation: "get-info", Scopes: []string{"read:hub"}, Handle: s.getInfo},
		{Method: post, Pattern: "/api/shutdown", Operation: "post-shutdown", Scopes: []string{"shutdown"}, longRunning: true, Handle: s.postShutdown},
		{Method: get, Pattern: "/api/user", Operation: "get-self", Handle: s.getSelf},

		{Method: get, Pattern: "/api/users", Operation: "get-users", Scopes: []string{"list:users"}, Handle: s.listUsers},
		{Method: post, Pattern: "/api/users", Operation: "post-users", Scopes: []string{"admin:users"}, Handle: s.createUsers},
		{Method: get, Pattern: user, Operation: "get-user", Scopes: readUser, Handle: s.getUser},
		{Method: post, Pattern: user, Operation: "post-user", Scopes: []string{"admin:users"}, Handle: s.createUser},
		{Method: patch, Pattern: user, Operation: "patch-user", Scopes: []string{"admin:users"}, Handle: s.patchUser},
		{Method: del, Pattern: user, Operation: "delete-user", Scopes: []string{"delete:users"}, longRunning: true, Handle: s.deleteUser},
		{Method: post, Pattern: user + "/revoke", Operation: "post-user-revoke", Scopes: []string{"admin:users"}, Handle: s.revokeUser},
		{Method: post, Pattern: user + "/activity", Operation: "post-user-activity", Scopes: []string{"users:activity"}, small: true, Handle: s.postActivity},

		{Method: post, Pattern: user + "/admin-access", Operation: "post-user-admin-access", Scopes: []string{"servers"}, Handle: s.adminAccess},

		{Method: get, Pattern: user + "/tokens", Operation: "get-user-tokens", Scopes: []string{"read:tokens"}, list: true, Handle: s.listTokens},
		{Method: post, Pattern: user + "/tokens", Operation: "post-user-token", Scopes: []string{"tokens"}, ownXSRF: true, small: true, Handle: s.createToken},
		{Method: get, Pattern: user + "/tokens/{id}", Operation: "get-user-token", Scopes: []string{"read:tokens"}, Handle: s.getToken},
		{Method: del, Pattern: user + "/tokens/{id}", Operation: "delete-user-token", Scopes: []string{"tokens"}, Handle: s.deleteToken},

		{Method: get, Pattern: "/api/groups", Operation: "get-groups", Scopes: []string{"list:groups"}, list: true, Handle: s.listGroups},
		{Method: post, Pattern: "/api/groups", Operation: "post-groups", Scopes: []string{"admin:groups"}, Handle: s.createGroups},
		{Method: get, Pattern: group, Operation: "get-group", Scopes: readGroup, list: true, Handle: s.getGroup},
		{Method: post, Pattern: group, Operation: "post-group", Scopes: []string{"admin:groups"}, Handle: s.createGroup},
		{Method: del, Pattern: group, Operation: "delete-group", Scopes: []string{"delete:groups"}, Handle: s.deleteGroup},
		{Method: post, Pattern: group + "/users", Operation: "post-group-users", Scopes: []string{"groups"}, Handle: s.addGroupUsers},
		{Method: del, Pattern: group + "/users", Operation: "delete-group-users", Scopes: []string{"groups"}, Handle: s.removeGroupUsers},
		{Method: put, Pattern: group + "/properties", Operation: "put-group-properties", Scopes: []string{"groups"}, small: true, Handle: s.putGroupProperties},

		{Method: get, Pattern: "/api/services", Operation: "get-services", Scopes: []string{"list:services"}, Handle: s.listServices},
		{Method: get, Pattern: service, Operation: "get-service", Scopes: readService, Handle: s.getService},
		{Method: post, Pattern: service, Operation: "post-service", Scopes: []string{"admin:services"}, Handle: s.createService},
		{Method: del, Pattern: service, Operation: "delete-service", Scopes: []string{"admin:services"}, Handle: s.deleteService},

		{Method: get, Pattern: "/api/proxy", Operation: "get-proxy", Scopes: []string{"proxy"}, Handle: s.getProxy},
		{Method: post, Pattern: "/api/proxy", Operation: "post-proxy", Scopes: []string{"proxy"}, Handle: s.postProxy},
		{Method: patch, Pattern: "/api/proxy", Operation: "patch-proxy", Scopes: []string{"proxy"}, Handle: s.patchProxy},

		{Method: get, Pattern: "/api/audit", Operation: "get-audit", Scopes: []string{"read:audit"}, Handle: s.getAudit},

		{Method: get, Pattern: "/health/ready", Operation: "get-ready", kind: public, Handle: s.getReady},
	}
	routes = append(routes, s.bulkRoutes()...)
	routes = append(routes, s.homeRoutes()...)
	routes = append(routes, s.learningCloudRoutes()...)
	routes = append(routes, s.authorizationRoutes()...)
	routes = append(routes, s.metricsRoutes()...)
	routes = append(routes, s.shareRoutes()...)
	routes = append(routes, s.serverRoutes(user+"/server", "")...)
	routes = append(routes, s.serverRoutes(user+"/servers/{server}", "-named")...)
	for _, health := range []struct{ pattern, suffix string }{{"/health", ""}, {"/api/health", "-api"}} {
		routes = append(routes,
			route{Method: get, Pattern: health.pattern, Operation: "get-health" + health.suffix, kind: public, Handle: s.getHealth},
			route{Method: http.MethodHead, Pattern: health.pattern, Operation: "head-health" + health.suffix, kind: public, Handle: s.getHealth})
	}
	return routes
}

// serverRoutes is what can be done with a server, the default one or a named one.
func (s *Server) serverRoutes(pattern, suffix string) []route {
	op := func(verb string) string { return verb + "-user-server" + suffix }
	return []route{
		{Method: http.MethodGet, Pattern: pattern, Operation: op("get"), Scopes: []string{"read:servers"}, Handle: s.getServer},
		{Method: http.MethodPost, Pattern: pattern, Operation: op("post"), Scopes: []string{"start:servers"}, small: true, longRunning: true, Handle: s.startServer},
		{Method: http.MethodPut, Pattern: pattern, Operation: op("put"), Scopes: []string{"start:servers"}, small: true, Handle: s.putServer},
		{Method: http.MethodPatch, Pattern: pattern, Operation: op("patch"), Scopes: []string{"start:servers"}, small: true, Handle: s.patchServer},
		{Method: http.MethodDelete, Pattern: pattern, Operation: op("delete"), Scopes: []string{"delete:servers"}, small: true, longRunning: true, Handle: s.stopServer},
		{
			Method: http.MethodGet, Pattern: pattern + "/progress", Operation: op("get") + "-progress",
			Scopes: []string{"read:servers"}, longRunning: true, Handle: s.getProgress,
		},
		{
			Method: http.MethodGet, Pattern: pattern + "/log", Operation: op("get") + "-log",
			Scopes: []string{"access:servers", "admin:server_state"}, list: true, Handle: s.getServerLog,
		},
	}
}

package httpapi

import (
	"net/http"
	"strings"
)

// handlerName is what metrics call the route with the pattern: the name of the class
// that answers it in JupyterHub 6.1.1, which dashboards pick by, or where it has none
// a name of the same form. So there are as many as routes, whatever clients ask for.
func handlerName(pattern string) string {
	if name, ok := jupyterHubHandler(pattern); ok {
		return "jupyterhub." + name
	}
	return "atrium" + strings.NewReplacer("/", ".", "{$}", "", "...", "", "{", "", "}", "").Replace(pattern)
}

// handlerWithoutRoute is the name for a request that matched no route.
func handlerWithoutRoute(status int) string {
	if status == http.StatusFound { // outside of the hub's prefix
		return "jupyterhub.handlers.base.PrefixRedirectHandler"
	}
	return "jupyterhub.handlers.base.Template404"
}

func jupyterHubHandler(pattern string) (string, bool) {
	api, onAPI := strings.CutPrefix(pattern, "/api")
	if onAPI {
		return jupyterHubAPI(api)
	}
	if strings.HasPrefix(pattern, "/admin/api/") {
		return "", false
	}
	switch first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/"); first {
	case "{$}":
		return "handlers.pages.RootHandler", true
	case "home":
		return "handlers.pages.HomeHandler", true
	case "admin":
		return "handlers.pages.AdminHandler", true
	case "spawn":
		return "handlers.pages.SpawnHandler", true
	case "spawn-pending":
		return "handlers.pages.SpawnPendingHandler", true
	case "token":
		return "handlers.pages.TokenPageHandler", true
	case "accept-share":
		return "handlers.pages.AcceptShareHandler", true
	case "error":
		return "handlers.pages.ProxyErrorHandler", true
	case "health":
		return "handlers.pages.HealthCheckHandler", true
	case "login":
		return "handlers.login.LoginHandler", true
	case "logout":
		return "handlers.login.LogoutHandler", true
	case "metrics":
		return "handlers.metrics.MetricsHandler", true
	case "user":
		return "handlers.base.UserUrlHandler", true
	case "user-redirect":
		return "handlers.base.UserRedirectHandler", true
	case "security":
		return "handlers.base.CSPReportHandler", true
	case "static":
		return "handlers.static.CacheControlStaticFilesHandler", true
	case "logo":
		return "handlers.static.LogoHandler", true
	}
	return "", false
}

// jupyterHubAPI takes the pattern without "/api".
func jupyterHubAPI(pattern string) (string, bool) {
	segments := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	switch segments[0] {
	case "":
		return "apihandlers.hub.RootAPIHandler", true
	case "info":
		return "apihandlers.hub.InfoAPIHandler", true
	case "shutdown":
		return "apihandlers.hub.ShutdownAPIHandler", true
	case "proxy":
		return "apihandlers.proxy.ProxyAPIHandler", true
	case "user":
		return "apihandlers.users.SelfAPIHandler", true
	case "users":
		return userHandler(segments)
	case "groups":
		return groupHandler(segments)
	case "services":
		return listOrOne(segments, "apihandlers.services.Service"), true
	case "shares":
		return "apihandlers.shares.ServerShareAPIHandler", true
	case "share-codes":
		return "apihandlers.shares.ServerShareCodeAPIHandler", true
	case "health":
		return "handlers.pages.HealthCheckHandler", true
	case "metrics":
		return "handlers.metrics.MetricsHandler", true
	}
	switch strings.Join(segments[:min(2, len(segments))], "/") {
	case "oauth2/authorize":
		return "apihandlers.auth.OAuthAuthorizeHandler", true
	case "oauth2/token":
		return "apihandlers.auth.OAuthTokenHandler", true
	case "authorizations/token":
		return "apihandlers.auth.TokenAPIHandler", true
	case "authorizations/cookie":
		return "apihandlers.auth.CookieAPIHandler", true
	}
	return "", false
}

func userHandler(segments []string) (string, bool) {
	const users, shares = "apihandlers.users.", "apihandlers.shares."
	if len(segments) < 3 {
		return listOrOne(segments, users+"User"), true
	}
	if segments[len(segments)-1] == "progress" {
		return users + "SpawnProgressAPIHandler", true // dashboards leave it out: it stays open
	}
	switch segments[2] {
	case "server", "servers":
		return users + "UserServerAPIHandler", true
	case "tokens":
		if len(segments) == 3 {
			return users + "UserTokenListAPIHandler", true
		}
		return users + "UserTokenAPIHandler", true
	case "activity":
		return users + "ActivityAPIHandler", true
	case "admin-access":
		return users + "UserAdminAccessAPIHandler", true
	case "shared":
		if len(segments) == 3 {
			return shares + "UserShareListAPIHandler", true
		}
		return shares + "UserShareAPIHandler", true
	}
	return "", false
}

func groupHandler(segments []string) (string, bool) {
	const groups, shares = "apihandlers.groups.", "apihandlers.shares."
	if len(segments) < 3 {
		return listOrOne(segments, groups+"Group"), true
	}
	switch segments[2] {
	case "users":
		return groups + "GroupUsersAPIHandler", true
	case "properties":
		return groups + "GroupPropertiesAPIHandler", true
	case "shared":
		if len(segments) == 3 {
			return shares + "GroupShareListAPIHandler", true
		}
		return shares + "GroupShareAPIHandler", true
	}
	return "", false
}

// listOrOne names the handler of a list, or of one thing in it.
func listOrOne(segments []string, prefix string) string {
	if len(segments) == 1 {
		return prefix + "ListAPIHandler"
	}
	return prefix + "APIHandler"
}

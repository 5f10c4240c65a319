package services

import (
	"encoding/json"

	"github.com/atriumhub/atrium/internal/hub"
)

// ServiceEnv is the environment that a managed service gets from the hub (JupyterHub
// 6.1.1's Service.start); own is the service's, which may replace all but its name
// and where it is. user is the account that it runs as, empty for the hub's.
func (se *Services) ServiceEnv(v hub.Service, token, user string, own map[string]string) map[string]string {
	access, _ := json.Marshal([]string{"access:services", "access:services!service=" + v.Name})
	allowed, _ := json.Marshal(append([]string{}, v.AllowedScopes...))
	env := map[string]string{
		"JUPYTERHUB_API_TOKEN":                   token,
		"JPY_API_TOKEN":                          token,
		"JUPYTERHUB_API_URL":                     se.cfg.ConnectURL + se.cfg.Site.Base + "hub/api",
		"JUPYTERHUB_BASE_URL":                    se.cfg.Site.Base,
		"JUPYTERHUB_HOST":                        se.cfg.Site.Origin,
		"JUPYTERHUB_CLIENT_ID":                   "service-" + v.Name,
		"JUPYTERHUB_OAUTH_ACCESS_SCOPES":         string(access),
		"JUPYTERHUB_OAUTH_SCOPES":                string(access),
		"JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": string(allowed),
		"JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED":  "0",
		"JUPYTERHUB_USER":                        user,
		"JUPYTERHUB_SERVER_NAME":                 "",
		"JUPYTERHUB_PUBLIC_URL":                  "",
		"JUPYTERHUB_PUBLIC_HUB_URL":              "",
	}
	if v.ClientID != "" {
		env["JUPYTERHUB_CLIENT_ID"] = v.ClientID
		env["JUPYTERHUB_OAUTH_CALLBACK_URL"] = v.RedirectURI
	}
	if v.ClientID != "" && v.URL != "" {
		// Where its callback is behind the proxy, whatever is registered: programs look for
		// the path to answer at. See hub.OAuthClient.SendsTo.
		env["JUPYTERHUB_OAUTH_CALLBACK_URL"] = se.cfg.Site.ServiceURL(v.Name) + "oauth_callback"
	}
	prefix := hub.ServicePath(se.cfg.Site.Base, v.Name)
	if se.cfg.Site.Origin != "" {
		env["JUPYTERHUB_PUBLIC_HUB_URL"] = se.cfg.Site.Origin + se.cfg.Site.Base + "hub/"
		if v.URL != "" {
			env["JUPYTERHUB_PUBLIC_URL"] = se.cfg.Site.ServiceOrigin(v.Name) + prefix
		}
	}
	for name, value := range own {
		env[name] = value
	}
	env["JUPYTERHUB_SERVICE_NAME"] = v.Name
	if v.URL != "" {
		env["JUPYTERHUB_SERVICE_URL"] = v.URL
		env["JUPYTERHUB_SERVICE_PREFIX"] = prefix
	}
	return env
}

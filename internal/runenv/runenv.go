// Package runenv says what notebook servers find in their environment of the hub, and as which OAuth client they know it: as
// JupyterHub's do.
package runenv

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// Hub is what servers are told of it.
type Hub struct {
	Site         hub.Site
	ConnectURL   string   // under which they reach it
	ClientScopes []string // what they may do in the names of those who open them
	AccessScope  string   // that lets somebody open this one
}

// Of is the environment of a notebook server (JupyterHub 6.1.1's
// Spawner.get_env); the driver adds the address and what belongs to the account.
func Of(h Hub, s hub.Server, prefix, secret string) map[string]string {
	api := h.ConnectURL + h.Site.Base + "hub/api"
	access, _ := json.Marshal([]string{
		h.AccessScope, "access:servers!user=" + s.UserName,
	})
	allowed, _ := json.Marshal(append([]string{}, h.ClientScopes...))
	env := map[string]string{
		"JUPYTERHUB_API_TOKEN":                   secret,
		"JPY_API_TOKEN":                          secret,
		"JUPYTERHUB_CLIENT_ID":                   s.ClientID,
		"JUPYTERHUB_API_URL":                     api,
		"JUPYTERHUB_ACTIVITY_URL":                api + "/users/" + hub.EscapeName(s.UserName) + "/activity",
		"JUPYTERHUB_BASE_URL":                    h.Site.Base,
		"JUPYTERHUB_HOST":                        h.Site.Origin,
		"JUPYTERHUB_SERVICE_PREFIX":              prefix,
		"JUPYTERHUB_OAUTH_CALLBACK_URL":          h.Site.ServerURL(s.UserName, s.Name) + "oauth_callback",
		"JUPYTERHUB_OAUTH_ACCESS_SCOPES":         string(access),
		"JUPYTERHUB_OAUTH_SCOPES":                string(access),
		"JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": string(allowed),
		"JUPYTERHUB_USER":                        s.UserName,
		"JUPYTERHUB_SERVER_NAME":                 s.Name,
		"JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED":  "0",
		"JUPYTERHUB_PUBLIC_URL":                  "",
		"JUPYTERHUB_PUBLIC_HUB_URL":              "",
	}
	if h.Site.Origin != "" {
		env["JUPYTERHUB_PUBLIC_URL"] = h.Site.UserOrigin(s.UserName) + prefix
		env["JUPYTERHUB_PUBLIC_HUB_URL"] = h.Site.Origin + h.Site.Base + "hub/"
	}
	return env
}

// ClientID is JupyterHub's name for a server's OAuth client. The names of a person and a server,
// joined by a hyphen, can mean two servers (alice + x, alice-x): then the later one gets its id
// appended, after a character that quote never leaves, so that no names give the same. It is one
// that the name of a cookie may have.
func ClientID(s hub.Server) string {
	id := "jupyterhub-user-" + quote(s.UserName)
	if s.Name != "" {
		id += "-" + quote(s.Name)
	}
	return id
}

// quote percent-encodes all but letters, digits and "_.-~", as Python's
// quote(name, safe="") does.
func quote(name string) string { return strings.ReplaceAll(url.QueryEscape(name), "+", "%20") }

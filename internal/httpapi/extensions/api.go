// Package extensions answers what there is beyond JupyterHub's REST API: many people or servers
// in one request, files of people, what happens at this moment, homes and nodes, the audit log, usage, and what the AUP
// Learning Cloud added.
package extensions

import (
	"net/http"
	"slices"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/upload"
)

// API answers what Atrium adds to JupyterHub's REST API. Make it with New.
type API struct {
	env *endpoint.Env
	app *app.App
}

// New makes an API that answers in env.
func New(env *endpoint.Env) *API { return &API{env: env, app: env.App} }

// Routes is the table of them.
func (a *API) Routes() []endpoint.Route {
	return slices.Concat(a.bulkRoutes(), a.usageRoutes(), a.homeRoutes(), a.learningCloudRoutes(), a.announcementRoutes(), a.roleRoutes(), a.viewRoutes(), a.profileRoutes(), a.cloudResourceRoutes(), a.endRoutes(), []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/audit", Operation: "get-audit", Scopes: []string{"read:audit"}, Handle: a.getAudit},
		{Method: http.MethodGet, Pattern: "/api/tokens", Operation: "get-tokens", Scopes: []string{"read:tokens"}, Handle: a.listGivenTokens},
		{Method: http.MethodPost, Pattern: "/api/sheets", Operation: "post-sheets", Scopes: upload.SheetScopes(), List: true, Handle: a.readSheet},
		{Method: http.MethodGet, Pattern: "/api/events", Operation: "get-events", LongRunning: true, Handle: a.followEvents},
	})
}

// model is a JSON object whose keys depend on what there is to say.
type model map[string]any

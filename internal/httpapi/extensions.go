package httpapi

import (
	"net/http"
	"slices"

	"github.com/atriumhub/atrium/internal/app"
)

// extensionsAPI answers what Atrium adds to JupyterHub's REST API. Make it with newExtensions.
type extensionsAPI struct {
	env *Env
	app *app.App
}

// newExtensions makes an API that answers in env.
func newExtensions(env *Env) *extensionsAPI { return &extensionsAPI{env: env, app: env.app} }

// routes is the table of them.
func (a *extensionsAPI) routes() []route {
	return slices.Concat(a.bulkRoutes(), a.homeRoutes(), a.learningCloudRoutes(), []route{
		{Method: http.MethodGet, Pattern: "/api/audit", Operation: "get-audit", Scopes: []string{"read:audit"}, Handle: a.getAudit},
	})
}

// cloudModel is a JSON object whose keys depend on what there is to say.
type cloudModel map[string]any

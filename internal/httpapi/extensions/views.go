package extensions

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/views"
)

// viewRoutes are about one's own saved views of the list of people.
func (a *API) viewRoutes() []endpoint.Route {
	scopes := []string{views.Scope}
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/user/views", Operation: "get-views", Scopes: scopes, Handle: a.getViews},
		{Method: http.MethodPut, Pattern: "/api/user/views/{view}", Operation: "put-view", Scopes: scopes, Small: true, Handle: a.putView},
		{Method: http.MethodDelete, Pattern: "/api/user/views/{view}", Operation: "delete-view", Scopes: scopes, Handle: a.deleteView},
	}
}

// viewModel is a saved view.
type viewModel struct {
	Name    string `json:"name"`
	Query   string `json:"query"`
	Changed any    `json:"changed"`
}

func modelOfView(v hub.SavedView) viewModel {
	return viewModel{v.Name, v.Query, endpoint.Timestamp(v.Changed)}
}

func (a *API) getViews(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	list, err := a.app.SavedViews(r.Context(), who)
	if err != nil {
		return err
	}
	models := make([]viewModel, len(list))
	for i, v := range list {
		models[i] = modelOfView(v)
	}
	endpoint.WriteJSON(w, http.StatusOK, map[string][]viewModel{"views": models})
	return nil
}

func (a *API) putView(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query, err := viewBody(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayKeepViews(who), err)
	}
	v, err := a.app.SaveView(r.Context(), who, r.PathValue("view"), query)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, modelOfView(v))
	return nil
}

// viewBody reads what a view shows.
func viewBody(r *http.Request) (string, error) {
	o, err := readObject(r, "query")
	if err != nil {
		return "", err
	}
	query, given, err := o.StringField("query")
	if err == nil && !given {
		err = hub.Errorf(hub.Invalid, "The body must say the query")
	}
	return query, err
}

func (a *API) deleteView(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.DropView(r.Context(), who, r.PathValue("view")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

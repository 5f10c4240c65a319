package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/services"
)

// routeModel is how JupyterHub 6.1.1 shows a route.
func routeModel(v services.RouteView) model {
	data := model{"last_activity": endpoint.Timestamp(v.LastActivity)}
	switch {
	case v.Service != "":
		data["service"] = v.Service
	case v.User != "":
		data["user"], data["server_name"] = v.User, v.Server
	default:
		data["hub"] = true
	}
	return model{"routespec": v.Path, "target": v.Target, "data": data}
}

// getProxy answers with the routing table as an object by path; of parts of it, in
// the order of the paths.
func (a *API) getProxy(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	sp, bad := parsePageParams(r)
	views, err := a.app.Routes(r.Context(), who)
	if err := endpoint.RefusalOr(err, bad); err != nil {
		return err
	}
	total := len(views)
	slices.SortFunc(views, func(a, b services.RouteView) int { return strings.Compare(a.Path, b.Path) })
	views = views[min(sp.offset, total):]
	views = views[:min(sp.limit, len(views))]
	out := make(map[string]model, len(views))
	for _, v := range views {
		out[v.Path] = routeModel(v)
	}
	a.writeList(w, r, sp, out, total)
	return nil
}

func (a *API) postProxy(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.CheckRoutes(r.Context(), who); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusOK)
	return nil
}

// patchProxy takes the word that another proxy is in charge, and keeps its own: it is
// part of the hub. Clients go on with an up to date table all the same.
func (a *API) patchProxy(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if bad := proxyBody(r); bad != nil {
		return endpoint.RefusalOr(a.app.May(who, "proxy"), bad)
	}
	if err := a.app.CheckRoutes(r.Context(), who); err != nil {
		return err
	}
	a.log.InfoContext(r.Context(), "a request to use another proxy changes nothing: the proxy is part of the hub")
	endpoint.WriteEmpty(w, http.StatusOK)
	return nil
}

func proxyBody(r *http.Request) error {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return err
	}
	if raw == nil {
		return hub.Errorf(hub.Invalid, "need JSON body")
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return hub.Errorf(hub.Invalid, "Request body must be JSON dict")
	}
	for _, key := range []string{"api_url", "auth_token"} {
		if _, _, err := o.StringField(key); err != nil {
			return err
		}
	}
	return nil
}

package rest

import (
	"errors"
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/services"
)

// serviceModel is JupyterHub's model of a service.
func serviceModel(v services.ServiceView) model {
	m := model{"kind": "service", "name": v.Name, "admin": v.Admin}
	if v.Roles {
		m["roles"] = orEmpty(v.RoleNames())
	}
	if v.All {
		m["url"], m["prefix"], m["command"], m["pid"] = v.URL, v.Prefix, orEmpty(v.Command), v.PID
		m["info"], m["display"], m["from_config"] = v.Info, v.Display, v.FromConfig
	}
	return m
}

// listServices answers with an object by name, and knows no pages.
func (a *API) listServices(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	views, err := a.app.ListServices(r.Context(), who)
	if err != nil {
		return err
	}
	out := make(map[string]model, len(views))
	for _, v := range views {
		out[v.Name] = serviceModel(v)
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) getService(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.GetService(r.Context(), who, r.PathValue("service"))
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, serviceModel(v))
	return nil
}

func (a *API) createService(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name := r.PathValue("service")
	v, token, err := newService(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayCreateService(r.Context(), who, name), err)
	}
	v.Name = name // whatever the body says
	view, err := a.app.CreateService(r.Context(), who, v, token)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusCreated, serviceModel(view))
	return nil
}

// newService reads a body in JupyterHub's model of a service.
func newService(r *http.Request) (v hub.Service, token string, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return v, "", err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok || len(o) == 0 {
		return v, "", hub.Errorf(hub.Invalid, "Invalid service data")
	}
	if err := checkServiceModel(o); err != nil {
		return v, "", err
	}
	if !endpoint.IsFalsy(o["command"]) {
		return v, "", hub.Errorf(hub.Invalid, "Can not create managed service at runtime: only the configuration may say what the hub runs")
	}
	v.Info, v.Display = o["info"], true
	for key, into := range map[string]*bool{"admin": &v.Admin, "display": &v.Display, "oauth_no_confirm": &v.NoConfirm} {
		given, err := o.BoolField(key)
		if err != nil {
			return v, "", err
		}
		if given != nil {
			*into = *given
		}
	}
	for key, into := range map[string]*string{
		"url": &v.URL, "api_token": &token, "oauth_client_id": &v.ClientID, "oauth_redirect_uri": &v.RedirectURI,
	} {
		if *into, _, err = o.StringField(key); err != nil {
			return v, "", err
		}
	}
	v.AllowedScopes, err = o.StringsField("oauth_client_allowed_scopes")
	return v, token, err
}

// checkServiceModel checks a body by JupyterHub's model of a service.
func checkServiceModel(o endpoint.JSONObject) error {
	if err := o.CheckKeys("name", "admin", "url", "oauth_client_allowed_scopes", "api_token", "info", "display", "oauth_no_confirm",
		"command", "cwd", "environment", "user", "oauth_client_id", "oauth_redirect_uri"); err != nil {
		return err
	}
	for _, key := range []string{"name", "cwd", "user"} {
		if _, _, err := o.StringField(key); err != nil {
			return err
		}
	}
	return errors.Join(o.CheckType("info", '{', "an object"), o.CheckType("environment", '{', "an object"), o.CheckType("command", '[', "a list"))
}

func (a *API) deleteService(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name := r.PathValue("service")
	err := a.app.DeleteService(r.Context(), who, name)
	if errors.Is(err, services.ErrDeclaredService) {
		return endpoint.StatusError{Status: http.StatusMethodNotAllowed, Msg: "Service " + name + " is not modifiable at runtime: it is declared in the configuration"}
	}
	if err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusOK)
	return nil
}

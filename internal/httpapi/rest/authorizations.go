package rest

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// tokenWarning is what JupyterHub 0.9 to 1.5 said with such a token, in our words.
const tokenWarning = "This way to get a token is deprecated. Use POST /hub/api/users/{name}/tokens, or make one at /hub/token."

// authorizationRoutes are JupyterHub's deprecated ways to credentials.
func (a *API) authorizationRoutes() []endpoint.Route {
	const prefix = "/api/authorizations"
	routes := []endpoint.Route{
		{Method: http.MethodGet, Pattern: prefix + "/token/{token}", Operation: "get-authorizations-token-owner", SecretPath: true, Handle: a.getTokenOwner},
		{Method: http.MethodGet, Pattern: prefix + "/cookie/{cookie}", Operation: "get-authorizations-cookie-body", Handle: a.getCookieOwner},
		{Method: http.MethodGet, Pattern: prefix + "/cookie/{cookie}/{value}", Operation: "get-authorizations-cookie", SecretPath: true, Handle: a.getCookieOwner},
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		routes = append(routes, endpoint.Route{
			Method: method, Pattern: prefix + "/token", Operation: map[string]string{http.MethodGet: "get", http.MethodPost: "post"}[method] + "-authorizations-token",
			Kind: endpoint.Public, Handle: a.tokenByPassword,
		})
	}
	return routes
}

// tokenByPassword answers with a token for the name and password in the body, by GET
// and by POST.
func (a *API) tokenByPassword(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	w.Header().Set("Cache-Control", "no-store")
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return err
	}
	o, _ := endpoint.AsObject(raw) // what is no object has no name and password
	from := a.env.BrowserOf(r, who)
	from.Former = ""
	name, password, err := credentials(o)
	if err != nil {
		return err
	}
	token, owner, err := a.app.TokenByPassword(r.Context(), name, password, from)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"token": token.Secret, "user": a.userModel(r, owner, false, nil), "warning": tokenWarning})
	return nil
}

// credentials are a name and a password in a body.
func credentials(o endpoint.JSONObject) (name, password string, err error) {
	name, named, nameErr := o.StringField("username")
	password, given, passwordErr := o.StringField("password")
	if nameErr != nil || passwordErr != nil || !named || !given {
		return "", "", hub.Errorf(hub.Forbidden, "Forbidden")
	}
	return name, password, nil
}

func (a *API) getTokenOwner(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	secret := r.PathValue("token")
	if len(secret) > endpoint.MaxCredential {
		secret = ""
	}
	user, service, err := a.app.TokenOwner(r.Context(), who, secret)
	if err != nil {
		return err
	}
	if service != nil {
		endpoint.WriteJSON(w, http.StatusOK, serviceModel(*service))
		return nil
	}
	endpoint.WriteJSON(w, http.StatusOK, a.userModel(r, *user, withStopped(r), nil))
	return nil
}

// getCookieOwner takes the cookie's value from the path, or from the body.
func (a *API) getCookieOwner(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	value := r.PathValue("value")
	if value == "" && who.Token != nil {
		raw, err := endpoint.ReadRaw(r, endpoint.MaxCredential)
		if err != nil {
			return err
		}
		value = string(raw)
	}
	if len(value) > endpoint.MaxCredential || !endpoint.IsLoginCookie(r.PathValue("cookie"), value) {
		value = ""
	}
	v, err := a.app.CookieOwner(r.Context(), who, value)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, a.userModel(r, v, withStopped(r), nil))
	return nil
}

// adminAccess is deprecated in JupyterHub too.
func (a *API) adminAccess(_ http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.app.AdminAccess(r.Context(), who, r.PathValue("name"))
}

// postShutdown ends the hub. Whether the notebook servers end with it can be said in
// the body, else the configuration says so.
func (a *API) postShutdown(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	servers, err := shutdownBody(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "shutdown"), err)
	}
	if err := a.app.Shutdown(r.Context(), who, servers); err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusAccepted, model{"message": "Shutting down Hub"})
	if a.opts.Shutdown != nil {
		a.opts.Shutdown(servers)
	}
	return nil
}

func shutdownBody(r *http.Request) (servers *bool, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil || endpoint.IsFalsy(raw) {
		return nil, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "Body must be a JSON object")
	}
	if _, err := o.BoolField("proxy"); err != nil { // the proxy is part of the hub and ends with it
		return nil, err
	}
	return o.BoolField("servers")
}

package rest

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// maxTokens is how many tokens a client is told of that does not ask for a page:
// JupyterHub's list of tokens has no pages.
const maxTokens = 1000

// listTokens keeps JupyterHub's form of the list in its pages, too, and gives a page only
// to those who say how large it shall be. A header says where a list goes on.
func (a *API) listTokens(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	sp, bad := parsePageParams(r)
	if !strings.Contains(r.URL.RawQuery, "limit=") || bad != nil {
		sp.limit = maxTokens
	}
	views, total, err := a.app.ListTokens(r.Context(), who, r.PathValue("name"), sp.offset, sp.limit)
	if err := endpoint.RefusalOr(err, bad); err != nil {
		return err
	}
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = tokenModel(v)
	}
	next := a.nextPageOf(r, sp, sp.offset+len(items), total)
	out := model{"api_tokens": items}
	if sp.paged {
		out["_pagination"] = pagination{Offset: sp.offset, Limit: sp.limit, Total: total, Next: next}
	}
	if next != nil {
		w.Header().Set("Link", "<"+next.URL+`>; rel="next"`)
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

// createToken makes a token for whoever asks with a token or a cookie, or gives a
// name and password in the body; then there is no XSRF to check.
func (a *API) createToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if who.Known() {
		if err := a.env.CheckXSRF(r, who); err != nil {
			return err
		}
	}
	name := r.PathValue("name")
	o, err := tokenBody(r)
	if !who.Known() {
		if err != nil {
			return err
		}
		if who, err = a.byPassword(r, who, o); err != nil {
			return err
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	var req tokens.TokenRequest
	if err == nil {
		req, err = tokenRequest(o)
	}
	if err != nil {
		refusal := a.app.MayUser(r.Context(), who, name, "tokens")
		if hub.Is(refusal, hub.NotFound) {
			refusal = hub.Errorf(hub.Forbidden, "Forbidden")
		}
		return endpoint.RefusalOr(refusal, err)
	}
	v, err := a.app.CreateToken(r.Context(), who, name, req)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusCreated, tokenModel(v))
	return nil
}

func tokenBody(r *http.Request) (endpoint.JSONObject, error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil || endpoint.IsFalsy(raw) {
		return endpoint.JSONObject{}, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "Body must be a JSON dict or empty")
	}
	return o, nil
}

// byPassword is whoever the credentials in the body are of.
func (a *API) byPassword(r *http.Request, who *access.Requester, o endpoint.JSONObject) (*access.Requester, error) {
	auth, ok := endpoint.AsObject(o["auth"])
	if !ok {
		return who, hub.Errorf(hub.Forbidden, "Forbidden")
	}
	name, password, err := credentials(auth)
	if err != nil {
		return who, err
	}
	from := a.env.BrowserOf(r, who)
	from.Former = ""
	out, err := a.app.PasswordRequester(r.Context(), name, password, from)
	return &out, err
}

func tokenRequest(o endpoint.JSONObject) (req tokens.TokenRequest, err error) {
	if !endpoint.IsFalsy(o["note"]) {
		if req.Note, _, err = o.StringField("note"); err != nil {
			return req, err
		}
	}
	if req.Scopes, err = textsOrNull(o, "scopes"); err != nil {
		return req, err
	}
	if req.Roles, err = textsOrNull(o, "roles"); err != nil {
		return req, err
	}
	req.ExpiresIn, err = endpoint.ExpiresIn(o["expires_in"])
	return req, err
}

func textsOrNull(o endpoint.JSONObject, key string) ([]string, error) {
	if string(o[key]) == "null" {
		return nil, nil
	}
	list, err := o.StringsField(key)
	if err != nil {
		return nil, hub.Errorf(hub.Invalid, "token %s must be null or a list of strings", key)
	}
	return list, nil
}

func (a *API) getToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.GetToken(r.Context(), who, r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, tokenModel(v))
	return nil
}

func (a *API) deleteToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.DeleteToken(r.Context(), who, r.PathValue("name"), r.PathValue("id")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

package rest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sharing"
)

// shareRoutes are what is shared, by whom and with whom. The empty segment at the end
// of a path is the default server.
func (a *API) shareRoutes() []endpoint.Route {
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	routes := []endpoint.Route{
		{Method: get, Pattern: "/api/shares/{owner}", Operation: "get-shares", Scopes: []string{"read:shares"}, List: true, Handle: a.listShares},
		{Method: get, Pattern: "/api/share-codes/{owner}", Operation: "get-share-codes", Scopes: []string{"read:shares"}, List: true, Handle: a.listShareCodes},
		{Method: get, Pattern: "/api/users/{name}/shared", Operation: "get-user-shared", Scopes: []string{"read:users:shares"}, List: true, Handle: a.listSharedWithUser},
		{Method: get, Pattern: "/api/groups/{group}/shared", Operation: "get-group-shared", Scopes: []string{"read:groups:shares"}, List: true, Handle: a.listSharedWithGroup},
	}
	for _, server := range []struct{ pattern, suffix string }{{"/{$}", "-default"}, {"/{server}", ""}} {
		shares, codes := "/api/shares/{owner}"+server.pattern, "/api/share-codes/{owner}"+server.pattern
		user, group := "/api/users/{name}/shared/{owner}"+server.pattern, "/api/groups/{group}/shared/{owner}"+server.pattern
		routes = append(
			routes,
			endpoint.Route{Method: get, Pattern: shares, Operation: "get-server-shares" + server.suffix, Scopes: []string{"read:shares"}, List: true, Handle: a.listServerShares},
			endpoint.Route{Method: post, Pattern: shares, Operation: "post-server-shares" + server.suffix, Scopes: []string{"shares"}, Handle: a.grantShare},
			endpoint.Route{Method: patch, Pattern: shares, Operation: "patch-server-shares" + server.suffix, Scopes: []string{"shares"}, Handle: a.revokeShare},
			endpoint.Route{Method: del, Pattern: shares, Operation: "delete-server-shares" + server.suffix, Scopes: []string{"shares"}, Handle: a.revokeShares},
			endpoint.Route{Method: get, Pattern: codes, Operation: "get-server-share-codes" + server.suffix, Scopes: []string{"read:shares"}, List: true, Handle: a.listServerShareCodes},
			endpoint.Route{Method: post, Pattern: codes, Operation: "post-server-share-codes" + server.suffix, Scopes: []string{"shares"}, Handle: a.createShareCode},
			endpoint.Route{Method: del, Pattern: codes, Operation: "delete-server-share-codes" + server.suffix, Scopes: []string{"shares"}, Handle: a.deleteShareCodes},
			endpoint.Route{Method: get, Pattern: user, Operation: "get-user-share" + server.suffix, Scopes: []string{"read:users:shares"}, Handle: a.getReceivedShare},
			endpoint.Route{Method: del, Pattern: user, Operation: "delete-user-share" + server.suffix, Scopes: []string{"users:shares"}, Handle: a.leaveShare},
			endpoint.Route{Method: get, Pattern: group, Operation: "get-group-share" + server.suffix, Scopes: []string{"read:groups:shares"}, Handle: a.getReceivedShare},
			endpoint.Route{Method: del, Pattern: group, Operation: "delete-group-share" + server.suffix, Scopes: []string{"groups:shares"}, Handle: a.leaveShare},
		)
	}
	return routes
}

// sharePage is which part of a list is asked for. Lists of shares are always in pages.
func sharePage(r *http.Request) (pageParams, sharing.SharePage, error) {
	sp, err := parsePageParams(r)
	sp.paged = true
	if err != nil {
		return sp, sharing.SharePage{Limit: 1}, err
	}
	return sp, sharing.SharePage{Offset: sp.offset, Limit: sp.limit}, nil
}

func (a *API) listShares(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.writeShares(w, r, func(page sharing.SharePage) ([]sharing.ShareView, int, error) {
		return a.app.Shares(r.Context(), who, r.PathValue("owner"), nil, page)
	})
}

func (a *API) listServerShares(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	server := r.PathValue("server")
	return a.writeShares(w, r, func(page sharing.SharePage) ([]sharing.ShareView, int, error) {
		return a.app.Shares(r.Context(), who, r.PathValue("owner"), &server, page)
	})
}

func (a *API) listSharedWithUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.writeShares(w, r, func(page sharing.SharePage) ([]sharing.ShareView, int, error) {
		return a.app.SharedWithUser(r.Context(), who, r.PathValue("name"), page)
	})
}

func (a *API) listSharedWithGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.writeShares(w, r, func(page sharing.SharePage) ([]sharing.ShareView, int, error) {
		return a.app.SharedWithGroup(r.Context(), who, r.PathValue("group"), page)
	})
}

func (a *API) writeShares(w http.ResponseWriter, r *http.Request, list func(sharing.SharePage) ([]sharing.ShareView, int, error)) error {
	sp, page, err := sharePage(r)
	views, total, refusal := list(page)
	if err := endpoint.RefusalOr(refusal, err); err != nil {
		return err
	}
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = a.shareModel(v)
	}
	a.writeList(w, r, sp, items, total)
	return nil
}

func (a *API) listShareCodes(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.writeShareCodes(w, r, who, nil)
}

func (a *API) listServerShareCodes(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	server := r.PathValue("server")
	return a.writeShareCodes(w, r, who, &server)
}

func (a *API) writeShareCodes(w http.ResponseWriter, r *http.Request, who *access.Requester, server *string) error {
	sp, page, err := sharePage(r)
	views, total, refusal := a.app.ShareCodes(r.Context(), who, r.PathValue("owner"), server, page)
	if err := endpoint.RefusalOr(refusal, err); err != nil {
		return err
	}
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = a.shareCodeModel(v)
	}
	a.writeList(w, r, sp, items, total)
	return nil
}

// grantShare answers 200, as JupyterHub does.
func (a *API) grantShare(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	owner, server := r.PathValue("owner"), r.PathValue("server")
	req, err := shareRequest(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, owner, server, "shares"), err)
	}
	v, err := a.app.GrantShare(r.Context(), who, owner, server, req)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, a.shareModel(v))
	return nil
}

// revokeShare answers with what is left, {} when nothing is.
func (a *API) revokeShare(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	owner, server := r.PathValue("owner"), r.PathValue("server")
	req, err := shareRequest(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, owner, server, "shares"), err)
	}
	v, gone, err := a.app.RevokeShare(r.Context(), who, owner, server, req)
	if err != nil {
		return err
	}
	m := model{}
	if !gone {
		m = a.shareModel(v)
	}
	endpoint.WriteJSON(w, http.StatusOK, m)
	return nil
}

func (a *API) revokeShares(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.RevokeShares(r.Context(), who, r.PathValue("owner"), r.PathValue("server")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func shareRequest(r *http.Request) (req sharing.ShareRequest, err error) {
	o, err := objectBody(r)
	if err != nil {
		return req, err
	}
	if err := o.CheckKeys("user", "group", "scopes"); err != nil {
		return req, err
	}
	for key, into := range map[string]*string{"user": &req.To.User, "group": &req.To.Group} {
		text, err := textOrNull(o, key)
		if err != nil {
			return req, err
		}
		if text != nil {
			*into = *text
		}
	}
	if (req.To.User == "") == (req.To.Group == "") {
		return req, hub.Errorf(hub.Invalid, "Specify exactly one of `user` or `group`")
	}
	req.Scopes, err = textsOrNull(o, "scopes")
	return req, err
}

// objectBody reads a JSON object; an empty body is one without keys.
func objectBody(r *http.Request) (endpoint.JSONObject, error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil || endpoint.IsFalsy(raw) {
		return endpoint.JSONObject{}, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "Body must be a JSON object")
	}
	return o, nil
}

func (a *API) createShareCode(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	owner, server := r.PathValue("owner"), r.PathValue("server")
	scopes, age, err := shareCodeRequest(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayServer(r.Context(), who, owner, server, "shares"), err)
	}
	v, err := a.app.CreateShareCode(r.Context(), who, owner, server, scopes, age)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, a.shareCodeModel(v))
	return nil
}

func shareCodeRequest(r *http.Request) (scopes []string, age time.Duration, err error) {
	o, err := objectBody(r)
	if err != nil {
		return nil, 0, err
	}
	if err := o.CheckKeys("scopes", "expires_in"); err != nil {
		return nil, 0, err
	}
	if scopes, err = textsOrNull(o, "scopes"); err != nil {
		return nil, 0, err
	}
	raw, given := o["expires_in"]
	if !given {
		return scopes, sharing.DefaultShareCodeAge, nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64) // JupyterHub takes a number in quotes too
	if err != nil || n > int64(sharing.MaxShareCodeAge/time.Second) || n < int64(sharing.MinShareCodeAge/time.Second) {
		return nil, 0, hub.Errorf(hub.Invalid, "expires_in must be a whole number of seconds from %d to %d",
			int(sharing.MinShareCodeAge.Seconds()), int(sharing.MaxShareCodeAge.Seconds()))
	}
	return scopes, time.Duration(n) * time.Second, nil
}

func (a *API) deleteShareCodes(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query := r.URL.Query()
	err := a.app.DeleteShareCodes(r.Context(), who, r.PathValue("owner"), r.PathValue("server"), endpoint.LastValue(query, "code"), endpoint.LastValue(query, "id"))
	if err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) getReceivedShare(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.receivedShare(r, who, false)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, a.shareModel(v))
	return nil
}

func (a *API) leaveShare(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if _, err := a.receivedShare(r, who, true); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) receivedShare(r *http.Request, who *access.Requester, drop bool) (sharing.ShareView, error) {
	to := sharing.Recipient{User: r.PathValue("name"), Group: r.PathValue("group")}
	return a.app.ReceivedShare(r.Context(), who, to, r.PathValue("owner"), r.PathValue("server"), drop)
}

// sharedServer is JupyterHub's short model of a server that is shared.
func (a *API) sharedServer(server hub.Server) model {
	full := a.serverModel(server, nil)
	return model{
		"user": model{"name": server.UserName}, "name": full["name"], "url": full["url"], "full_url": full["full_url"], "ready": full["ready"],
	}
}

func (a *API) shareModel(v sharing.ShareView) model {
	m := model{
		"server": a.sharedServer(v.Server), "scopes": endpoint.OnServer(v.Scopes, v.Server),
		"user": nil, "group": nil, "kind": "user", "created_at": endpoint.Timestamp(v.Created),
	}
	if v.GroupID != 0 {
		m["group"], m["kind"] = model{"name": v.GroupName}, "group"
	} else {
		m["user"] = model{"name": v.UserName}
	}
	return m
}

func (a *API) shareCodeModel(v sharing.ShareCodeView) model {
	m := model{
		"server": a.sharedServer(v.Server), "scopes": endpoint.OnServer(v.Scopes, v.Server), "id": sharing.ShareCodeID(v.ShareCode),
		"created_at": endpoint.Timestamp(v.Created), "expires_at": endpoint.Timestamp(v.Expires),
		"exchange_count": v.Exchanges, "last_exchanged_at": endpoint.Timestamp(v.LastExchanged),
	}
	if v.Secret != "" {
		path := a.env.Hub + "accept-share?" + url.Values{"code": {v.Secret}}.Encode()
		m["code"], m["accept_url"], m["full_accept_url"] = v.Secret, path, nil
		if a.env.Site.Origin != "" {
			m["full_accept_url"] = a.env.Site.Origin + path
		}
	}
	return m
}

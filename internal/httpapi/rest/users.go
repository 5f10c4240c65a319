package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
)

func (a *API) listUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, sp, err := userQuery(r)
	var f filter.Filter
	if err == nil {
		f, err = endpoint.QueryFilter(r.URL.Query())
	}
	if err != nil {
		q, f = hub.UserQuery{Limit: 1}, filter.Filter{}
	}
	views, total, refusal := a.app.ListUsers(r.Context(), who, q, f)
	if err := endpoint.RefusalOr(refusal, err); err != nil {
		return err
	}
	places, err := a.queuePositions(r.Context(), views...)
	if err != nil {
		return err
	}
	a.writeList(w, r, sp, a.userModels(r, views, withStopped(r), places), total)
	return nil
}

func (a *API) userModels(r *http.Request, views []access.UserView, stopped bool, places map[int64]int) []userModel {
	items := make([]userModel, len(views))
	for i, v := range views {
		items[i] = a.userModel(r, v, stopped, places)
	}
	return items
}

// userQuery reads JupyterHub's arguments of a list of users, and Atrium's further orders.
func userQuery(r *http.Request) (hub.UserQuery, pageParams, error) {
	sp, err := parsePageParams(r)
	if err != nil {
		return hub.UserQuery{}, sp, err
	}
	query := r.URL.Query()
	q := hub.UserQuery{
		State: hub.UserState(endpoint.LastValue(query, "state")), NameFilter: endpoint.LastValue(query, "name_filter"),
		Sort: hub.SortByID, Offset: sp.offset, Limit: sp.limit, Quotas: query.Has("include_quota"),
	}
	switch q.State {
	case hub.AnyUserState, hub.ActiveUsers, hub.ReadyUsers, hub.InactiveUsers:
	default:
		return q, sp, hub.Errorf(hub.Invalid, "Unrecognized state filter: %s", endpoint.Quoted(string(q.State)))
	}
	if !utf8.ValidString(q.NameFilter) || strings.ContainsRune(q.NameFilter, 0) {
		return q, sp, hub.Errorf(hub.Invalid, "name_filter is not text")
	}
	if query.Has("sort") {
		column, descending := strings.CutPrefix(endpoint.LastValue(query, "sort"), "-")
		q.Sort, q.Descending = hub.UserSort(column), descending
	}
	if !slices.Contains([]hub.UserSort{hub.SortByID, hub.SortByName, hub.SortByLastActivity, hub.SortByAdmin, hub.SortByServer, hub.SortByGroups, hub.SortByQuota}, q.Sort) {
		return q, sp, hub.Errorf(hub.Invalid, "sort must be 'id', 'name', 'last_activity', 'admin', 'server', 'groups' or 'quota', not %s", endpoint.Quoted(endpoint.LastValue(query, "sort")))
	}
	return q, sp, nil
}

func (a *API) createUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	names, admin, err := newUsers(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayCreateUsers(who), err)
	}
	views, err := a.app.CreateUsers(r.Context(), who, names, admin)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusCreated, a.userModels(r, views, withStopped(r), nil))
	return nil
}

func newUsers(r *http.Request) (names []string, admin bool, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return nil, false, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok || endpoint.IsFalsy(o["usernames"]) {
		return nil, false, hub.Errorf(hub.Invalid, "Must specify at least one user to create")
	}
	if names, err = o.StringsField("usernames"); err != nil {
		return nil, false, err
	}
	delete(o, "usernames")
	if err := checkUserModel(o); err != nil {
		return nil, false, err
	}
	flag, err := o.BoolField("admin")
	return names, flag != nil && *flag, err
}

func (a *API) getUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := a.app.GetUser(r.Context(), who, r.PathValue("name"))
	if err != nil {
		return err
	}
	places, err := a.queuePositions(r.Context(), v)
	if err != nil {
		return err
	}
	endpoint.WriteVersioned(w, a.userModel(r, v, withStopped(r), places), people.VersionOf(who, v.User))
	return nil
}

func (a *API) writeUser(w http.ResponseWriter, r *http.Request, status int, v access.UserView) error {
	places, err := a.queuePositions(r.Context(), v)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, status, a.userModel(r, v, withStopped(r), places))
	return nil
}

func (a *API) createUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	admin, err := newUser(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayCreateUser(who, r.PathValue("name")), err)
	}
	v, err := a.app.CreateUser(r.Context(), who, r.PathValue("name"), admin)
	if err != nil {
		return err
	}
	return a.writeUser(w, r, http.StatusCreated, v)
}

func newUser(r *http.Request) (admin bool, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil || endpoint.IsFalsy(raw) {
		return false, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return false, hub.Errorf(hub.Invalid, "Invalid JSON data: the body must be an object")
	}
	if err := checkUserModel(o); err != nil {
		return false, err
	}
	flag, err := o.BoolField("admin")
	return flag != nil && *flag, err
}

func (a *API) patchUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	patch, err := userPatch(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayUser(r.Context(), who, r.PathValue("name"), "admin:users", "admin:passwords"), err)
	}
	patch.Seen = endpoint.SeenVersion(r)
	v, err := a.app.PatchUser(r.Context(), who, r.PathValue("name"), patch)
	if changed, ok := errors.AsType[*people.ChangedError](err); ok {
		a.writeChanged(w, r, who, changed)
		return nil
	}
	if err != nil {
		return err
	}
	v.Fields.AuthState = true // JupyterHub always shows it here; Atrium keeps none
	return a.writeUser(w, r, http.StatusOK, v)
}

// changedModel answers a change of somebody who was changed meanwhile.
type changedModel struct {
	endpoint.ErrorBody
	User    *userModel    `json:"user"` // null: deleted
	ETag    *string       `json:"etag"` // of the user
	Changes []changeModel `json:"changes"`
}

// changeModel is an entry of the audit log, for those who may do the same.
type changeModel struct {
	At     any             `json:"at"`
	Actor  string          `json:"actor"`
	Action string          `json:"action"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

func (a *API) writeChanged(w http.ResponseWriter, r *http.Request, who *access.Requester, e *people.ChangedError) {
	m := changedModel{
		ErrorBody: endpoint.ErrorBody{Status: http.StatusPreconditionFailed, Message: e.Error()},
		Changes:   make([]changeModel, len(e.Changes)),
	}
	if e.Now != nil {
		now, tag := a.userModel(r, *e.Now, true, nil), endpoint.VersionTag(people.VersionOf(who, e.Now.User))
		m.User, m.ETag = &now, &tag
	}
	for i, c := range e.Changes {
		m.Changes[i] = changeModel{endpoint.Timestamp(c.At), c.Actor.Name, c.Action, c.Before, c.After}
	}
	endpoint.WriteJSON(w, http.StatusPreconditionFailed, m)
}

func userPatch(r *http.Request) (p people.UserPatch, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return p, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return p, hub.Errorf(hub.Invalid, "Invalid JSON data: the body must be an object")
	}
	if err := checkUserModel(o, "suspended", "must_change_password"); err != nil {
		return p, err
	}
	for _, key := range []string{"roles", "auth_state"} {
		if _, given := o[key]; given {
			return p, hub.Errorf(hub.Invalid, "%s cannot be changed here", key)
		}
	}
	if name, given, err := o.StringField("name"); err != nil {
		return p, err
	} else if given {
		p.Name = &name
	}
	if p.Admin, err = o.BoolField("admin"); err != nil {
		return p, err
	}
	if p.Suspended, err = o.BoolField("suspended"); err != nil {
		return p, err
	}
	if p.MustChange, err = o.BoolField("must_change_password"); err != nil {
		return p, err
	}
	groups, err := o.StringsField("groups")
	if groups != nil {
		p.Groups = &groups
	}
	return p, err
}

// deleteUser waits for the person's servers a little longer than a stop does: what
// it began cannot be taken back.
func (a *API) deleteUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	ctx, cancel := context.WithTimeout(r.Context(), max(a.opts.SlowStop, 10*time.Second))
	defer cancel()
	if err := a.app.DeleteUser(ctx, who, r.PathValue("name")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) revokeUser(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.Revoke(r.Context(), who, r.PathValue("name")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) postActivity(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	report, err := activityReport(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayUser(r.Context(), who, r.PathValue("name"), "users:activity"), err)
	}
	if err := a.app.ReportActivity(r.Context(), who, r.PathValue("name"), report); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	return nil
}

func activityReport(r *http.Request) (rep servers.ActivityReport, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return rep, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return rep, hub.Errorf(hub.Invalid, "body must be a json dict")
	}
	own, servers := o["last_activity"], o["servers"]
	if endpoint.IsFalsy(own) && endpoint.IsFalsy(servers) {
		return rep, hub.Errorf(hub.Invalid, "body must contain at least one of `last_activity` or `servers`")
	}
	if !endpoint.IsFalsy(own) {
		if rep.User, err = activityTime(own); err != nil {
			return rep, err
		}
	}
	if !endpoint.IsFalsy(servers) {
		rep.Servers, err = serverTimes(servers)
	}
	return rep, err
}

func serverTimes(raw json.RawMessage) (map[string]time.Time, error) {
	badShape := hub.Errorf(hub.Invalid, "servers must be a dict of the form {server_name: {last_activity: timestamp}}")
	servers, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, badShape
	}
	out := make(map[string]time.Time, len(servers))
	for name, info := range servers {
		o, ok := endpoint.AsObject(info)
		if !ok || o["last_activity"] == nil {
			return nil, badShape
		}
		at, err := activityTime(o["last_activity"])
		if err != nil {
			return nil, err
		}
		out[name] = at
	}
	return out, nil
}

func activityTime(raw json.RawMessage) (time.Time, error) {
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		if at, ok := endpoint.ParseTime(text); ok {
			return at, nil
		}
	}
	return time.Time{}, hub.Errorf(hub.Invalid, "Not a valid timestamp: %s", endpoint.Quoted(text))
}

// checkUserModel checks a body by JupyterHub's model of a user.
func checkUserModel(o endpoint.JSONObject, more ...string) error {
	if err := o.CheckKeys(append([]string{"name", "admin", "groups", "roles", "auth_state"}, more...)...); err != nil {
		return err
	}
	if _, _, err := o.StringField("name"); err != nil {
		return err
	}
	if _, err := o.BoolField("admin"); err != nil {
		return err
	}
	for _, key := range []string{"groups", "roles"} {
		if err := o.CheckType(key, '[', "a list"); err != nil {
			return err
		}
	}
	return o.CheckType("auth_state", '{', "an object")
}

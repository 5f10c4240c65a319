package rest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

func (a *API) listGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	q, sp, bad := groupQuery(r)
	if bad != nil {
		q = hub.GroupQuery{Limit: 1}
	}
	views, total, err := a.app.ListGroups(r.Context(), who, q)
	if err := endpoint.RefusalOr(err, bad); err != nil {
		return err
	}
	a.writeList(w, r, sp, groupModels(views), total)
	return nil
}

// groupQuery reads JupyterHub's arguments of a list of groups, and those that Atrium adds.
func groupQuery(r *http.Request) (q hub.GroupQuery, sp pageParams, err error) {
	if sp, err = parsePageParams(r); err != nil {
		return q, sp, err
	}
	query := r.URL.Query()
	q = hub.GroupQuery{NameFilter: endpoint.LastValue(query, "name_filter"), Sort: hub.GroupsByID, Offset: sp.offset, Limit: sp.limit}
	if !utf8.ValidString(q.NameFilter) || strings.ContainsRune(q.NameFilter, 0) {
		return q, sp, hub.Errorf(hub.Invalid, "name_filter is not text")
	}
	if query.Has("sort") {
		column, descending := strings.CutPrefix(endpoint.LastValue(query, "sort"), "-")
		q.Sort, q.Descending = hub.GroupSort(column), descending
	}
	if !slices.Contains([]hub.GroupSort{hub.GroupsByID, hub.GroupsByName, hub.GroupsByMembers}, q.Sort) {
		return q, sp, hub.Errorf(hub.Invalid, "sort must be 'id', 'name' or 'members', not %s", endpoint.Quoted(endpoint.LastValue(query, "sort")))
	}
	q.Count, err = counted(r)
	return q, sp, err
}

// counted reads whether the answer shall have the number of a group's members in their place.
func counted(r *http.Request) (bool, error) {
	query := r.URL.Query()
	if !query.Has("members") {
		return false, nil
	}
	if value := endpoint.LastValue(query, "members"); value != "count" {
		return false, hub.Errorf(hub.Invalid, "members must be 'count', not %s", endpoint.Quoted(value))
	}
	return true, nil
}

func groupModels(views []groups.View) []model {
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = groupModel(v)
	}
	return items
}

func (a *API) createGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	names, users, err := newGroups(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.May(who, "admin:groups"), err)
	}
	views, err := a.app.CreateGroups(r.Context(), who, names, users)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusCreated, groupModels(views))
	return nil
}

func newGroups(r *http.Request) (names, users []string, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return nil, nil, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok || endpoint.IsFalsy(o["groups"]) {
		return nil, nil, hub.Errorf(hub.Invalid, "Must specify at least one group to create")
	}
	if names, err = o.StringsField("groups"); err != nil {
		return nil, nil, err
	}
	delete(o, "groups")
	users, err = checkGroupModel(o)
	return names, users, err
}

func (a *API) getGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	count, bad := counted(r)
	v, err := a.app.GetGroup(r.Context(), who, r.PathValue("group"), count || bad != nil)
	if err := endpoint.RefusalOr(err, bad); err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, groupModel(v))
	return nil
}

func (a *API) createGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	raw, err := endpoint.ReadJSON(r)
	var users []string
	if err == nil && raw != nil && string(raw) != "null" {
		users, _, err = groupBody(raw)
	}
	if err != nil {
		return endpoint.RefusalOr(a.app.MayCreateGroup(who, r.PathValue("group")), err)
	}
	v, err := a.app.CreateGroup(r.Context(), who, r.PathValue("group"), users)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusCreated, groupModel(v))
	return nil
}

func groupBody(raw json.RawMessage) (users []string, given bool, err error) {
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, false, hub.Errorf(hub.Invalid, "Invalid JSON data: the body must be an object")
	}
	users, err = checkGroupModel(o)
	_, given = o["users"]
	return users, given, err
}

func (a *API) deleteGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.DeleteGroup(r.Context(), who, r.PathValue("group")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) addGroupUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.changeMembers(w, r, who, true)
}

func (a *API) removeGroupUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.changeMembers(w, r, who, false)
}

func (a *API) changeMembers(w http.ResponseWriter, r *http.Request, who *access.Requester, add bool) error {
	group := r.PathValue("group")
	users, err := memberBody(r, add)
	count, bad := counted(r)
	if err = cmp.Or(err, bad); err != nil {
		return a.afterGroup(r, who, err, "groups")
	}
	v, err := a.app.ChangeMembers(r.Context(), who, group, users, add, count)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, groupModel(v))
	return nil
}

func memberBody(r *http.Request, add bool) ([]string, error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return nil, err
	}
	users, given, err := groupBody(raw)
	switch {
	case err != nil:
		return nil, err
	case !given && add:
		return nil, hub.Errorf(hub.Invalid, "Must specify users to add")
	case !given:
		return nil, hub.Errorf(hub.Invalid, "Must specify users to delete")
	}
	return users, nil
}

// afterGroup tells of a bad body only those who may change the group, once it is
// there.
func (a *API) afterGroup(r *http.Request, who *access.Requester, bad error, scope string) error {
	return endpoint.RefusalOr(a.app.MayGroup(r.Context(), who, r.PathValue("group"), scope), bad)
}

// patchGroup renames a group, or replaces its properties as pages made for the AUP Learning Cloud do.
func (a *API) patchGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	name, properties, err := groupPatch(r)
	count, bad := counted(r)
	if err = cmp.Or(err, bad); err != nil {
		return a.afterGroup(r, who, err, "groups")
	}
	var v groups.View
	if properties != nil {
		v, err = a.app.SetGroupProperties(r.Context(), who, r.PathValue("group"), properties, count)
	} else {
		v, err = a.app.RenameGroup(r.Context(), who, r.PathValue("group"), name, count)
	}
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, groupModel(v))
	return nil
}

// groupPatch is the new name, or the new properties.
func groupPatch(r *http.Request) (name string, properties json.RawMessage, err error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return "", nil, err
	}
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return "", nil, hub.Errorf(hub.Invalid, "Invalid JSON data: the body must be an object")
	}
	if err := o.CheckKeys("name", "properties"); err != nil {
		return "", nil, err
	}
	name, given, err := o.StringField("name")
	if err == nil {
		err = o.CheckType("properties", '{', "an object")
	}
	properties = o["properties"]
	if err == nil && given == (properties != nil) {
		err = hub.Errorf(hub.Invalid, "Must specify the new name or the properties, one of both")
	}
	return name, properties, err
}

func (a *API) putGroupProperties(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	raw, err := endpoint.ReadJSON(r)
	if err == nil {
		if _, ok := endpoint.AsObject(raw); !ok {
			err = hub.Errorf(hub.Invalid, "Must specify properties")
		}
	}
	count, bad := counted(r)
	if err = cmp.Or(err, bad); err != nil {
		return a.afterGroup(r, who, err, "groups")
	}
	v, err := a.app.SetGroupProperties(r.Context(), who, r.PathValue("group"), raw, count)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, groupModel(v))
	return nil
}

// checkGroupModel checks a body by JupyterHub's model of a group, and returns its users.
func checkGroupModel(o endpoint.JSONObject) (users []string, err error) {
	if err := o.CheckKeys("name", "users", "roles"); err != nil {
		return nil, err
	}
	if _, _, err := o.StringField("name"); err != nil {
		return nil, err
	}
	if err := o.CheckType("roles", '[', "a list"); err != nil {
		return nil, err
	}
	return o.StringsField("users")
}

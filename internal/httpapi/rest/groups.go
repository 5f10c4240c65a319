package rest

import (
	"encoding/json"
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
)

func (a *API) listGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	sp, bad := parsePageParams(r)
	views, total, err := a.app.ListGroups(r.Context(), who, sp.offset, sp.limit)
	if err := endpoint.RefusalOr(err, bad); err != nil {
		return err
	}
	a.writeList(w, r, sp, groupModels(views), total)
	return nil
}

func groupModels(views []people.GroupView) []model {
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
	v, err := a.app.GetGroup(r.Context(), who, r.PathValue("group"))
	if err != nil {
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
	if err != nil {
		return a.afterGroup(r, who, err)
	}
	v, err := a.app.ChangeMembers(r.Context(), who, group, users, add)
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
func (a *API) afterGroup(r *http.Request, who *access.Requester, bad error) error {
	return endpoint.RefusalOr(a.app.MayGroup(r.Context(), who, r.PathValue("group"), "groups"), bad)
}

func (a *API) putGroupProperties(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	raw, err := endpoint.ReadJSON(r)
	if err == nil {
		if _, ok := endpoint.AsObject(raw); !ok {
			err = hub.Errorf(hub.Invalid, "Must specify properties")
		}
	}
	if err != nil {
		return a.afterGroup(r, who, err)
	}
	v, err := a.app.SetGroupProperties(r.Context(), who, r.PathValue("group"), raw)
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

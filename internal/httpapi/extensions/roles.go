package extensions

import (
	"context"
	"net/http"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/roles"
)

// roleRoutes are the roles that are made while the hub runs, and who has them.
func (a *API) roleRoutes() []endpoint.Route {
	const one = "/api/roles/{role}"
	scopes := []string{roles.Scope}
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/roles", Operation: "get-roles", Scopes: []string{roles.Scope, "read:roles"}, Handle: a.listRoles},
		{Method: http.MethodPost, Pattern: one, Operation: "post-role", Scopes: scopes, Small: true, Handle: a.makeRole},
		{Method: http.MethodPatch, Pattern: one, Operation: "patch-role", Scopes: scopes, Small: true, Handle: a.changeRole},
		{Method: http.MethodDelete, Pattern: one, Operation: "delete-role", Scopes: scopes, Handle: a.deleteRole},
		{Method: http.MethodPost, Pattern: one + "/users", Operation: "post-role-users", Scopes: scopes, Small: true, Handle: a.giveRole},
		{Method: http.MethodDelete, Pattern: one + "/users", Operation: "delete-role-users", Scopes: scopes, Small: true, Handle: a.takeRole},
	}
}

// roleModel is a role with those who have it.
type roleModel struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Scopes      []string    `json:"scopes"`
	ReadyMade   bool        `json:"ready_made"`
	Users       []roleGiven `json:"users"`
}

type roleGiven struct {
	User  string  `json:"user"`
	Group *string `json:"group"`
}

func modelOfRole(r *http.Request, v roles.View) roleModel {
	m := roleModel{v.Name, v.Description, slices.Concat([]string{}, v.Scopes), v.Ready, make([]roleGiven, len(v.Given))}
	if v.Ready { // other roles are described by whoever made them
		m.Description = language.Of(r).Say(v.Description)
	}
	for i, g := range v.Given {
		m.Users[i].User = g.User
		if g.Group != "" {
			m.Users[i].Group = &g.Group
		}
	}
	return m
}

type roleList struct {
	Items []roleModel `json:"items"`
}

func (a *API) listRoles(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	views, err := a.app.ListRoles(r.Context(), who)
	if err != nil {
		return err
	}
	out := roleList{make([]roleModel, len(views))}
	for i, v := range views {
		out.Items[i] = modelOfRole(r, v)
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) makeRole(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.writeRole(w, r, who, http.StatusCreated, a.app.MakeRole)
}

func (a *API) changeRole(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.writeRole(w, r, who, http.StatusOK, a.app.ChangeRole)
}

func (a *API) writeRole(w http.ResponseWriter, r *http.Request, who *access.Requester, status int, do func(context.Context, *access.Requester, string, roles.Change) (roles.View, error)) error {
	c, err := roleChange(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayRoles(who), err)
	}
	v, err := do(r.Context(), who, r.PathValue("role"), c)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, status, modelOfRole(r, v))
	return nil
}

func roleChange(r *http.Request) (c roles.Change, err error) {
	o, err := readObject(r, "description", "scopes")
	if err != nil {
		return c, err
	}
	if c.Description, err = given(o, "description"); err != nil {
		return c, err
	}
	if o["scopes"] != nil {
		list, err := o.StringsField("scopes")
		if err != nil {
			return c, err
		}
		c.Scopes = &list
	}
	return c, nil
}

func (a *API) deleteRole(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.DeleteRole(r.Context(), who, r.PathValue("role")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) giveRole(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.moveRole(w, r, who, a.app.GiveRole)
}

func (a *API) takeRole(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.moveRole(w, r, who, a.app.TakeRole)
}

func (a *API) moveRole(w http.ResponseWriter, r *http.Request, who *access.Requester, do func(context.Context, *access.Requester, roles.Gift) error) error {
	gift, err := roleGift(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayRoles(who), err)
	}
	if err := do(r.Context(), who, gift); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func roleGift(r *http.Request) (g roles.Gift, err error) {
	g.Role = r.PathValue("role")
	o, err := readObject(r, "user", "group")
	if err != nil {
		return g, err
	}
	if g.User, _, err = o.StringField("user"); err != nil {
		return g, err
	}
	group, err := given(o, "group")
	if group != nil {
		g.Group = *group
	}
	return g, err
}

package extensions

import (
	"encoding/json"
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/groups"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// cloudGroupRoutes are the Learning Cloud's own for its page of groups.
func (a *API) cloudGroupRoutes() []endpoint.Route {
	const (
		group   = "/admin/api/groups/{group}"
		members = group + "/users"
	)
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/admin/api/groups", Operation: "get-cloud-groups", Scopes: []string{"list:groups"}, List: true, Handle: a.cloudGroups},
		{Method: http.MethodPatch, Pattern: group, Operation: "patch-cloud-group", Scopes: []string{"groups"}, Small: true, Handle: a.cloudPatchGroup},
		{Method: http.MethodDelete, Pattern: group, Operation: "delete-cloud-group", Scopes: []string{"delete:groups"}, Handle: a.cloudDeleteGroup},
		{Method: http.MethodPost, Pattern: members, Operation: "post-cloud-group-users", Scopes: []string{"groups"}, Handle: a.cloudAddMembers},
		{Method: http.MethodDelete, Pattern: members, Operation: "delete-cloud-group-users", Scopes: []string{"groups"}, Handle: a.cloudRemoveMembers},
	}
}

// cloudGroup is a group as the page has it.
type cloudGroup struct {
	Name       string          `json:"name"`
	Users      []string        `json:"users"`
	Properties json.RawMessage `json:"properties"`
	Source     string          `json:"source"`    // admin, or system where the configuration makes it
	Resources  []string        `json:"resources"` // none: there are no profiles yet
}

func cloudGroupOf(v groups.View) cloudGroup {
	g := cloudGroup{Name: v.Name, Users: []string{}, Properties: json.RawMessage("{}"), Source: "admin", Resources: []string{}}
	if v.Declared {
		g.Source = "system"
	}
	if v.All {
		g.Users = append(g.Users, v.Users...)
		if len(v.Properties) > 0 {
			g.Properties = v.Properties
		}
	}
	return g
}

func (a *API) cloudGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	views, _, err := a.app.ListGroups(r.Context(), who, hub.GroupQuery{Sort: hub.GroupsByName})
	if err != nil {
		return err
	}
	groups := make([]cloudGroup, len(views))
	for i, v := range views {
		groups[i] = cloudGroupOf(v)
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"groups": groups, "github_org": ""})
	return nil
}

// cloudPatchGroup replaces a group's properties.
func (a *API) cloudPatchGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	raw, err := endpoint.ReadJSON(r)
	var properties json.RawMessage
	if err == nil {
		o, ok := endpoint.AsObject(raw)
		properties = o["properties"]
		if !ok || len(properties) == 0 || properties[0] != '{' {
			err = hub.Errorf(hub.Invalid, "properties must be an object")
		}
	}
	if err != nil {
		return a.afterCloudGroup(r, who, err)
	}
	return a.writeCloudGroup(w)(a.app.SetGroupProperties(r.Context(), who, r.PathValue("group"), properties, false))
}

func (a *API) cloudDeleteGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := a.app.DeleteGroup(r.Context(), who, r.PathValue("group")); err != nil {
		return err
	}
	endpoint.WriteEmpty(w, http.StatusNoContent)
	return nil
}

func (a *API) cloudAddMembers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.cloudMembers(w, r, who, true)
}

func (a *API) cloudRemoveMembers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return a.cloudMembers(w, r, who, false)
}

// cloudMembers adds or removes members. Names that are nobody's are left out.
func (a *API) cloudMembers(w http.ResponseWriter, r *http.Request, who *access.Requester, add bool) error {
	raw, err := endpoint.ReadJSON(r)
	var users []string
	if err == nil {
		o, ok := endpoint.AsObject(raw)
		if users, err = o.StringsField("users"); err == nil && (!ok || users == nil || len(users) > maxCloudRows) {
			err = hub.Errorf(hub.Invalid, "users must be a list of at most %d names", maxCloudRows)
		}
	}
	if err != nil {
		return a.afterCloudGroup(r, who, err)
	}
	group := r.PathValue("group")
	if users, err = a.app.ExistingNames(r.Context(), who, group, users); err != nil {
		return err
	}
	return a.writeCloudGroup(w)(a.app.ChangeMembers(r.Context(), who, group, users, add, false))
}

// afterCloudGroup tells of a bad body only those who may change the group, once it is there.
func (a *API) afterCloudGroup(r *http.Request, who *access.Requester, bad error) error {
	return endpoint.RefusalOr(a.app.MayGroup(r.Context(), who, r.PathValue("group"), "groups"), bad)
}

func (a *API) writeCloudGroup(w http.ResponseWriter) func(groups.View, error) error {
	return func(v groups.View, err error) error {
		if err == nil {
			endpoint.WriteJSON(w, http.StatusOK, cloudGroupOf(v))
		}
		return err
	}
}

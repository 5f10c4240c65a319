package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/people"
)

func (s *Server) listGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	sp, bad := parsePageParams(r)
	views, total, err := s.app.ListGroups(r.Context(), who, sp.offset, sp.limit)
	if err := refusalOr(err, bad); err != nil {
		return err
	}
	s.writeList(w, r, sp, groupModels(views), total)
	return nil
}

func groupModels(views []people.GroupView) []model {
	items := make([]model, len(views))
	for i, v := range views {
		items[i] = groupModel(v)
	}
	return items
}

func (s *Server) createGroups(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	names, users, err := newGroups(r)
	if err != nil {
		return refusalOr(s.app.May(who, "admin:groups"), err)
	}
	views, err := s.app.CreateGroups(r.Context(), who, names, users)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, groupModels(views))
	return nil
}

func newGroups(r *http.Request) (names, users []string, err error) {
	raw, err := readJSON(r)
	if err != nil {
		return nil, nil, err
	}
	o, ok := asObject(raw)
	if !ok || isFalsy(o["groups"]) {
		return nil, nil, hub.Errorf(hub.Invalid, "Must specify at least one group to create")
	}
	if names, err = o.stringsField("groups"); err != nil {
		return nil, nil, err
	}
	delete(o, "groups")
	users, err = o.checkGroupModel()
	return names, users, err
}

func (s *Server) getGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	v, err := s.app.GetGroup(r.Context(), who, r.PathValue("group"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, groupModel(v))
	return nil
}

func (s *Server) createGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	raw, err := readJSON(r)
	var users []string
	if err == nil && raw != nil && string(raw) != "null" {
		users, _, err = groupBody(raw)
	}
	if err != nil {
		return refusalOr(s.app.MayCreateGroup(who, r.PathValue("group")), err)
	}
	v, err := s.app.CreateGroup(r.Context(), who, r.PathValue("group"), users)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, groupModel(v))
	return nil
}

func groupBody(raw json.RawMessage) (users []string, given bool, err error) {
	o, ok := asObject(raw)
	if !ok {
		return nil, false, hub.Errorf(hub.Invalid, "Invalid JSON data: the body must be an object")
	}
	users, err = o.checkGroupModel()
	_, given = o["users"]
	return users, given, err
}

func (s *Server) deleteGroup(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := s.app.DeleteGroup(r.Context(), who, r.PathValue("group")); err != nil {
		return err
	}
	writeEmpty(w, http.StatusNoContent)
	return nil
}

func (s *Server) addGroupUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return s.changeMembers(w, r, who, true)
}

func (s *Server) removeGroupUsers(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	return s.changeMembers(w, r, who, false)
}

func (s *Server) changeMembers(w http.ResponseWriter, r *http.Request, who *access.Requester, add bool) error {
	group := r.PathValue("group")
	users, err := memberBody(r, add)
	if err != nil {
		return s.afterGroup(r, who, err)
	}
	v, err := s.app.ChangeMembers(r.Context(), who, group, users, add)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, groupModel(v))
	return nil
}

func memberBody(r *http.Request, add bool) ([]string, error) {
	raw, err := readJSON(r)
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
func (s *Server) afterGroup(r *http.Request, who *access.Requester, bad error) error {
	return refusalOr(s.app.MayGroup(r.Context(), who, r.PathValue("group"), "groups"), bad)
}

func (s *Server) putGroupProperties(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	raw, err := readJSON(r)
	if err == nil {
		if _, ok := asObject(raw); !ok {
			err = hub.Errorf(hub.Invalid, "Must specify properties")
		}
	}
	if err != nil {
		return s.afterGroup(r, who, err)
	}
	v, err := s.app.SetGroupProperties(r.Context(), who, r.PathValue("group"), raw)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, groupModel(v))
	return nil
}

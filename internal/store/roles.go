package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

// RoleMembers lists who holds which role, by role.
func (t *tx) RoleMembers(ctx context.Context) ([]hub.RoleMember, error) {
	return engine.Many(ctx, t.Tx, "list role members", scanRoleMember, `SELECT role, COALESCE(user_id, 0), COALESCE(group_id, 0), COALESCE(service_id, 0)
		FROM role_members ORDER BY 1, 2, 3, 4`)
}

func scanRoleMember(s engine.Scanner) (m hub.RoleMember, err error) {
	err = s.Scan(&m.Role, &m.UserID, &m.GroupID, &m.ServiceID)
	return m, err
}

// RoleMemberNames is what the members are called, without those who are gone.
func (t *tx) RoleMemberNames(ctx context.Context, members []hub.RoleMember) (map[hub.RoleMember]string, error) {
	type named struct {
		hub.RoleMember
		name string
	}
	list, err := engine.Many(ctx, t.Tx, "read the names of role members", func(s engine.Scanner) (n named, err error) {
		err = s.Scan(&n.Role, &n.UserID, &n.GroupID, &n.ServiceID, &n.name)
		return n, err
	}, `SELECT m.role, m.user_id, m.group_id, m.service_id, COALESCE(u.name, g.name, s.name) FROM `+t.roleRows()+` AS m
		LEFT JOIN users u ON u.id = m.user_id LEFT JOIN groups g ON g.id = m.group_id LEFT JOIN services s ON s.id = m.service_id
		WHERE COALESCE(u.name, g.name, s.name) IS NOT NULL`, roleTuples(members))
	names := make(map[hub.RoleMember]string, len(list))
	for _, n := range list {
		names[n.RoleMember] = n.name
	}
	return names, err
}

// AddRoleMembers ignores those who hold the role already.
func (t *tx) AddRoleMembers(ctx context.Context, members []hub.RoleMember) error {
	if len(members) == 0 {
		return nil
	}
	return t.changeRoles(ctx, "add role members", `INSERT INTO role_members (role, user_id, group_id, service_id)
		SELECT role, NULLIF(user_id, 0), NULLIF(group_id, 0), NULLIF(service_id, 0) FROM `+t.roleRows()+` AS new WHERE TRUE
		ON CONFLICT DO NOTHING RETURNING role, COALESCE(user_id, 0), COALESCE(group_id, 0), COALESCE(service_id, 0)`, members)
}

// RemoveRoleMembers ignores those who do not hold the role.
func (t *tx) RemoveRoleMembers(ctx context.Context, members []hub.RoleMember) error {
	if len(members) == 0 {
		return nil
	}
	return t.changeRoles(ctx, "remove role members", `DELETE FROM role_members WHERE EXISTS (SELECT 1 FROM `+t.roleRows()+` AS old
		WHERE old.role = role_members.role AND old.user_id = COALESCE(role_members.user_id, 0)
			AND old.group_id = COALESCE(role_members.group_id, 0) AND old.service_id = COALESCE(role_members.service_id, 0))
		RETURNING role, COALESCE(user_id, 0), COALESCE(group_id, 0), COALESCE(service_id, 0)`, members)
}

// changeRoles runs a statement on role members that returns those who changed, and notes them:
// of a group all who are in it.
func (t *tx) changeRoles(ctx context.Context, op, query string, members []hub.RoleMember) error {
	changed, err := engine.Many(ctx, t.Tx, op, scanRoleMember, query, roleTuples(members))
	if err != nil {
		return err
	}
	var groups []int64
	for _, m := range changed {
		switch {
		case m.UserID != 0:
			t.noteUser(m.UserID)
		case m.ServiceID != 0:
			t.note(serviceChange(m.ServiceID))
		default:
			t.note(data.Change{Kind: data.GroupChanged, ID: m.GroupID})
			groups = append(groups, m.GroupID)
		}
	}
	return t.noteMembers(ctx, groups)
}

func (t *tx) roleRows() string {
	return t.Dialect.Records("role TEXT", "user_id BIGINT", "group_id BIGINT", "service_id BIGINT")
}

func roleTuples(members []hub.RoleMember) string {
	rows := make([][]any, len(members))
	for i, m := range members {
		rows[i] = []any{m.Role, m.UserID, m.GroupID, m.ServiceID}
	}
	return engine.Tuples(rows)
}

// What hangs on a person and is read with them.
const (
	inGroup   = "group"
	hasRole   = "role"
	groupRole = "group role"
	isShared  = "shared"
	isGiven   = "given"
)

// belonging is one group, role or shared scope of a person.
type belonging struct {
	id         int64
	kind, name string
	on         string // the server that a scope is shared on: user/server; of a role, the group that has it, or that it is on
	scopes     string // of a role that was made while the hub runs
}

func scanBelonging(s engine.Scanner) (b belonging, err error) {
	err = s.Scan(&b.id, &b.kind, &b.name, &b.on, &b.scopes)
	return b, err
}

// belongings selects groups, roles and shares of the people whose id is of, a comparison.
func belongings(of string) string {
	return `
		SELECT m.user_id, '` + inGroup + `', g.name, '', '' FROM memberships m JOIN groups g ON g.id = m.group_id WHERE m.user_id ` + of + `
		UNION ALL
		SELECT r.user_id, '` + hasRole + `', r.role, '', '' FROM role_members r WHERE r.user_id ` + of + `
		UNION ALL
		SELECT m.user_id, '` + groupRole + `', r.role, g.name, '' FROM role_members r JOIN memberships m ON m.group_id = r.group_id
		JOIN groups g ON g.id = m.group_id
		WHERE m.user_id ` + of + `
		UNION ALL
		SELECT r.user_id, '` + isGiven + `', r.role, COALESCE(g.name, ''), COALESCE(d.scopes, '') FROM given_roles r
		LEFT JOIN made_roles d ON d.name = r.role LEFT JOIN groups g ON g.id = r.group_id WHERE r.user_id ` + of + `
		UNION ALL
		SELECT h.user_id, '` + isShared + `', h.scopes, u.name || '/' || s.name, '' FROM shares h
		JOIN servers s ON s.id = h.server_id JOIN users u ON u.id = s.user_id WHERE h.user_id ` + of + `
		UNION ALL
		SELECT m.user_id, '` + isShared + `', h.scopes, u.name || '/' || s.name, '' FROM shares h JOIN memberships m ON m.group_id = h.group_id
		JOIN servers s ON s.id = h.server_id JOIN users u ON u.id = s.user_id WHERE m.user_id ` + of
}

// fillBelongings reads groups, roles and shares of all the people at once.
func (t *tx) fillBelongings(ctx context.Context, us []hub.User) error {
	if len(us) == 0 {
		return nil
	}
	ids := make([]int64, len(us))
	place := make(map[int64]int, len(us))
	for i, u := range us {
		ids[i], place[u.ID] = u.ID, i
	}
	query, arg := belongings("IN "+t.Dialect.IDs()), any(engine.Numbers(ids))
	if len(us) == 1 { // nearly always, and cheaper than a list of one
		query, arg = belongings("= $1"), us[0].ID
	}
	all, err := engine.Many(ctx, t.Tx, "read groups and roles", scanBelonging, query, arg)
	if err != nil {
		return err
	}
	for _, b := range all {
		if err := b.addTo(&us[place[b.id]]); err != nil {
			return t.Fail(ctx, "read shares", err)
		}
	}
	for i := range us {
		u := &us[i]
		slices.Sort(u.Groups)
		u.Roles, u.Shared = sorted(u.Roles), sorted(u.Shared)
		slices.SortFunc(u.GroupRoles, hub.GroupRole.Compare)
		slices.SortFunc(u.Given, func(a, b hub.Given) int {
			return cmp.Or(strings.Compare(a.Role, b.Role), strings.Compare(a.Group, b.Group))
		})
	}
	return nil
}

func (b belonging) addTo(u *hub.User) (err error) {
	switch b.kind {
	case inGroup:
		u.Groups = append(u.Groups, b.name)
	case hasRole:
		u.Roles = append(u.Roles, b.name)
	case groupRole:
		u.GroupRoles = append(u.GroupRoles, hub.GroupRole{Group: b.on, Role: b.name})
	case isGiven:
		given := hub.Given{Role: b.name, Group: b.on}
		if b.scopes != "" {
			err = json.Unmarshal([]byte(b.scopes), &given.Scopes)
		}
		u.Given = append(u.Given, given)
	case isShared:
		u.Shared, err = b.appendTo(u.Shared)
	}
	return err
}

// appendTo appends what a share allows, in full.
func (b belonging) appendTo(scopes []string) ([]string, error) {
	var bases []string
	if err := json.Unmarshal([]byte(b.name), &bases); err != nil {
		return nil, err
	}
	for _, base := range bases {
		scopes = append(scopes, base+"!server="+b.on)
	}
	return scopes, nil
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

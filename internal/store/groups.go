package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

const selectGroup = `SELECT g.id, g.name, g.properties FROM groups g `

func scanGroup(s engine.Scanner) (g hub.Group, err error) {
	g.Users = []string{}
	err = s.Scan(&g.ID, &g.Name, engine.Raw(&g.Properties))
	return g, err
}

// GroupByName finds a group.
func (t *tx) GroupByName(ctx context.Context, name string) (hub.Group, error) {
	g, err := engine.One(ctx, t.Tx, "read group", scanGroup, selectGroup+"WHERE g.name = $1", name)
	if err != nil {
		return hub.Group{}, err
	}
	gs := []hub.Group{g}
	err = t.fillMembers(ctx, gs)
	return gs[0], err
}

// ListGroups finds the part that is wanted among the names of all groups, as databases fold
// the case of few letters, and reads no more than that part.
func (t *tx) ListGroups(ctx context.Context, q hub.GroupQuery) ([]hub.Group, int, error) {
	members := "0"
	if q.Sort == hub.GroupsByMembers {
		members = countMembers
	}
	all, err := engine.Many(ctx, t.Tx, "list groups", scanNamed, "SELECT g.id, g.name, "+members+
		" FROM groups g WHERE (CAST($2 AS BOOLEAN) OR g.name IN "+t.Dialect.Names("$1")+")", engine.Texts(q.Only), !q.Restricted)
	if err != nil {
		return nil, 0, err
	}
	part, total := q.Pick(all)
	if len(part) == 0 {
		return part, total, nil
	}
	return part, total, t.fillPart(ctx, part, q.Count)
}

// countMembers is how many are in a group g.
const countMembers = "(SELECT count(*) FROM memberships m WHERE m.group_id = g.id)"

func scanNamed(s engine.Scanner) (g hub.Group, err error) {
	err = s.Scan(&g.ID, &g.Name, &g.Members)
	return g, err
}

// fillPart reads all of groups, of which the ids are known; of the members, how many they are
// where that is asked.
func (t *tx) fillPart(ctx context.Context, gs []hub.Group, count bool) error {
	ids, place := placesOf(gs)
	members := "0"
	if count {
		members = countMembers
	}
	read, err := engine.Many(ctx, t.Tx, "read groups", func(s engine.Scanner) (g hub.Group, err error) {
		err = s.Scan(&g.ID, &g.Name, engine.Raw(&g.Properties), &g.Members)
		return g, err
	}, "SELECT g.id, g.name, g.properties, "+members+" FROM groups g WHERE g.id IN "+t.Dialect.IDs(), engine.Numbers(ids))
	if err != nil {
		return err
	}
	for _, g := range read {
		gs[place[g.ID]] = g
	}
	if count {
		return t.fillRights(ctx, gs, ids, place)
	}
	for i := range gs {
		gs[i].Users = []string{}
	}
	return t.fillMembers(ctx, gs)
}

// GroupsNamed gives those of the names that exist, without their members.
func (t *tx) GroupsNamed(ctx context.Context, names []string) ([]hub.Group, error) {
	gs, err := engine.OfKeys(ctx, t.Tx, "read groups", scanGroup, selectGroup+"WHERE g.name ", names)
	if err != nil {
		return nil, err
	}
	ids, place := placesOf(gs)
	return gs, t.fillRights(ctx, gs, ids, place)
}

// GroupInBrief finds a group by its id, without its members.
func (t *tx) GroupInBrief(ctx context.Context, id int64) (hub.Group, error) {
	g, err := engine.One(ctx, t.Tx, "read group", scanGroup, selectGroup+"WHERE g.id = $1", id)
	if err != nil {
		return hub.Group{}, err
	}
	gs := []hub.Group{g}
	err = t.fillRights(ctx, gs, []int64{id}, map[int64]int{id: 0})
	return gs[0], err
}

// placesOf are the ids of groups, and where in the list each is.
func placesOf(gs []hub.Group) (ids []int64, place map[int64]int) {
	ids, place = make([]int64, len(gs)), make(map[int64]int, len(gs))
	for i, g := range gs {
		ids[i], place[g.ID] = g.ID, i
	}
	return ids, place
}

// fillMembers reads the members, roles and shares of all the groups at once.
func (t *tx) fillMembers(ctx context.Context, gs []hub.Group) error {
	if len(gs) == 0 {
		return nil
	}
	ids, place := placesOf(gs)
	ms, err := engine.Many(ctx, t.Tx, "read members", scanMembership, `SELECT m.group_id, u.name
		FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.group_id IN `+t.Dialect.IDs(), engine.Numbers(ids))
	if err != nil {
		return err
	}
	for _, m := range ms {
		g := &gs[place[m.id]]
		g.Users = append(g.Users, m.name)
	}
	for i := range gs {
		slices.Sort(gs[i].Users)
	}
	return t.fillRights(ctx, gs, ids, place)
}

// fillRights reads the roles and shares of all the groups at once.
func (t *tx) fillRights(ctx context.Context, gs []hub.Group, ids []int64, place map[int64]int) error {
	if len(gs) == 0 {
		return nil
	}
	held, err := engine.Many(ctx, t.Tx, "read groups' roles", scanMembership,
		"SELECT r.group_id, r.role FROM role_members r WHERE r.group_id IN "+t.Dialect.IDs()+" ORDER BY r.role", engine.Numbers(ids))
	if err != nil {
		return err
	}
	for _, m := range held {
		g := &gs[place[m.id]]
		g.Roles = append(g.Roles, m.name)
	}
	shared, err := engine.Many(ctx, t.Tx, "read groups' shares", scanBelonging, `SELECT h.group_id, '', h.scopes, u.name || '/' || s.name, ''
		FROM shares h JOIN servers s ON s.id = h.server_id JOIN users u ON u.id = s.user_id
		WHERE h.group_id IN `+t.Dialect.IDs(), engine.Numbers(ids))
	if err != nil {
		return err
	}
	for _, b := range shared {
		g := &gs[place[b.id]]
		if g.Shared, err = b.appendTo(g.Shared); err != nil {
			return t.Fail(ctx, "read groups' shares", err)
		}
	}
	for i := range gs {
		gs[i].Shared = sorted(gs[i].Shared)
	}
	return nil
}

// CreateGroup makes an empty group.
func (t *tx) CreateGroup(ctx context.Context, name string) (hub.Group, error) {
	g, err := engine.One(ctx, t.Tx, "create group", scanGroup,
		"INSERT INTO groups (name) VALUES ($1) RETURNING id, name, properties", name)
	if err == nil {
		t.noteGroups(data.Change{Kind: data.GroupChanged, ID: g.ID, Key: g.Name}, []string{}, []string{g.Name})
	}
	return g, err
}

// RenameGroup gives a group another name.
func (t *tx) RenameGroup(ctx context.Context, id int64, name string) error {
	was, err := t.groupName(ctx, id)
	if err != nil || was == name {
		return err
	}
	members, err := t.membersOf(ctx, id)
	if err != nil {
		return err
	}
	if err := t.ExecOne(ctx, "rename group", "UPDATE groups SET name = $2 WHERE id = $1", id, name); err != nil {
		return err
	}
	if err := t.noteGiven(ctx, "group_id = $1", id); err != nil {
		return err
	}
	t.noteGroups(data.Change{Kind: data.GroupChanged, ID: id, Key: was}, []string{was}, []string{name})
	t.note(data.Change{Kind: data.GroupChanged, ID: id, Key: name}) // for those who know it by this name
	return t.noteMoved(ctx, members, []string{was}, []string{name})
}

// GroupInScopes reads what names some group, which is little, and looks for this one in it.
func (t *tx) GroupInScopes(ctx context.Context, name string) (bool, error) {
	const some = ` LIKE '%!group=%'`
	lists, err := engine.Many(ctx, t.Tx, "list scopes that name groups", engine.Value[string], `
		SELECT scopes FROM tokens WHERE scopes`+some+` AND (expires = 0 OR expires > $1)
		UNION SELECT scopes FROM service_tokens WHERE scopes`+some+` AND (expires = 0 OR expires > $1)
		UNION SELECT scopes FROM made_roles WHERE scopes`+some+`
		UNION SELECT allowed_scopes FROM oauth_clients WHERE allowed_scopes`+some+`
		UNION SELECT allowed_scopes FROM services WHERE allowed_scopes`+some, engine.Micros(t.Now()))
	if err != nil {
		return false, err
	}
	for _, list := range lists {
		var held []string
		if err := json.Unmarshal([]byte(list), &held); err != nil {
			return false, t.Fail(ctx, "list scopes that name groups", err)
		}
		if slices.ContainsFunc(held, func(s string) bool { return strings.HasSuffix(s, "!group="+name) }) {
			return true, nil
		}
	}
	return false, nil
}

func (t *tx) membersOf(ctx context.Context, id int64) ([]int64, error) {
	return engine.Many(ctx, t.Tx, "list members", engine.Value[int64], "SELECT user_id FROM memberships WHERE group_id = $1", id)
}

// DeleteGroup removes a group; its members stay.
func (t *tx) DeleteGroup(ctx context.Context, id int64) error {
	members, err := t.membersOf(ctx, id)
	if err != nil {
		return err
	}
	if err := t.noteGiven(ctx, "group_id = $1", id); err != nil {
		return err
	}
	name, err := engine.One(ctx, t.Tx, "delete group", engine.Value[string], "DELETE FROM groups WHERE id = $1 RETURNING name", id)
	if err != nil {
		return err
	}
	t.noteGroups(data.Change{Kind: data.GroupChanged, ID: id, Key: name}, []string{name}, []string{})
	return t.noteMoved(ctx, members, []string{name}, nil)
}

// SetGroupProperties replaces a group's properties.
func (t *tx) SetGroupProperties(ctx context.Context, id int64, properties json.RawMessage) error {
	name, err := engine.One(ctx, t.Tx, "set group properties", engine.Value[string],
		"UPDATE groups SET properties = $2 WHERE id = $1 RETURNING name", id, engine.Object(properties))
	if err == nil {
		t.note(data.Change{Kind: data.GroupChanged, ID: id, Key: name})
	}
	return err
}

// AddMembers ignores those who are in it already; hub.NotFound where the group or a
// person is gone.
func (t *tx) AddMembers(ctx context.Context, groupID int64, userIDs []int64) error {
	added, err := engine.Many(ctx, t.Tx, "add members", engine.Value[int64], `INSERT INTO memberships (group_id, user_id)
		SELECT CAST($2 AS BIGINT), CAST(item AS BIGINT) FROM `+t.Dialect.Items+` AS members WHERE TRUE
		ON CONFLICT (group_id, user_id) DO NOTHING RETURNING user_id`, engine.Numbers(userIDs), groupID)
	if err != nil || len(added) == 0 {
		return err
	}
	name, err := t.groupName(ctx, groupID)
	if err != nil {
		return err
	}
	return t.noteMoved(ctx, added, nil, []string{name})
}

// RemoveMembers ignores those who are not in it.
func (t *tx) RemoveMembers(ctx context.Context, groupID int64, userIDs []int64) error {
	removed, err := engine.Many(ctx, t.Tx, "remove members", engine.Value[int64], "DELETE FROM memberships WHERE group_id = $2 AND user_id IN "+
		t.Dialect.IDs()+" RETURNING user_id", engine.Numbers(userIDs), groupID)
	if err != nil || len(removed) == 0 {
		return err
	}
	name, err := t.groupName(ctx, groupID)
	if err != nil {
		return err
	}
	return t.noteMoved(ctx, removed, []string{name}, nil)
}

func (t *tx) groupName(ctx context.Context, id int64) (string, error) {
	return engine.One(ctx, t.Tx, "read group", engine.Value[string], "SELECT name FROM groups WHERE id = $1", id)
}

package people

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// GroupView is a group as a requester may see it.
type GroupView struct {
	hub.Group
	All, Roles bool // besides the name: members and properties; roles
}

func groupView(r *access.Requester, g hub.Group) GroupView {
	return GroupView{
		Group: g,
		All:   r.Scopes.AllowsGroup("read:groups", g.Name),
		Roles: r.Scopes.AllowsGroup("read:roles:groups", g.Name),
	}
}

// GetGroup shows one group.
func (pe *People) GetGroup(ctx context.Context, r *access.Requester, name string) (GroupView, error) {
	return pe.showGroup(ctx, r, name, "read:groups", "read:groups:name", "read:roles:groups")
}

// showGroup shows a group to one who holds one of the scopes on it. It is read by itself, not
// in the transaction of a change: to read very many members would hold up everybody who
// writes.
func (pe *People) showGroup(ctx context.Context, r *access.Requester, name string, oneOf ...string) (v GroupView, err error) {
	err = pe.store.View(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, oneOf...)
		if v = groupView(r, g); err != nil || !v.All {
			return err
		}
		v.Group, err = tx.GroupByName(ctx, name)
		return err
	})
	return v, err
}

// ListGroups shows those that the requester may list, and how many they are.
func (pe *People) ListGroups(ctx context.Context, r *access.Requester, offset, limit int) (views []GroupView, total int, err error) {
	const scope = "list:groups"
	if !r.Known() || !r.Scopes.HasAny(scope) {
		return nil, 0, r.Denied(scope)
	}
	var names []string
	if !r.Scopes.Has(scope) {
		names = []string{}
		for _, f := range r.Scopes.Filters(scope) {
			if f.Kind != "group" {
				return nil, 0, hub.Errorf(hub.Forbidden, "Forbidden")
			}
			names = append(names, f.Value)
		}
	}
	err = pe.store.View(ctx, func(tx data.Tx) error {
		list, n, err := tx.ListGroups(ctx, names, offset, limit)
		total = n
		for _, g := range list {
			views = append(views, groupView(r, g))
		}
		return err
	})
	return views, total, err
}

// CreateGroups makes groups, all or none, each with the same members.
func (pe *People) CreateGroups(ctx context.Context, r *access.Requester, names, members []string) (views []GroupView, err error) {
	if err := r.Need("admin:groups"); err != nil {
		return nil, err
	}
	return pe.createGroups(ctx, r, names, members)
}

// MayCreateGroup is nil for one who may make a group of this name: unlike a list of
// them it is a resource, which the scope's filter may name.
func (pe *People) MayCreateGroup(r *access.Requester, name string) error {
	return r.NeedGroup(name, "admin:groups")
}

// CreateGroup makes one group with members.
func (pe *People) CreateGroup(ctx context.Context, r *access.Requester, name string, members []string) (GroupView, error) {
	if err := pe.MayCreateGroup(r, name); err != nil {
		return GroupView{}, err
	}
	views, err := pe.createGroups(ctx, r, []string{name}, members)
	if err != nil {
		return GroupView{}, err
	}
	return views[0], nil
}

func (pe *People) createGroups(ctx context.Context, r *access.Requester, names, members []string) (views []GroupView, err error) {
	err = pe.store.Update(ctx, func(tx data.Tx) error {
		views = nil
		people, err := pe.members(ctx, tx, members)
		if err != nil {
			return err
		}
		for _, raw := range names {
			g, err := pe.createGroup(ctx, tx, r, raw, people)
			if err != nil {
				return err
			}
			views = append(views, groupView(r, g))
		}
		return nil
	})
	return views, err
}

func (pe *People) createGroup(ctx context.Context, tx data.Tx, r *access.Requester, raw string, people []hub.User) (hub.Group, error) {
	name, err := hub.GroupName(raw)
	if err != nil {
		return hub.Group{}, err
	}
	g, err := tx.CreateGroup(ctx, name)
	if hub.Is(err, hub.Conflict) {
		return g, hub.Errorf(hub.Conflict, "Group %s already exists", name)
	}
	if err != nil {
		return g, err
	}
	if err := tx.AddAudit(ctx, r.Audit("group.create", "group", g.ID, g.Name, nil, nil)); err != nil {
		return g, err
	}
	if err := pe.changeMembers(ctx, tx, r, g, people, true); err != nil {
		return g, err
	}
	return tx.GroupByName(ctx, name)
}

// members finds people by names from a body; unknown ones are hub.Invalid.
func (pe *People) members(ctx context.Context, tx data.Tx, raw []string) ([]hub.User, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	names, err := UserNames(raw)
	if err != nil {
		return nil, err
	}
	unknown, err := NewNames(ctx, tx, names)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 {
		return nil, hub.Errorf(hub.Invalid, "No such user: %s", unknown[0])
	}
	return tx.UsersByName(ctx, names)
}

// changeMembers adds people, who must be allowed to join, or removes them.
func (pe *People) changeMembers(ctx context.Context, tx data.Tx, r *access.Requester, g hub.Group, people []hub.User, add bool) error {
	for _, u := range people {
		if !add {
			break
		}
		if err := pe.policy.MayJoin(r, g, u); err != nil {
			return err
		}
	}
	return moveMembers(ctx, tx, r, g, people, add)
}

// moveMembers adds or removes people, with one audit entry a person.
func moveMembers(ctx context.Context, tx data.Tx, r *access.Requester, g hub.Group, people []hub.User, add bool) error {
	if len(people) == 0 {
		return nil
	}
	ids := make([]int64, len(people))
	entries := make([]hub.AuditEntry, len(people))
	move, action := tx.RemoveMembers, "group.remove_member"
	if add {
		move, action = tx.AddMembers, "group.add_member"
	}
	for i, u := range people {
		ids[i] = u.ID
		entries[i] = r.Audit(action, "user", u.ID, u.Name, nil, map[string]any{"group": g.Name})
	}
	if err := move(ctx, g.ID, ids); err != nil {
		return err
	}
	return tx.AddAudit(ctx, entries...)
}

// DeleteGroup removes a group; its members stay.
func (pe *People) DeleteGroup(ctx context.Context, r *access.Requester, name string) error {
	return pe.store.Update(ctx, func(tx data.Tx) error {
		if _, err := access.FindGroup(ctx, tx, r, name, "delete:groups"); err != nil {
			return err
		}
		g, err := tx.GroupByName(ctx, name)
		if err != nil {
			return err
		}
		if err := tx.DeleteGroup(ctx, g.ID); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("group.delete", "group", g.ID, g.Name, access.NamesRecord(g.Users), nil))
	})
}

// ChangeMembers adds people to a group or takes them out, and shows the group.
func (pe *People) ChangeMembers(ctx context.Context, r *access.Requester, name string, users []string, add bool) (GroupView, error) {
	err := pe.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, "groups")
		if err != nil {
			return err
		}
		people, err := pe.members(ctx, tx, users)
		if err != nil {
			return err
		}
		return pe.changeMembers(ctx, tx, r, g, people, add)
	})
	if err != nil {
		return GroupView{}, err
	}
	return pe.showGroup(ctx, r, name, "groups")
}

// maxProperties bounds the properties of a group, in bytes: they are read with every look
// at the group.
const maxProperties = 64 << 10

// SetGroupProperties replaces a group's properties.
func (pe *People) SetGroupProperties(ctx context.Context, r *access.Requester, name string, props []byte) (GroupView, error) {
	err := pe.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, "groups")
		if err != nil {
			return err
		}
		if len(props) > maxProperties {
			return hub.Errorf(hub.Invalid, "The properties have %d bytes, and at most %d can be kept", len(props), maxProperties)
		}
		before := g.Properties
		if err := tx.SetGroupProperties(ctx, g.ID, props); err != nil {
			return err
		}
		if g, err = access.GroupNamed(ctx, tx, name); err != nil {
			return err
		}
		return tx.AddAudit(ctx, r.Audit("group.change", "group", g.ID, g.Name, before, g.Properties))
	})
	if err != nil {
		return GroupView{}, err
	}
	return pe.showGroup(ctx, r, name, "groups")
}

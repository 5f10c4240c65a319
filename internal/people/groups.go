package people

import (
	"context"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// GroupView is a group as a requester may see it.
type GroupView struct {
	hub.Group
	All, Roles bool // besides the name: members and properties; roles
	Counted    bool // Members is there, and Users is not
	Declared   bool // the configuration makes it at every start
	Locked     []string
}

// What of a group cannot be changed here.
const (
	LockedName       = "name" // nor can it be deleted
	LockedProperties = "properties"
)

func (pe *People) groupView(r *access.Requester, g hub.Group, counted bool) GroupView {
	v := GroupView{
		Group:   g,
		All:     r.Scopes.AllowsGroup("read:groups", g.Name),
		Roles:   r.Scopes.AllowsGroup("read:roles:groups", g.Name),
		Counted: counted,
	}
	_, v.Declared = pe.policy.DeclaredGroup(g.Name)
	if pe.policy.KeepDeclaredGroup(g.Name) != nil {
		v.Locked = append(v.Locked, LockedName)
	}
	if pe.policy.KeepDeclaredProperties(g.Name) != nil {
		v.Locked = append(v.Locked, LockedProperties)
	}
	return v
}

// GetGroup shows one group: with its members, or with their number.
func (pe *People) GetGroup(ctx context.Context, r *access.Requester, name string, counted bool) (GroupView, error) {
	return pe.showGroup(ctx, r, name, counted, "read:groups", "read:groups:name", "read:roles:groups")
}

// showGroup shows a group to one who holds one of the scopes on it. It is read by itself, not
// in the transaction of a change: to read very many members would hold up everybody who
// writes.
func (pe *People) showGroup(ctx context.Context, r *access.Requester, name string, counted bool, oneOf ...string) (v GroupView, err error) {
	err = pe.store.View(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, oneOf...)
		if v = pe.groupView(r, g, counted); err != nil || !v.All {
			return err
		}
		if !counted {
			v.Group, err = tx.GroupByName(ctx, name)
			return err
		}
		list, _, err := tx.ListGroups(ctx, hub.GroupQuery{Restricted: true, Only: []string{name}, Count: true})
		if len(list) == 1 {
			v.Group = list[0]
		}
		return err
	})
	return v, err
}

// ListGroups shows those that the requester may list, and how many they are.
func (pe *People) ListGroups(ctx context.Context, r *access.Requester, q hub.GroupQuery) (views []GroupView, total int, err error) {
	if err := narrowGroups(r, &q); err != nil {
		return nil, 0, err
	}
	err = pe.store.View(ctx, func(tx data.Tx) error {
		list, n, err := tx.ListGroups(ctx, q)
		views, total = make([]GroupView, len(list)), n
		for i, g := range list {
			views[i] = pe.groupView(r, g, q.Count)
		}
		return err
	})
	return views, total, err
}

// narrowGroups lets a filtered list:groups see only its part, and nobody an order that tells
// what they may not see.
func narrowGroups(r *access.Requester, q *hub.GroupQuery) error {
	const scope, sees = "list:groups", "read:groups"
	if !r.Known() || !r.Scopes.HasAny(scope) {
		return r.Denied(scope)
	}
	mayCount := r.Scopes.Has(sees)
	if !r.Scopes.Has(scope) {
		q.Restricted, q.Only, mayCount = true, []string{}, true
		for _, f := range r.Scopes.Filters(scope) {
			if f.Kind != scopes.KindGroup {
				return hub.Errorf(hub.Forbidden, "Forbidden")
			}
			q.Only = append(q.Only, f.Value)
			mayCount = mayCount && r.Scopes.AllowsGroup(sees, f.Value)
		}
	}
	if q.Sort == hub.GroupsByMembers && !mayCount {
		return hub.Errorf(hub.Forbidden, "To sort groups by their members needs %s on all that are listed", sees)
	}
	return nil
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
			views = append(views, pe.groupView(r, g, false))
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
	if err != nil {
		return g, groupExists(err, name)
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
		return nil, hub.Errorf(hub.Invalid, "No such user: %s", unknown[0]).Plainly(
			"Nothing was done: there is nobody of the name %s.", hub.Truncate(strings.Join(unknown, ", "), 1000))
	}
	return tx.UsersByName(ctx, names)
}

// changeMembers adds people, who must be allowed to join, or removes them.
func (pe *People) changeMembers(ctx context.Context, tx data.Tx, r *access.Requester, g hub.Group, people []hub.User, add bool) error {
	may := func(u hub.User) error { return pe.policy.MayJoin(r, g, u) }
	if !add {
		people = slices.DeleteFunc(slices.Clone(people), func(u hub.User) bool { return !slices.Contains(u.Groups, g.Name) })
		may = func(u hub.User) error { return access.MayTakeOut(r, g, u) }
	}
	for _, u := range people {
		if err := may(u); err != nil {
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
		if err := pe.policy.KeepDeclaredGroup(name); err != nil {
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

// RenameGroup gives a group another name, which the requester may give to a group as well.
func (pe *People) RenameGroup(ctx context.Context, r *access.Requester, old, name string, counted bool) (GroupView, error) {
	const scope = "admin:groups"
	if err := pe.policy.MayGroup(ctx, r, old, scope); err != nil {
		return GroupView{}, err
	}
	name, err := hub.GroupName(name)
	if err != nil {
		return GroupView{}, err
	}
	if err := pe.mayLeaveName(ctx, old, name); err != nil {
		return GroupView{}, err
	}
	err = pe.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, old, scope)
		if err != nil || name == old {
			return err
		}
		if err := r.NeedGroup(name, scope); err != nil {
			return err
		}
		if err := pe.policy.MayRenameGroup(r, g, name); err != nil {
			return err
		}
		if err := tx.RenameGroup(ctx, g.ID, name); err != nil {
			return groupExists(err, name)
		}
		return tx.AddAudit(ctx, r.Audit("group.change", "group", g.ID, name, map[string]any{"name": old}, map[string]any{"name": name}))
	})
	if err != nil {
		return GroupView{}, err
	}
	return pe.showGroup(ctx, r, name, counted, scope)
}

// mayLeaveName refuses to rename a group that something names that would not follow. Tokens
// are looked through beside the change: that would hold up whoever makes one.
func (pe *People) mayLeaveName(ctx context.Context, old, name string) error {
	if name == old {
		return nil
	}
	if err := pe.policy.KeepDeclaredGroup(old); err != nil {
		return err
	}
	return pe.store.View(ctx, func(tx data.Tx) error {
		named, err := tx.GroupInScopes(ctx, old)
		if err == nil && named {
			err = hub.Said(hub.Conflict, "Somebody's token, a role or a service is limited to the group %s by its name, and would not follow: revoke or change it first.", old)
		}
		return err
	})
}

func groupExists(err error, name string) error {
	if hub.Is(err, hub.Conflict) {
		return hub.Said(hub.Conflict, "Group %s already exists", name)
	}
	return err
}

// ChangeMembers adds people to a group or takes them out, and shows the group.
func (pe *People) ChangeMembers(ctx context.Context, r *access.Requester, name string, users []string, add, counted bool) (GroupView, error) {
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
	return pe.showGroup(ctx, r, name, counted, "groups")
}

// ExistingNames leaves of names those that are somebody's, for one who may change the group.
func (pe *People) ExistingNames(ctx context.Context, r *access.Requester, group string, raw []string) (existing []string, err error) {
	if err := pe.policy.MayGroup(ctx, r, group, "groups"); err != nil {
		return nil, err
	}
	names, err := UserNames(raw)
	if err != nil {
		return nil, err
	}
	err = pe.store.View(ctx, func(tx data.Tx) error {
		unknown, err := NewNames(ctx, tx, names)
		existing = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(unknown, name) })
		return err
	})
	return existing, err
}

// maxProperties bounds the properties of a group, in bytes: they are read with every look
// at the group.
const maxProperties = 64 << 10

// SetGroupProperties replaces a group's properties.
func (pe *People) SetGroupProperties(ctx context.Context, r *access.Requester, name string, props []byte, counted bool) (GroupView, error) {
	err := pe.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, "groups")
		if err != nil {
			return err
		}
		if err := pe.policy.KeepDeclaredProperties(name); err != nil {
			return err
		}
		if len(props) > maxProperties {
			return hub.Said(hub.Invalid, "The properties have %d bytes, and at most %d can be kept", len(props), maxProperties)
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
	return pe.showGroup(ctx, r, name, counted, "groups")
}

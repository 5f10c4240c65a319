package groups

import (
	"context"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Groups makes, changes, shows and deletes groups.
type Groups struct {
	store  data.Store
	policy *access.Policy
}

// New makes Groups.
func New(store data.Store, policy *access.Policy) *Groups { return &Groups{store, policy} }

// View is a group as a requester may see it.
type View struct {
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

func (gr *Groups) view(r *access.Requester, g hub.Group, counted bool) View {
	v := View{
		Group:   g,
		All:     r.Scopes.AllowsGroup("read:groups", g.Name),
		Roles:   r.Scopes.AllowsGroup("read:roles:groups", g.Name),
		Counted: counted,
	}
	_, v.Declared = gr.policy.DeclaredGroup(g.Name)
	if gr.policy.KeepDeclaredGroup(g.Name) != nil {
		v.Locked = append(v.Locked, LockedName)
	}
	if gr.policy.KeepDeclaredProperties(g.Name) != nil {
		v.Locked = append(v.Locked, LockedProperties)
	}
	return v
}

// GetGroup shows one group: with its members, or with their number.
func (gr *Groups) GetGroup(ctx context.Context, r *access.Requester, name string, counted bool) (View, error) {
	return gr.showGroup(ctx, r, name, counted, "read:groups", "read:groups:name", "read:roles:groups")
}

// showGroup shows a group to one who holds one of the scopes on it. It is read by itself, not
// in the transaction of a change: to read very many members would hold up everybody who
// writes.
func (gr *Groups) showGroup(ctx context.Context, r *access.Requester, name string, counted bool, oneOf ...string) (v View, err error) {
	err = gr.store.View(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, oneOf...)
		if v = gr.view(r, g, counted); err != nil || !v.All {
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
func (gr *Groups) ListGroups(ctx context.Context, r *access.Requester, q hub.GroupQuery) (views []View, total int, err error) {
	if err := narrowGroups(r, &q); err != nil {
		return nil, 0, err
	}
	err = gr.store.View(ctx, func(tx data.Tx) error {
		list, n, err := tx.ListGroups(ctx, q)
		views, total = make([]View, len(list)), n
		for i, g := range list {
			views[i] = gr.view(r, g, q.Count)
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
func (gr *Groups) CreateGroups(ctx context.Context, r *access.Requester, names, members []string) (views []View, err error) {
	if err := r.Need("admin:groups"); err != nil {
		return nil, err
	}
	return gr.createGroups(ctx, r, names, members)
}

// MayCreateGroup is nil for one who may make a group of this name: unlike a list of
// them it is a resource, which the scope's filter may name.
func (gr *Groups) MayCreateGroup(r *access.Requester, name string) error {
	return r.NeedGroup(name, "admin:groups")
}

// CreateGroup makes one group with members.
func (gr *Groups) CreateGroup(ctx context.Context, r *access.Requester, name string, members []string) (View, error) {
	if err := gr.MayCreateGroup(r, name); err != nil {
		return View{}, err
	}
	views, err := gr.createGroups(ctx, r, []string{name}, members)
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

func (gr *Groups) createGroups(ctx context.Context, r *access.Requester, names, members []string) (views []View, err error) {
	err = gr.store.Update(ctx, func(tx data.Tx) error {
		views = nil
		people, err := gr.members(ctx, tx, members)
		if err != nil {
			return err
		}
		for _, raw := range names {
			g, err := gr.Make(ctx, tx, r, raw, people)
			if err != nil {
				return err
			}
			views = append(views, gr.view(r, g, false))
		}
		return nil
	})
	return views, err
}

// Make makes one with members, in a transaction of those who may.
func (gr *Groups) Make(ctx context.Context, tx data.Tx, r *access.Requester, raw string, people []hub.User) (hub.Group, error) {
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
	if err := gr.changeMembers(ctx, tx, r, g, people, true); err != nil {
		return g, err
	}
	return tx.GroupByName(ctx, name)
}

// members finds people by names from a body; unknown ones are hub.Invalid.
func (gr *Groups) members(ctx context.Context, tx data.Tx, raw []string) ([]hub.User, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	names, err := access.UserNames(raw)
	if err != nil {
		return nil, err
	}
	unknown, err := access.NewNames(ctx, tx, names)
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
func (gr *Groups) changeMembers(ctx context.Context, tx data.Tx, r *access.Requester, g hub.Group, people []hub.User, add bool) error {
	may := func(u hub.User) error { return gr.policy.MayJoin(r, g, u) }
	if !add {
		people = slices.DeleteFunc(slices.Clone(people), func(u hub.User) bool { return !slices.Contains(u.Groups, g.Name) })
		may = func(u hub.User) error { return access.MayTakeOut(r, g, u) }
	}
	for _, u := range people {
		if err := may(u); err != nil {
			return err
		}
	}
	return Move(ctx, tx, r, g, people, add)
}

// Move adds or removes people, with one audit entry a person.
func Move(ctx context.Context, tx data.Tx, r *access.Requester, g hub.Group, people []hub.User, add bool) error {
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
func (gr *Groups) DeleteGroup(ctx context.Context, r *access.Requester, name string) error {
	return gr.store.Update(ctx, func(tx data.Tx) error {
		if _, err := access.FindGroup(ctx, tx, r, name, "delete:groups"); err != nil {
			return err
		}
		if err := gr.policy.KeepDeclaredGroup(name); err != nil {
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
func (gr *Groups) RenameGroup(ctx context.Context, r *access.Requester, old, name string, counted bool) (View, error) {
	const scope = "admin:groups"
	if err := gr.policy.MayGroup(ctx, r, old, scope); err != nil {
		return View{}, err
	}
	name, err := hub.GroupName(name)
	if err != nil {
		return View{}, err
	}
	if err := gr.mayLeaveName(ctx, old, name); err != nil {
		return View{}, err
	}
	err = gr.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, old, scope)
		if err != nil || name == old {
			return err
		}
		if err := r.NeedGroup(name, scope); err != nil {
			return err
		}
		if err := gr.policy.MayRenameGroup(r, g, name); err != nil {
			return err
		}
		if err := tx.RenameGroup(ctx, g.ID, name); err != nil {
			return groupExists(err, name)
		}
		return tx.AddAudit(ctx, r.Audit("group.change", "group", g.ID, name, map[string]any{"name": old}, map[string]any{"name": name}))
	})
	if err != nil {
		return View{}, err
	}
	return gr.showGroup(ctx, r, name, counted, scope)
}

// mayLeaveName refuses to rename a group that something names that would not follow. Tokens
// are looked through beside the change: that would hold up whoever makes one.
func (gr *Groups) mayLeaveName(ctx context.Context, old, name string) error {
	if name == old {
		return nil
	}
	if err := gr.policy.KeepDeclaredGroup(old); err != nil {
		return err
	}
	return gr.store.View(ctx, func(tx data.Tx) error {
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
func (gr *Groups) ChangeMembers(ctx context.Context, r *access.Requester, name string, users []string, add, counted bool) (View, error) {
	err := gr.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, "groups")
		if err != nil {
			return err
		}
		people, err := gr.members(ctx, tx, users)
		if err != nil {
			return err
		}
		return gr.changeMembers(ctx, tx, r, g, people, add)
	})
	if err != nil {
		return View{}, err
	}
	return gr.showGroup(ctx, r, name, counted, "groups")
}

// ExistingNames leaves of names those that are somebody's, for one who may change the group.
func (gr *Groups) ExistingNames(ctx context.Context, r *access.Requester, group string, raw []string) (existing []string, err error) {
	if err := gr.policy.MayGroup(ctx, r, group, "groups"); err != nil {
		return nil, err
	}
	names, err := access.UserNames(raw)
	if err != nil {
		return nil, err
	}
	err = gr.store.View(ctx, func(tx data.Tx) error {
		people, err := tx.UsersByName(ctx, names)
		for _, u := range people {
			existing = append(existing, u.Name)
		}
		return err
	})
	return existing, err
}

// maxProperties bounds the properties of a group, in bytes: they are read with every look
// at the group.
const maxProperties = 64 << 10

// SetGroupProperties replaces a group's properties.
func (gr *Groups) SetGroupProperties(ctx context.Context, r *access.Requester, name string, props []byte, counted bool) (View, error) {
	err := gr.store.Update(ctx, func(tx data.Tx) error {
		g, err := access.FindGroup(ctx, tx, r, name, "groups")
		if err != nil {
			return err
		}
		if err := gr.policy.KeepDeclaredProperties(name); err != nil {
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
		return View{}, err
	}
	return gr.showGroup(ctx, r, name, counted, "groups")
}

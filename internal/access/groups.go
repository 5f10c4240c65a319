package access

import (
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// DeclaredGroups are the groups that the configuration makes at every start, by name.
type DeclaredGroups map[string]DeclaredGroup

// DeclaredGroup is what the configuration says of a group.
type DeclaredGroup struct {
	Properties bool // they are replaced at every start
}

// DeclareGroups takes down which groups the configuration makes.
func (p *Policy) DeclareGroups(declared DeclaredGroups) { p.groups.Store(&declared) }

// DeclaredGroup finds what the configuration says of a group.
func (p *Policy) DeclaredGroup(name string) (DeclaredGroup, bool) {
	declared := p.groups.Load()
	if declared == nil {
		return DeclaredGroup{}, false
	}
	g, ok := (*declared)[name]
	return g, ok
}

// KeepDeclaredGroup refuses to rename or delete a group that the next start would make again
// from the configuration.
func (p *Policy) KeepDeclaredGroup(name string) error {
	if _, ok := p.DeclaredGroup(name); ok {
		return hub.Said(hub.Conflict, "The configuration makes the group %s at every start: rename or remove it there.", name)
	}
	return nil
}

// KeepDeclaredProperties refuses to change properties that the next start would replace.
func (p *Policy) KeepDeclaredProperties(name string) error {
	if g, ok := p.DeclaredGroup(name); ok && g.Properties {
		return hub.Said(hub.Conflict, "The configuration sets the properties of the group %s at every start: change them there.", name)
	}
	return nil
}

// MayRenameGroup refuses to rename a group that scopes of a role name, which would not follow,
// and a name by which the requester would gain rights on the members: scopes of theirs name it.
func (p *Policy) MayRenameGroup(r *Requester, g hub.Group, name string) error {
	if role, ok := p.rights.RoleOnGroup(g.Name); ok {
		return hub.Said(hub.Conflict, "Scopes of the role %s name the group %s, and would not follow: change the role first.", role, g.Name)
	}
	if p.IsAdmin(r) {
		return nil
	}
	if scope, gains := gainsOver(r.Held(), scopes.Group(name), hub.User{}); gains {
		return hub.Said(hub.Forbidden, "Under the name %s you would get %s on its members, which you may not have now. Ask an administrator to rename it.", name, scope)
	}
	return nil
}

// RoleOnGroup finds a role with a scope that names the group.
func (x *Rights) RoleOnGroup(group string) (role string, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(x.roles)) {
		for _, s := range x.roles[name].Scopes {
			if _, f, err := x.catalog.Parse(s); err == nil && f == scopes.Group(group) {
				return name, true
			}
		}
	}
	return "", false
}

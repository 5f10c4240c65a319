package access

import (
	"fmt"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Rights is what roles and custom scopes mean: JupyterHub's own with those of the
// configuration. It does not change and may be shared.
type Rights struct {
	catalog *scopes.Catalog
	roles   map[string]scopes.Role
	admin   scopes.Set // everything that administrators may
}

// DefaultRights is JupyterHub's own roles, and custom scopes by their form alone.
func DefaultRights() *Rights { return newRights(nil) }

func newRights(catalog *scopes.Catalog) *Rights {
	x := &Rights{catalog: catalog, roles: scopes.DefaultRoles()}
	x.admin, _ = catalog.Expand(x.roles[scopes.RoleAdmin].Scopes, scopes.Owner{}, scopes.Client{})
	return x
}

// NewRights makes the rights with these custom scopes and roles. A role of the name
// of a default one replaces what it says of it; the admin role cannot be changed. Nil
// Scopes leave a default role's as they are.
func NewRights(custom map[string]scopes.Custom, roles []scopes.Role) (*Rights, error) {
	catalog, err := scopes.NewCatalog(custom)
	if err != nil {
		return nil, err
	}
	x := newRights(catalog)
	seen := map[string]bool{}
	for _, role := range roles {
		if seen[role.Name] {
			return nil, fmt.Errorf("role %s is declared twice", role.Name)
		}
		seen[role.Name] = true
		if err := x.declare(role); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *Rights) declare(role scopes.Role) error {
	if err := scopes.CheckRoleName(role.Name); err != nil {
		return err
	}
	former, isDefault := x.roles[role.Name]
	if role.Name == scopes.RoleAdmin && (role.Scopes != nil || role.Description != "") {
		return fmt.Errorf("role %s: the scopes and the description of the admin role cannot be changed", role.Name)
	}
	for _, s := range role.Scopes {
		if _, _, err := x.catalog.Parse(s); err != nil {
			return fmt.Errorf("role %s: %w", role.Name, err)
		}
	}
	if isDefault && role.Scopes == nil {
		role.Scopes = former.Scopes
	}
	if isDefault && role.Description == "" {
		role.Description = former.Description
	}
	x.roles[role.Name] = role
	return nil
}

// Parse takes a scope apart; its errors may be shown to a person.
func (x *Rights) Parse(scope string) (base string, f scopes.Filter, err error) {
	return x.catalog.Parse(scope)
}

// Expand says what scopes written out come to for somebody, as a set.
func (x *Rights) Expand(list []string, owner scopes.Owner, client scopes.Client) scopes.Set {
	set, _ := x.catalog.Expand(list, owner, client)
	return set
}

// Resolve keeps of the wanted scopes those that are covered by the ones held, as they are
// written, and names those that are not. See scopes.Catalog.Resolve.
func (x *Rights) Resolve(wanted, held []string, owner scopes.Owner, client scopes.Client, groups scopes.Groups) (list, without []string) {
	return x.catalog.Resolve(wanted, held, owner, client, groups)
}

// Everything is what administrators may.
func (x *Rights) Everything() scopes.Set { return x.admin }

// ServerRole is what the role server says: the scopes of notebook servers' own tokens.
func (x *Rights) ServerRole() []string { return slices.Clone(x.roles[scopes.RoleServer].Scopes) }

// Describe is one sentence on what a base scope allows; empty for one that there isn't.
func (x *Rights) Describe(base string) string { return x.catalog.Describe(base) }

// Role finds a role by name.
func (x *Rights) Role(name string) (scopes.Role, bool) {
	role, ok := x.roles[name]
	return role, ok
}

// RolesOf are the names of the roles that a person was given, as the API shows them:
// without those of their groups.
func RolesOf(u hub.User) []string {
	roles := declaredRolesOf(u)
	for _, given := range u.Given {
		roles = append(roles, given.Role)
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// declaredRolesOf are those of them that the configuration says who has.
func declaredRolesOf(u hub.User) []string {
	roles := append([]string{scopes.RoleUser}, u.Roles...)
	if u.Admin {
		roles = append(roles, scopes.RoleAdmin)
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// OfUser is what a person may do: by the user role, the admin role, what they and
// their groups were given, and what was shared with them. Somebody suspended may
// nothing.
func (x *Rights) OfUser(u hub.User) scopes.Set {
	if u.Suspended {
		return scopes.Set{}
	}
	roles := declaredRolesOf(u)
	for _, given := range u.GroupRoles {
		roles = append(roles, given.Role)
	}
	raw := append(x.scopesOf(roles), x.givenTo(u)...)
	raw = append(raw, u.Shared...)
	set, _ := x.catalog.Expand(raw, UserOwner(u), scopes.Client{})
	return set
}

// ofService is what a service may do: what its roles say.
func (x *Rights) ofService(s hub.Service) scopes.Set {
	roles := slices.Clone(s.Roles)
	if s.Admin {
		roles = append(roles, scopes.RoleAdmin)
	}
	set, _ := x.catalog.Expand(x.scopesOf(roles), ServiceOwner(s), scopes.Client{Service: s.Name})
	return set
}

func (x *Rights) scopesOf(roles []string) (raw []string) {
	for _, name := range roles {
		raw = append(raw, x.roles[name].Scopes...) // a role that is no longer configured has none
	}
	return raw
}

// Self is what is a person's own.
func (x *Rights) Self(u hub.User) scopes.Set {
	set, _ := x.catalog.Expand([]string{scopes.Self}, UserOwner(u), scopes.Client{})
	return set
}

// UserOwner is a person, as scopes that name nobody mean them.
func UserOwner(u hub.User) scopes.Owner { return scopes.Owner{Kind: scopes.KindUser, Name: u.Name} }

// ServiceOwner is a service, as scopes that name nobody mean it.
func ServiceOwner(s hub.Service) scopes.Owner {
	return scopes.Owner{Kind: scopes.KindService, Name: s.Name}
}

// IsAdmin tells whether the requester may do all that administrators may: somebody
// who is one, not by way of a token that may less.
func (p *Policy) IsAdmin(r *Requester) bool {
	return (r.User.Admin || r.Service.Admin) && r.Scopes.Contains(p.rights.admin, nil)
}

// MayJoin refuses to put somebody into a group where the requester would gain by it,
// or would give away what isn't theirs: the group's roles; what is shared with it, where
// it is themselves or somebody for whom they may make tokens or set a password; or, where the requester
// holds scopes on the members of the group, those scopes on somebody on whom they do not
// hold them. Somebody who is being made has no id.
func (p *Policy) MayJoin(r *Requester, g hub.Group, u hub.User) error {
	if slices.Contains(u.Groups, g.Name) || p.IsAdmin(r) {
		return nil
	}
	for _, role := range append(p.Promised(scopes.Group(g.Name)), g.Roles...) {
		set, _ := p.rights.catalog.Expand(p.rights.roles[role].Scopes, UserOwner(u), scopes.Client{})
		if missing := r.Scopes.Missing(set, GroupsOf(u)); len(missing) > 0 {
			return hub.Said(hub.Forbidden, "The members of %s have the role %s, which allows %s: more than you may. Ask an administrator to add %s.",
				g.Name, role, missing[0], u.Name)
		}
	}
	if u.ID == 0 || u.ID == r.User.ID || p.couldBe(r, u) {
		set, _ := p.rights.catalog.Expand(g.Shared, UserOwner(u), scopes.Client{})
		if missing := r.Scopes.Missing(set, GroupsOf(u)); len(missing) > 0 {
			return hub.Said(hub.Forbidden, "In the group %s, %s would get %s, which you do not have. Ask an administrator to add them.", g.Name, u.Name, missing[0])
		}
	}
	if u.ID == 0 && r.MakesPeopleIn(g.Name) {
		return nil // there is nothing of theirs yet
	}
	if scope, gains := gainsOver(r.Held(), scopes.Group(g.Name), u); gains {
		return hub.Said(hub.Forbidden, "With %s in the group %s you would get %s on %s, which you do not have. Ask an administrator to add them.",
			u.Name, g.Name, scope, u.Name)
	}
	return nil
}

// couldBe tells whether the requester may come in as the person: by a token or a password.
func (p *Policy) couldBe(r *Requester, u hub.User) bool {
	held := r.Held()
	return held.AllowsUser("tokens", u.Name, GroupsOf(u)) || slices.ContainsFunc(PasswordScopes(), func(s string) bool { return held.AllowsUser(s, u.Name, GroupsOf(u)) })
}

// MayRename refuses a new name by which the requester would gain rights over the
// person, one that a scope of theirs names, or by which the person would at the next
// start.
func (p *Policy) MayRename(r *Requester, u hub.User, name string) error {
	if name == u.Name || p.IsAdmin(r) {
		return nil
	}
	if scope, gains := gainsOver(r.Held(), scopes.User(name), u); gains {
		return hub.Errorf(hub.Forbidden, "Under the name %s you would get %s on %s, which you do not have. Ask an administrator to rename them.",
			name, scope, u.Name)
	}
	return p.MayTakeName(r, name)
}

// gainsOver finds a scope that held has with the filter and does not have on the
// person. A name in a filter on a server counts as one on the person.
func gainsOver(held scopes.Set, with scopes.Filter, u hub.User) (scope string, gains bool) {
	for _, base := range held.Bases() {
		aboutGroup := with.Kind == scopes.KindGroup && scopes.OnGroups(base)
		if aboutGroup || held.AllowsUser(base, u.Name, GroupsOf(u)) {
			continue
		}
		for _, f := range held.Filters(base) {
			if f == with || with.Kind == scopes.KindUser && f.OnServerOf(with.Value) {
				return base, true
			}
		}
	}
	return "", false
}

// MayTouchAdmin keeps those who are not administrators away from those who are.
func (p *Policy) MayTouchAdmin(r *Requester, u hub.User) error {
	if u.Admin && !p.IsAdmin(r) {
		return hub.Errorf(hub.Forbidden, "Only an administrator can change an administrator")
	}
	return nil
}

// MayBecome refuses to set the password of somebody who may more than the requester, besides
// what is theirs alone where the requester holds the scope for that: who knows it can be them.
func (p *Policy) MayBecome(r *Requester, u hub.User) error {
	if err := p.MayTouchAdmin(r, u); err != nil || p.IsAdmin(r) {
		return err
	}
	if err := p.MayTakeName(r, u.Name); err != nil {
		return err
	}
	u.Suspended = false
	limit := r.Scopes
	if r.AllowsUser(passwordScope, u) {
		limit = scopes.Union(limit, p.rights.Self(u))
	}
	if lacking := limit.Missing(p.rights.OfUser(u), GroupsOf(u)); len(lacking) > 0 {
		return hub.Errorf(hub.Forbidden, "With a password of %s's you would get %s, which you do not have. Ask an administrator to set it.", u.Name, lacking[0])
	}
	return nil
}

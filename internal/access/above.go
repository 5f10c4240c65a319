package access

import (
	"context"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// A scope that is held by way of a group reaches whoever is in it, and who that is others decide, also later. So it
// does nothing to a member who holds more than its holder: a teacher of a class cannot open the server of an
// administrator who sits in it. A scope on everybody, or on one person by name, is what it says: whoever gave it
// knew whom it reaches. Everything that is done to people asks here (see decision 0029).

// within are the groups of somebody by which one who holds these scopes may act on them: without those in which
// they hold more than that. What all members of a group have by it is no more.
func (x *Rights) within(held scopes.Set, u hub.User) []string {
	if !u.Admin && len(u.Roles)+len(u.Given)+len(u.GroupRoles) == 0 {
		return u.Groups
	}
	if x == nil { // nothing is known of roles
		return nil
	}
	return slices.DeleteFunc(slices.Clone(u.Groups), func(group string) bool {
		roles := slices.Clone(u.Roles)
		if u.Admin {
			roles = append(roles, scopes.RoleAdmin)
		}
		for _, given := range u.GroupRoles {
			if given.Group != group {
				roles = append(roles, given.Role)
			}
		}
		set, _ := x.catalog.Expand(append(x.scopesOf(roles), x.givenTo(u)...), UserOwner(u), scopes.Client{})
		return holdsMore(set, held, u)
	})
}

// holdsMore tells whether somebody's scopes, what is about themselves aside, are more than held.
func holdsMore(theirs, held scopes.Set, u hub.User) bool {
	for _, base := range theirs.Bases() {
		if held.Has(base) {
			continue
		}
		if theirs.Has(base) {
			return true
		}
		for _, f := range theirs.Filters(base) {
			if f != scopes.User(u.Name) && !f.OnServerOf(u.Name) && !held.Allows(base, f, GroupsOf(u)) {
				return true
			}
		}
	}
	return false
}

// looks tells whether a base scope only shows what a list of people, their groups and servers has: that is no
// acting on them.
func looks(base string) bool {
	switch base {
	case "list:users", "read:users", "read:users:name", "read:users:groups", "read:users:activity", "read:roles:users", "read:servers":
		return true
	}
	return false
}

// groupsFor is the membership of somebody as far as a base scope of the requester counts by it.
func (r *Requester) groupsFor(base string, u hub.User) scopes.Groups {
	if looks(base) || u.ID != 0 && u.ID == r.User.ID {
		return GroupsOf(u)
	}
	return func(name string) []string {
		if name != u.Name {
			return nil
		}
		return r.rights.within(r.Held(), u)
	}
}

// tooLow tells whether the requester lacks a scope on somebody for the one reason that they hold more.
func (r *Requester) tooLow(u hub.User, byAnyGroup func(scope string) bool, oneOf []string) bool {
	return r.Known() && u.ID != 0 && slices.ContainsFunc(oneOf, byAnyGroup)
}

func errHoldsMore(u hub.User) error {
	return hub.Errorf(hub.Forbidden, "%s may more than you, so what you may with the members of a group does not reach them. Ask an administrator.", u.Name)
}

// AllowsUser tells whether the requester holds a base scope on somebody.
func (r *Requester) AllowsUser(base string, u hub.User) bool {
	return r.Scopes.AllowsUser(base, u.Name, r.groupsFor(base, u))
}

// AllowsServer tells whether the requester holds a base scope on somebody's server.
func (r *Requester) AllowsServer(base string, u hub.User, server string) bool {
	return r.Scopes.AllowsServer(base, u.Name, server, r.groupsFor(base, u))
}

// Above tells whether somebody holds more than the requester, by which something that the requester may with the members
// of a group does not reach them. What is held on everybody, or on them by name, does.
func (r *Requester) Above(u hub.User) bool {
	if u.ID == r.User.ID || len(u.Groups) == 0 {
		return false
	}
	reached := r.rights.within(r.Held(), u)
	if len(reached) == len(u.Groups) {
		return false
	}
	by := func(string) []string { return reached }
	return slices.ContainsFunc(r.Scopes.Bases(), func(base string) bool {
		return !looks(base) && r.Scopes.AllowsUser(base, u.Name, GroupsOf(u)) && !r.Scopes.AllowsUser(base, u.Name, by)
	})
}

// Lacks lists what somebody would have by a set that the requester does not hold on them, or only by way of a group by
// which nothing that is done reaches them.
func (r *Requester) Lacks(set scopes.Set, u hub.User) []string {
	missing := r.Scopes.Missing(set, GroupsOf(u))
	for _, s := range r.Scopes.Missing(set, r.groupsFor("", u)) {
		if base, _, _ := strings.Cut(s, "!"); !looks(base) && !slices.Contains(missing, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// MayTakeOut refuses to take somebody out of a group who holds more than a requester who has the say in this group alone.
func MayTakeOut(r *Requester, g hub.Group, u hub.User) error {
	if r.Scopes.Has("groups") || u.ID == r.User.ID || slices.Contains(r.rights.within(r.Held(), u), g.Name) {
		return nil
	}
	return errHoldsMore(u)
}

// GroupsIn looks up in the transaction by which groups one who holds these scopes may act on somebody. An error
// means no groups, which never widens anything.
func (x *Rights) GroupsIn(ctx context.Context, tx data.Tx, held scopes.Set) scopes.Groups {
	return func(name string) []string {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return nil
		}
		return x.within(held, u)
	}
}

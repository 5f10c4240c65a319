package app

import (
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// promises are the roles that the configuration gives to names at every start: to
// people's and to groups'. Whoever comes to such a name in between has them from the
// next start on.
type promises map[scopes.Filter][]string

func promisesOf(d Declared) promises {
	p := promises{}
	for _, role := range d.Roles {
		for _, name := range role.Users {
			p.add(userFilter(name), role.Name)
		}
		for _, name := range role.Groups {
			p.add(scopes.Group(name), role.Name)
		}
	}
	for _, g := range d.Groups {
		for _, name := range g.Users {
			p.add(userFilter(name), p[scopes.Group(g.Name)]...)
		}
	}
	return p
}

func (p promises) add(to scopes.Filter, roles ...string) {
	p[to] = append(p[to], roles...)
}

// userFilter is the filter for a person whom the configuration names.
func userFilter(raw string) scopes.Filter {
	name, err := hub.UserName(raw)
	if err != nil {
		name = raw // refused when it is applied
	}
	return scopes.User(name)
}

// promised are the roles that a name gets at the next start.
func (a *App) promised(to scopes.Filter) []string {
	if p := a.promises.Load(); p != nil {
		return slices.Clone((*p)[to])
	}
	return nil
}

// mayTakeName refuses somebody a name to which the configuration promises more than
// the requester may, besides what is everybody's own.
func (a *App) mayTakeName(r *Requester, name string) error {
	named := hub.User{Name: name}
	limit := scopes.Union(r.Scopes, a.rights.self(named))
	for _, role := range a.promised(scopes.User(name)) {
		set, _ := a.rights.catalog.Expand(a.rights.roles[role].Scopes, userOwner(named), scopes.Client{})
		if missing := limit.Missing(set, nil); len(missing) > 0 {
			return hub.Errorf(hub.Forbidden, "The configuration gives %s the role %s, which allows %s: more than you may. Ask an administrator.",
				name, role, missing[0])
		}
	}
	return nil
}

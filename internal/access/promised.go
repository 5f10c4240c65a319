package access

import (
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Promises are the roles that the configuration gives to names at every start: to
// people's and to groups'. Whoever comes to such a name in between has them from the
// next start on.
type Promises map[scopes.Filter][]string

// Add gives roles to a name.
func (p Promises) Add(to scopes.Filter, roles ...string) {
	p[to] = append(p[to], roles...)
}

// UserFilter is the filter for a person whom the configuration names.
func UserFilter(raw string) scopes.Filter {
	name, err := hub.UserName(raw)
	if err != nil {
		name = raw // refused when it is applied
	}
	return scopes.User(name)
}

// Rights says what roles and scopes there are.
func (p *Policy) Rights() *Rights { return p.rights }

// Promise takes down what the configuration gives to names.
func (p *Policy) Promise(given Promises) { p.promises.Store(&given) }

// Promised are the roles that a name gets at the next start.
func (p *Policy) Promised(to scopes.Filter) []string {
	if p := p.promises.Load(); p != nil {
		return slices.Clone((*p)[to])
	}
	return nil
}

// MayTakeName refuses somebody a name to which the configuration promises more than
// the requester may, besides what is everybody's own.
func (p *Policy) MayTakeName(r *Requester, name string) error {
	named := hub.User{Name: name}
	limit := scopes.Union(r.Scopes, p.rights.Self(named))
	for _, role := range p.Promised(scopes.User(name)) {
		set, _ := p.rights.catalog.Expand(p.rights.roles[role].Scopes, UserOwner(named), scopes.Client{})
		if missing := limit.Missing(set, nil); len(missing) > 0 {
			return hub.Errorf(hub.Forbidden, "The configuration gives %s the role %s, which allows %s: more than you may. Ask an administrator.",
				name, role, missing[0])
		}
	}
	return nil
}

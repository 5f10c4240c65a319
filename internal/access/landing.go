package access

import (
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Scopes of Atrium's own, each with the one of JupyterHub's that allows the same beside much else.
const (
	createScope   = "create:users"
	passwordScope = "admin:passwords"
	adminScope    = "admin:users"
)

// CreateScopes are those of which one is needed to make people.
func CreateScopes() []string { return []string{createScope, adminScope} }

// PasswordScopes are those of which one is needed to set passwords, and to have them changed.
func PasswordScopes() []string { return []string{passwordScope, adminScope} }

// MakesPeopleIn tells whether the requester may make people because they go into the group.
func (r *Requester) MakesPeopleIn(group string) bool {
	return slices.Contains(r.Scopes.Filters(createScope), scopes.Group(group))
}

// MakesPeople tells whether the requester may make people of any name, if only in a group.
func (r *Requester) MakesPeople() bool {
	return slices.ContainsFunc(CreateScopes(), r.Scopes.Has) ||
		slices.ContainsFunc(r.Scopes.Filters(createScope), func(f scopes.Filter) bool { return f.Kind == scopes.KindGroup })
}

// LandsIn is the group into which somebody goes whom the requester makes, beside those that are
// asked for: empty where none has to be. hub.Invalid where the requester has to say in which of theirs.
func (r *Requester) LandsIn(name string, asked []string) (group string, err error) {
	for _, scope := range CreateScopes() {
		if r.Scopes.AllowsUser(scope, name, nil) {
			return "", nil
		}
	}
	if slices.ContainsFunc(asked, r.MakesPeopleIn) {
		return "", nil
	}
	var own []string
	for _, f := range r.Scopes.Filters(createScope) {
		if f.Kind == scopes.KindGroup {
			own = append(own, f.Value)
		}
	}
	switch len(own) {
	case 0:
		return "", r.Denied(CreateScopes()...)
	case 1:
		return own[0], nil
	}
	return "", hub.Errorf(hub.Invalid, "Whom you make goes into one of your groups: say which, of %s", hub.Clip(strings.Join(own, ", ")))
}

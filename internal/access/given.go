package access

import (
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Given are the raw scopes of a role that was made while the hub runs, or of a ready-made one, as somebody is given it.
// A name that the configuration has is the configuration's.
func (x *Rights) Given(g hub.Given) []string {
	if _, declared := x.roles[g.Role]; declared {
		return nil
	}
	list := g.Scopes
	if ready, ok := scopes.ReadyRole(g.Role); ok {
		if list = ready.Scopes; g.Group == "" {
			return nil
		}
	}
	if g.Group != "" {
		return scopes.OnGroup(list, g.Group)
	}
	return list
}

func (x *Rights) givenTo(u hub.User) (raw []string) {
	for _, g := range u.Given {
		raw = append(raw, x.Given(g)...)
	}
	return raw
}

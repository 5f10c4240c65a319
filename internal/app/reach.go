package app

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// MayReach tells whether a credential gives access to a server, by what was known of
// both when it was resolved. Of a server that is not known it is true: nothing can be
// said about it. It is read from memory.
func (a *App) MayReach(ctx context.Context, c Credential, ownerID, serverID int64) bool {
	if c.of == nil {
		return false
	}
	owner, err := a.directory.byID(ctx, ownerID)
	if err != nil {
		return true
	}
	at := slices.IndexFunc(owner.servers, func(s hub.Server) bool { return s.ID == serverID })
	return at < 0 || c.of.scopes.AllowsServer(accessServers, owner.Name, owner.servers[at].Name, GroupsOf(owner.User))
}

// ByGroups are the groups whose members' servers the requester may use because of the
// group.
func (r *Requester) ByGroups() (groups []string) {
	for _, f := range r.Scopes.Filters(accessServers) {
		if f.Kind == scopes.KindGroup {
			groups = append(groups, f.Value)
		}
	}
	return groups
}

// NamedScopes are the requester's scopes for a notebook server to read, sorted. One that
// asks who somebody is compares the names of people, and cannot know who is in which
// group: so whoever has a server now, and is open to the requester by a group, is named
// besides. It is read from memory.
func (a *App) NamedScopes(ctx context.Context, r *Requester) ([]string, error) {
	groups := r.ByGroups()
	if len(groups) == 0 {
		return r.ScopeNames(), nil
	}
	people, err := a.directory.activeAmong(ctx, groups)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(r.ScopeNames())
	for _, name := range people {
		list = append(list, string(scopes.Of(accessServers, scopes.User(name))))
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

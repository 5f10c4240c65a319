package app

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
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
	return at < 0 || c.of.scopes.AllowsServer("access:servers", owner.Name, owner.servers[at].Name, GroupsOf(owner.User))
}

package access

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Reach tells who comes to which servers. It is read from memory.
type Reach struct{ directory *mirror.Directory }

// NewReach makes a Reach.
func NewReach(d *mirror.Directory) *Reach { return &Reach{d} }

// MayReach tells whether a credential gives access to a server, by what was known of
// both when it was resolved. Of a server that is not known it is true: nothing can be
// said about it.
func (re *Reach) MayReach(ctx context.Context, c Credential, ownerID, serverID int64) bool {
	if !c.Known() {
		return false
	}
	owner, err := re.directory.ByID(ctx, ownerID)
	if err != nil {
		return true
	}
	at := slices.IndexFunc(owner.Servers, func(s hub.Server) bool { return s.ID == serverID })
	return at < 0 || c.Reaches(owner.User, owner.Servers[at].Name)
}

// NamedScopes are the requester's scopes for a notebook server to read, sorted. One that
// asks who somebody is compares the names of people, and cannot know who is in which
// group: so whoever has a server now, and is open to the requester by a group, is named
// besides.
func (re *Reach) NamedScopes(ctx context.Context, r *Requester) ([]string, error) {
	groups := r.ByGroups()
	if len(groups) == 0 {
		return r.ScopeNames(), nil
	}
	people, err := re.directory.ActiveAmong(ctx, groups)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(r.ScopeNames())
	for _, p := range people {
		if r.AllowsUser(ServersScope, p.User) {
			list = append(list, string(scopes.Of(ServersScope, scopes.User(p.Name))))
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

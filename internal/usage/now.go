package usage

import (
	"context"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Now is what there is at this moment, of those of whom the requester may know.
type Now struct {
	Running, Waiting, Stopping, Failed int // servers
	People, ActiveDay, ActiveWeek      int // people, and those who were active within 24 hours and 7 days
}

// UsageNow counts servers and people. When people were active is told to those who may read that.
func (u *Usage) UsageNow(ctx context.Context, r *access.Requester) (now Now, err error) {
	users, groups, all, err := visible(r)
	if err != nil {
		return now, err
	}
	q := hub.UserQuery{Limit: 1, Restricted: !all, OnlyUsers: users, OnlyGroups: groups}
	at := u.clock()
	sees := func(p hub.User) bool {
		return r.Scopes.AllowsUser("read:users:activity", p.Name, access.GroupsOf(p))
	}
	_, _, err = u.directory.List(ctx, q, func(p *mirror.Person) bool {
		now.count(p.Servers)
		now.People++
		if seen := p.LastActivity; !seen.Before(at.Add(-7*hub.Day)) && sees(p.User) {
			now.ActiveWeek++
			if !seen.Before(at.Add(-hub.Day)) {
				now.ActiveDay++
			}
		}
		return false
	})
	return now, err
}

func (now *Now) count(servers []hub.Server) {
	for _, s := range servers {
		switch {
		case s.Failing():
			now.Failed++
		case s.Running():
			now.Running++
		case s.Phase == hub.Stopping:
			now.Stopping++
		case s.Active():
			now.Waiting++
		}
	}
}

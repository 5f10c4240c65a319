package usage

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Now is what there is at this moment, of those of whom the requester may know.
type Now struct {
	Running, Waiting, Stopping, Failed int // servers
	People, ActiveDay, ActiveWeek      int // people, and those who were active within 24 hours and 7 days
}

// nowKept is for how long what everybody's servers do is not counted again: however many look at it.
const nowKept = 2 * time.Second

// UsageNow counts servers and people. When people were active is told to those who may read that.
func (u *Usage) UsageNow(ctx context.Context, r *access.Requester) (Now, error) {
	users, groups, all, err := visible(r)
	if err != nil {
		return Now{}, err
	}
	const activity = "read:users:activity"
	if all && r.Scopes.Has(activity) {
		return u.everybodyNow(ctx)
	}
	return u.countNow(ctx, hub.UserQuery{Restricted: !all, OnlyUsers: users, OnlyGroups: groups}, func(p hub.User) bool {
		return r.Scopes.AllowsUser(activity, p.Name, access.GroupsOf(p))
	})
}

// everybodyNow is of all people, for those who may know of all of them.
func (u *Usage) everybodyNow(ctx context.Context) (Now, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at := u.clock(); !u.counted.IsZero() && at.Sub(u.counted).Abs() < nowKept {
		return u.now, nil
	}
	now, err := u.countNow(ctx, hub.UserQuery{}, func(hub.User) bool { return true })
	if err == nil {
		u.now, u.counted = now, u.clock()
	}
	return now, err
}

// countNow counts those whom the query finds, and of those whom the requester sees active when they were.
func (u *Usage) countNow(ctx context.Context, q hub.UserQuery, sees func(hub.User) bool) (now Now, err error) {
	at := u.clock()
	q.Limit = 1
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

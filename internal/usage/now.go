package usage

import (
	"context"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Now is what there is at this moment, of those of whom the requester may know.
type Now struct {
	Running, Waiting, Stopping, Failed int // servers
	People, ActiveDay, ActiveWeek      int // people, and those who were active within 24 hours and 7 days
	// Profiles are how many of those that run were started as which profile, by its slug. It is not changed any more.
	Profiles map[string]int
}

// nowKept is for how long nothing is counted again: however many look at it.
const nowKept = 2 * time.Second

// activity is the scope to know when people were active.
const activity = "read:users:activity"

// UsageNow counts servers and people. When people were active is told to those who may read that.
func (u *Usage) UsageNow(ctx context.Context, r *access.Requester) (Now, error) {
	users, groups, all, err := visible(r)
	if err != nil {
		return Now{}, err
	}
	if all && r.Scopes.Has(activity) {
		return u.everybodyNow(ctx)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	l, err := u.look(ctx)
	if err != nil {
		return Now{}, err
	}
	key := sightOf(r.Scopes)
	now, counted := l.counted[key]
	if !counted {
		now = l.count(r, users, groups, all)
		l.counted[key] = now
	}
	return now, nil
}

// everybodyNow is of all people, for those who may know of all of them.
func (u *Usage) everybodyNow(ctx context.Context) (now Now, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	at := u.clock()
	if !u.counted.IsZero() && at.Sub(u.counted).Abs() < nowKept {
		return u.now, nil
	}
	if err := u.walk(ctx, func(p *mirror.Person) { now.count(at, p, true) }); err != nil {
		return Now{}, err
	}
	u.now, u.counted = now, at
	return now, nil
}

func (u *Usage) walk(ctx context.Context, each func(p *mirror.Person)) error {
	_, _, err := u.directory.List(ctx, hub.UserQuery{Limit: 1}, func(p *mirror.Person) bool {
		each(p)
		return false
	})
	return err
}

// look is all people as they were at a moment, for those who may know of some: however many ask, and for however many
// groups, all are walked through once, and then only those who are asked for.
type look struct {
	at      time.Time
	all     []*mirror.Person
	byName  map[string]*mirror.Person
	in      map[string][]*mirror.Person // by group
	counted map[string]Now              // by what somebody may see
}

// look takes a look, unless there is one of late. u.mu is held.
func (u *Usage) look(ctx context.Context) (*look, error) {
	at := u.clock()
	if u.looked != nil && at.Sub(u.looked.at).Abs() < nowKept {
		return u.looked, nil
	}
	l := &look{at: at, byName: map[string]*mirror.Person{}, in: map[string][]*mirror.Person{}, counted: map[string]Now{}}
	err := u.walk(ctx, func(p *mirror.Person) {
		l.all = append(l.all, p)
		l.byName[p.Name] = p
		for _, g := range p.Groups {
			l.in[g] = append(l.in[g], p)
		}
	})
	if err != nil {
		return nil, err
	}
	u.looked = l
	return l, nil
}

// sightOf tells apart those who may see different people, or see of different people when they were active.
func sightOf(held scopes.Set) string {
	var b strings.Builder
	for _, base := range []string{Scope, activity} {
		b.WriteByte('\n')
		if held.Has(base) {
			b.WriteByte('*')
		}
		for _, f := range held.Filters(base) {
			b.WriteString(string(scopes.Of("", f)) + "\x00") // which no name has
		}
	}
	return b.String()
}

// count counts those whom the requester sees, each once.
func (l *look) count(r *access.Requester, users, groups []string, all bool) (now Now) {
	count := func(p *mirror.Person) {
		now.count(l.at, p, r.Scopes.AllowsUser(activity, p.Name, access.GroupsOf(p.User)))
	}
	if all {
		for _, p := range l.all {
			count(p)
		}
		return now
	}
	for i, g := range groups {
		for _, p := range l.in[g] {
			if !p.InAny(groups[:i]) {
				count(p)
			}
		}
	}
	for _, name := range users {
		if p := l.byName[name]; p != nil && !p.InAny(groups) {
			count(p)
		}
	}
	return now
}

// count adds somebody, and where it is to be told, whether they were active of late.
func (now *Now) count(at time.Time, p *mirror.Person, seen bool) {
	now.People++
	now.countServers(p.Servers)
	if !seen || p.LastActivity.Before(at.Add(-7*hub.Day)) {
		return
	}
	now.ActiveWeek++
	if !p.LastActivity.Before(at.Add(-hub.Day)) {
		now.ActiveDay++
	}
}

func (now *Now) countServers(servers []hub.Server) {
	for _, s := range servers {
		switch {
		case s.Failing():
			now.Failed++
		case s.Running():
			now.Running++
			if s.Profile != "" {
				now.ofProfile(s.Profile)
			}
		case s.Phase == hub.Stopping:
			now.Stopping++
		case s.Active():
			now.Waiting++
		}
	}
}

func (now *Now) ofProfile(slug string) {
	if now.Profiles == nil {
		now.Profiles = map[string]int{}
	}
	now.Profiles[slug]++
}

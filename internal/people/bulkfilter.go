package people

import (
	"context"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/servers"
)

// maxMatched is how many rows a filter may stand for.
const maxMatched = 100_000

// matching are the people whom a filter finds, by name. It is hub.Conflict where they are more
// than were confirmed. In a dry run any number is.
func (pe *People) matching(ctx context.Context, r *access.Requester, scope string, f filter.Filter, dryRun bool) ([]hub.User, error) {
	people, err := pe.found(ctx, r, scope, f)
	if err != nil || dryRun {
		return people, err
	}
	return people, confirmed(f, len(people))
}

// confirmed refuses more rows than were confirmed.
func confirmed(f filter.Filter, n int) error {
	if n <= f.Confirmed {
		return nil
	}
	return hub.Errorf(hub.Conflict, "There are %d now, and %d were confirmed: nothing was done. Look at them again, and confirm how many there are.", n, f.Confirmed)
}

// found are the people to whom a filter applies, and on whom the requester holds the scope.
func (pe *People) found(ctx context.Context, r *access.Requester, scope string, f filter.Filter) (people []hub.User, err error) {
	if f.Empty() {
		return nil, hub.Errorf(hub.Invalid, "The filter must say something of the people: a group, a part of their names, or a state")
	}
	if !access.MayOthers(r, scope) {
		return nil, hub.Errorf(hub.Forbidden, "A filter is for those who may act on others: name the rows instead")
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	q := hub.UserQuery{State: f.State, NameFilter: f.Name, Sort: hub.SortByName, Limit: maxMatched + 1}
	restrict(f, r, scope, &q)
	var of map[int64][]hub.Server
	var now time.Time
	err = pe.store.View(ctx, func(tx data.Tx) error {
		now = tx.Now()
		if people, _, err = tx.ListUsers(ctx, q); err != nil || f.Server == "" {
			return err
		}
		list, err := tx.ServersInBrief(ctx, idsOf(people))
		of = servers.ByOwner(list)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(people) > maxMatched {
		return nil, hub.Errorf(hub.TooLarge, "The filter finds more than %d people", maxMatched)
	}
	matches := f.Matcher(r, now, pe.logins.Unclaimed)
	theirs := people[:0]
	for _, u := range people {
		if matches(u, of[u.ID]) && mayFind(r, scope, u) {
			theirs = append(theirs, u)
		}
	}
	return theirs, nil
}

func idsOf(people []hub.User) []int64 {
	ids := make([]int64, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	return ids
}

// restrict lets a query find those alone whom the requester may act on, so that nobody reads
// everybody to find a few; where that takes no further filter, those alone in the group.
func restrict(f filter.Filter, r *access.Requester, scope string, q *hub.UserQuery) {
	held := r.Scopes.Filters(scope)
	if f.Group != "" && (r.Scopes.Has(scope) || slices.Contains(held, scopes.Group(f.Group))) {
		q.Restricted, q.OnlyGroups = true, []string{f.Group}
		return
	}
	if r.Scopes.Has(scope) {
		return
	}
	q.Restricted = true
	for _, h := range held {
		switch h.Kind {
		case scopes.KindUser:
			q.OnlyUsers = append(q.OnlyUsers, h.Value)
		case scopes.KindGroup:
			q.OnlyGroups = append(q.OnlyGroups, h.Value)
		}
	}
}

// mayFind tells whether the requester holds the scope on somebody.
func mayFind(r *access.Requester, scope string, u hub.User) bool {
	return r.Scopes.AllowsUser(scope, u.Name, access.GroupsOf(u))
}

// running are the servers that run of those whom a filter finds.
func (pe *People) running(ctx context.Context, r *access.Requester, f filter.Filter, dryRun bool) (active []hub.Server, err error) {
	people, err := pe.found(ctx, r, jobStop, f)
	if err != nil {
		return nil, err
	}
	var all []hub.Server
	err = pe.store.View(ctx, func(tx data.Tx) error {
		all, err = tx.ServersOf(ctx, idsOf(people))
		return err
	})
	if err != nil {
		return nil, err
	}
	if active = activeOnes(all); dryRun {
		return active, nil
	}
	return active, confirmed(f, len(active))
}

func namesOf(people []hub.User) []string {
	names := make([]string, len(people))
	for i, u := range people {
		names[i] = u.Name
	}
	return names
}

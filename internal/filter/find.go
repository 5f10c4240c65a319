package filter

import (
	"cmp"
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

const (
	// maxFound is how many rows a filter may stand for.
	maxFound = 200_000
	// partRead is how many people are looked at at a time.
	partRead = 20_000
)

// Finder finds the people whom filters of bulk work are about, in the database.
type Finder struct {
	Store     data.Store
	Unclaimed func(hub.User) bool // whose first login sets their password
	Most      int                 // how many people it finds at most; 0 is maxFound
	Part      int                 // how many it looks at at a time; 0 is partRead
}

// Covers refuses more rows than were confirmed.
func (f Filter) Covers(n int) error {
	if n <= f.Confirmed {
		return nil
	}
	return hub.Errorf(hub.Conflict, "There are %d now, and %d were confirmed: nothing was done. Look at them again, and confirm how many there are.", n, f.Confirmed)
}

// Find gives the people to whom a filter applies, and on whom the requester holds the scope, by
// name; hub.TooLarge where they are too many for one request.
func (fi Finder) Find(ctx context.Context, r *access.Requester, scope string, f Filter) ([]hub.User, error) {
	if f.Empty() {
		return nil, hub.Errorf(hub.Invalid, "The filter must say something of the people: a group, a part of their names, or a state")
	}
	if !access.MayOthers(r, scope) {
		return nil, hub.Errorf(hub.Forbidden, "A filter is for those who may act on others: name the rows instead")
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	q := hub.UserQuery{State: f.State, NameFilter: f.Name, Sort: hub.SortByName, Limit: cmp.Or(fi.Part, partRead)}
	restrict(f, r, scope, &q)
	most := cmp.Or(fi.Most, maxFound)
	var found []hub.User
	err := fi.Store.View(ctx, func(tx data.Tx) error {
		matches := f.Matcher(r, tx.Now(), fi.Unclaimed)
		for more := true; more && len(found) <= most; q.Offset += q.Limit {
			part, of, err := readPart(ctx, tx, q, f.Server != "")
			if err != nil {
				return err
			}
			found = append(found, slices.DeleteFunc(part, func(u hub.User) bool {
				return !matches(u, of[u.ID]) || !mayFind(r, scope, f, u)
			})...)
			more = len(part) == q.Limit
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) > most {
		return nil, hub.Errorf(hub.TooLarge, "The filter finds more than %d people", most).Plainly(
			"The filter finds more than %d people, which is the most for one request: narrow it, and do it in parts.", most)
	}
	return found, nil
}

// readPart reads some people, with their servers where they are asked for.
func readPart(ctx context.Context, tx data.Tx, q hub.UserQuery, servers bool) (part []hub.User, of map[int64][]hub.Server, err error) {
	if part, _, err = tx.ListUsers(ctx, q); err != nil || !servers {
		return part, nil, err
	}
	of, err = serversOf(ctx, tx, part)
	return part, of, err
}

func serversOf(ctx context.Context, tx data.Tx, people []hub.User) (map[int64][]hub.Server, error) {
	ids := make([]int64, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	list, err := tx.ServersInBrief(ctx, ids)
	of := make(map[int64][]hub.Server, len(list))
	for _, s := range list {
		of[s.UserID] = append(of[s.UserID], s)
	}
	return of, err
}

// restrict lets a query find those alone whom the requester may act on, so that nobody reads
// everybody to find a few; where that takes no further filter, those alone in the group.
func restrict(f Filter, r *access.Requester, scope string, q *hub.UserQuery) {
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

// mayFind tells whether the requester holds the scope on somebody. Whoever only lists people must
// be allowed to know of the group that they are found by.
func mayFind(r *access.Requester, scope string, f Filter, u hub.User) bool {
	return r.AllowsUser(scope, u) && (scope != "list:users" || MaySeeIn(r, f.Group, u))
}

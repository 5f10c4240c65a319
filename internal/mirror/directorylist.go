package mirror

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// List gives one part of the list that the query asks for, of those who match, and how many
// people the whole of it has. A nil match is everybody.
func (d *Directory) List(ctx context.Context, q hub.UserQuery, match func(*Person) bool) (part []*Person, total int, err error) {
	if err := d.ready(ctx); err != nil {
		return nil, 0, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	limit, offset := q.Limit, max(q.Offset, 0)
	if limit <= 0 {
		limit = d.ids.Len()
	}
	byQuery := matcher(q)
	if byQuery == nil && match == nil && isKept(q) {
		for p := range d.from(q, offset) {
			if len(part) == limit {
				break
			}
			part = append(part, p)
		}
		return part, d.ids.Len(), nil
	}
	for p := range d.inOrder(q) {
		if byQuery != nil && !byQuery(p) || match != nil && !match(p) {
			continue
		}
		if total >= offset && len(part) < limit {
			part = append(part, p)
		}
		total++
	}
	return part, total, nil
}

// inOrder walks those among whom the query finds somebody, in its order.
func (d *Directory) inOrder(q hub.UserQuery) iter.Seq[*Person] {
	byName := q
	byName.Sort, byName.Descending = hub.SortByName, false
	if placed := place(q); placed != nil {
		return inPlaces(d.candidates(byName), placed, q.Descending)
	}
	if isKept(q) {
		return d.candidates(q)
	}
	list := slices.Collect(d.candidates(byName))
	slices.SortStableFunc(list, func(a, b *Person) int {
		if q.Descending {
			a, b = b, a
		}
		if q.Sort == hub.SortByQuota {
			return cmp.Compare(amountOf(q, a), amountOf(q, b))
		}
		return byGroups(a.Groups, b.Groups)
	})
	return slices.Values(list)
}

// amountOf is what somebody has; of whom nothing may be known it is less than what anybody has.
func amountOf(q hub.UserQuery, p *Person) int64 {
	if amount, known := q.Amounts[p.ID]; known {
		return amount
	}
	return math.MinInt64
}

// byGroups compares the groups that two people are in, as they are read; who is in none comes
// last.
func byGroups(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return min(len(b), 1) - min(len(a), 1)
	}
	return slices.Compare(a, b)
}

// places is how many places an order has in which many people are equals.
const places = 4

// place tells whereabouts somebody is in such an order, from 0; nil for other orders.
func place(q hub.UserQuery) func(*Person) int {
	switch q.Sort {
	case hub.SortByAdmin:
		return func(p *Person) int {
			if p.Admin {
				return 0
			}
			return 1
		}
	case hub.SortByServer:
		return serverPlace
	case hub.SortByID, hub.SortByName, hub.SortByLastActivity, hub.SortByGroups, hub.SortByQuota:
	}
	return nil
}

func serverPlace(p *Person) int {
	for at, does := range []func(hub.Server) bool{hub.Server.Running, hub.Server.Active, hub.Server.Failing} {
		if slices.ContainsFunc(p.Servers, does) {
			return at
		}
	}
	return places - 1
}

// inPlaces walks people by their places, equals as they come.
func inPlaces(people iter.Seq[*Person], place func(*Person) int, descending bool) iter.Seq[*Person] {
	return func(yield func(*Person) bool) {
		var lists [places][]*Person
		for p := range people {
			at := place(p)
			if descending {
				at = places - 1 - at
			}
			lists[at] = append(lists[at], p)
		}
		for _, list := range lists {
			for _, p := range list {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// isKept tells whether everybody is kept in the order of the query.
func isKept(q hub.UserQuery) bool {
	return q.Sort != hub.SortByGroups && q.Sort != hub.SortByQuota && place(q) == nil
}

// from walks everybody in the order of the query, beginning with a place.
func (d *Directory) from(q hub.UserQuery, offset int) iter.Seq[*Person] {
	t, descending := d.ids, q.Descending
	switch {
	case q.Sort == hub.SortByName:
		t = d.names
	case q.Sort == hub.SortByLastActivity && descending:
		t, descending = d.latest, false
	case q.Sort == hub.SortByLastActivity:
		t = d.seen
	}
	return func(yield func(*Person) bool) {
		walk, place := t.Ascend, offset
		if descending {
			walk, place = t.Descend, t.Len()-1-offset
		}
		if first, ok := t.GetAt(place); ok {
			walk(first, yield)
		}
	}
}

// candidates walks those among whom the query finds somebody, in its order.
func (d *Directory) candidates(q hub.UserQuery) iter.Seq[*Person] {
	if q.State != hub.ActiveUsers && q.State != hub.ReadyUsers {
		return d.from(q, 0)
	}
	some := make([]*Person, 0, len(d.active))
	for _, p := range d.active {
		some = append(some, p)
	}
	slices.SortFunc(some, func(a, b *Person) int { return compare(q, a, b) })
	return slices.Values(some)
}

// compare is the order of the query. Equals are in the order of making.
func compare(q hub.UserQuery, a, b *Person) int {
	order := 0
	switch q.Sort {
	case hub.SortByName:
		order = strings.Compare(a.Name, b.Name)
	case hub.SortByLastActivity:
		order = a.LastActivity.Compare(b.LastActivity)
	case hub.SortByID:
		order = cmp.Compare(a.ID, b.ID)
	}
	if q.Descending {
		order = -order
	}
	return cmp.Or(order, cmp.Compare(a.ID, b.ID))
}

// matcher tells who is in the list of a query; nil when everybody is.
func matcher(q hub.UserQuery) func(*Person) bool {
	filter := strings.ToLower(q.NameFilter)
	if filter == "" && q.State == hub.AnyUserState && !q.Restricted {
		return nil
	}
	return func(p *Person) bool {
		return strings.Contains(p.Name, filter) && p.in(q.State) && (!q.Restricted || p.among(q.OnlyUsers, q.OnlyGroups))
	}
}

func (p *Person) in(state hub.UserState) bool {
	switch state {
	case hub.ActiveUsers:
		return slices.ContainsFunc(p.Servers, hub.Server.Active)
	case hub.ReadyUsers:
		return slices.ContainsFunc(p.Servers, hub.Server.Running)
	case hub.InactiveUsers:
		return !slices.ContainsFunc(p.Servers, hub.Server.Active)
	case hub.AnyUserState:
	}
	return true
}

func (p *Person) among(users, groups []string) bool {
	return slices.Contains(users, p.Name) || slices.ContainsFunc(p.Groups, func(g string) bool { return slices.Contains(groups, g) })
}

// InAny tells whether they are in one of the groups.
func (p *Person) InAny(groups []string) bool { return p.among(nil, groups) }

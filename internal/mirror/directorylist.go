package mirror

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// List gives one part of the list that the query asks for, and how many people the
// whole of it has.
func (d *Directory) List(ctx context.Context, q hub.UserQuery) (part []*Person, total int, err error) {
	if err := d.ready(ctx); err != nil {
		return nil, 0, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	limit, offset := q.Limit, max(q.Offset, 0)
	if limit <= 0 {
		limit = d.ids.Len()
	}
	matches := matcher(q)
	if matches == nil {
		for p := range d.from(q, offset) {
			if len(part) == limit {
				break
			}
			part = append(part, p)
		}
		return part, d.ids.Len(), nil
	}
	for p := range d.candidates(q) {
		if !matches(p) {
			continue
		}
		if total >= offset && len(part) < limit {
			part = append(part, p)
		}
		total++
	}
	return part, total, nil
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

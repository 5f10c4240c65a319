package hub

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// Group is a set of people. Properties are any JSON object.
type Group struct {
	ID         int64
	Name       string
	Properties json.RawMessage
	Users      []string // sorted
	Members    int      // how many they are, where they were counted in the place of being read
	Roles      []string // sorted
	Shared     []string // scopes on servers that were shared with it; sorted
}

// GroupSort is a column that lists of groups are sorted by.
type GroupSort string

// The columns of GET /groups?sort=.
const (
	GroupsByID      GroupSort = "id"
	GroupsByName    GroupSort = "name" // whatever the case of its letters
	GroupsByMembers GroupSort = "members"
)

// GroupQuery says which groups a list holds and which part of it is wanted.
type GroupQuery struct {
	NameFilter string // case-insensitive substring
	Sort       GroupSort
	Descending bool
	Offset     int
	Limit      int  // 0: all
	Count      bool // the members are counted, and not read

	// Restricted narrows the list to the groups named.
	Restricted bool
	Only       []string
}

// Pick sorts the groups that match, and gives the part that is wanted and how many match.
func (q GroupQuery) Pick(all []Group) (part []Group, total int) {
	filter := strings.ToLower(q.NameFilter)
	all = slices.DeleteFunc(all, func(g Group) bool { return !strings.Contains(strings.ToLower(g.Name), filter) })
	slices.SortFunc(all, q.compare)
	from := min(max(q.Offset, 0), len(all))
	part = all[from:]
	if q.Limit > 0 {
		part = part[:min(q.Limit, len(part))]
	}
	return part, len(all)
}

// compare is the order of the query. Equals are in the order of their names.
func (q GroupQuery) compare(a, b Group) int {
	byName := cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	order := cmp.Compare(a.ID, b.ID)
	switch q.Sort {
	case GroupsByName:
		order = byName
	case GroupsByMembers:
		order = cmp.Compare(a.Members, b.Members)
	case GroupsByID:
	}
	if q.Descending {
		order = -order
	}
	return cmp.Or(order, byName)
}

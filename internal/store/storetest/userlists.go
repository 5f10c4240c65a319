package storetest

import (
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func userListTests() []test {
	return []test{
		{"by state", testListByState},
		{"by part of a name", testListByName},
		{"in order", testListOrder},
		{"in parts", testListParts},
		{"restricted", testListRestricted},
		{"with groups", testListGroupsOfUsers},
		{"all at once", testListCombined},
	}
}

// listNames gives the names of a list in their order.
func listNames(s *suite, q hub.UserQuery) []string {
	s.Helper()
	names, _ := listTotal(s, q)
	return names
}

func listTotal(s *suite, q hub.UserQuery) (names []string, total int) {
	s.Helper()
	us := read(s, func(tx data.Tx) (us []hub.User, err error) {
		us, total, err = tx.ListUsers(s.ctx, q)
		return us, err
	})
	return userNames(us), total
}

func testListByState(s *suite) {
	us := s.users("none", "stopped", "failed", "queued", "starting", "waiting", "ready", "stopping", "both")
	for _, u := range us[1:8] {
		s.server(u, "", hub.Phase(u.Name))
	}
	s.server(us[8], "a", hub.Ready)
	s.server(us[8], "b", hub.Stopped)
	for state, want := range map[hub.UserState][]string{
		hub.AnyUserState:  userNames(us),
		hub.ActiveUsers:   {"queued", "starting", "waiting", "ready", "stopping", "both"},
		hub.ReadyUsers:    {"ready", "both"},
		hub.InactiveUsers: {"none", "stopped", "failed"},
	} {
		got, total := listTotal(s, hub.UserQuery{State: state})
		s.equal("state "+string(state), got, want)
		s.equal("how many", total, len(want))
	}
}

func testListByName(s *suite) {
	s.users("anna", "hannes", "a%b", "a_b", "axb", `a\b`, "ärger")
	for filter, want := range map[string][]string{
		"ann":                    {"anna", "hannes"},
		"ANN":                    {"anna", "hannes"},
		"%":                      {"a%b"},
		"_":                      {"a_b"},
		`\`:                      {`a\b`},
		"a_b":                    {"a_b"},
		"Är":                     {"ärger"},
		"' OR 1=1 --":            {},
		strings.Repeat("a", 255): {},
		strings.Repeat("%", 1e6): {},
	} {
		got, total := listTotal(s, hub.UserQuery{NameFilter: filter})
		if len(filter) > 20 {
			filter = filter[:20]
		}
		s.equal("filter "+filter, got, want)
		s.equal("how many", total, len(want))
	}
}

func testListOrder(s *suite) {
	us := s.users("b", "ä", "a", "Z", "c")
	now := s.clock.Now()
	s.touch(data.Seen{Users: map[int64]time.Time{us[0].ID: now, us[2].ID: now.Add(-time.Hour), us[4].ID: now}})
	for _, c := range []struct {
		sort       hub.UserSort
		descending bool
		want       []string
	}{
		{"", false, []string{"b", "ä", "a", "Z", "c"}},
		{hub.SortByID, false, []string{"b", "ä", "a", "Z", "c"}},
		{hub.SortByID, true, []string{"c", "Z", "a", "ä", "b"}},
		{hub.SortByName, false, []string{"Z", "a", "b", "c", "ä"}}, // by bytes, on every engine
		{hub.SortByName, true, []string{"ä", "c", "b", "a", "Z"}},
		{hub.SortByLastActivity, false, []string{"ä", "Z", "a", "b", "c"}}, // never seen comes first
		{hub.SortByLastActivity, true, []string{"b", "c", "a", "ä", "Z"}},
	} {
		s.equal("order "+string(c.sort), listNames(s, hub.UserQuery{Sort: c.sort, Descending: c.descending}), c.want)
	}
}

func testListParts(s *suite) {
	s.users("a", "b", "c", "d", "e")
	for _, c := range []struct {
		offset, limit int
		want          []string
	}{
		{0, 2, []string{"a", "b"}},
		{2, 2, []string{"c", "d"}},
		{4, 2, []string{"e"}},
		{5, 2, []string{}},
		{1, 0, []string{"b", "c", "d", "e"}},
		{-1, 1, []string{"a"}},
	} {
		got, total := listTotal(s, hub.UserQuery{Offset: c.offset, Limit: c.limit})
		s.equal("part", got, c.want)
		s.equal("the whole", total, 5)
	}
}

func testListRestricted(s *suite) {
	us := s.users("a", "b", "c", "d")
	s.group("first", us[0], us[1])
	s.group("second", us[1], us[2])
	for _, c := range []struct {
		users, groups, want []string
	}{
		{nil, nil, []string{}},
		{[]string{"d", "nobody"}, nil, []string{"d"}},
		{nil, []string{"first", "nothing"}, []string{"a", "b"}},
		{[]string{"b", "d"}, []string{"first", "second"}, []string{"a", "b", "c", "d"}},
	} {
		got, total := listTotal(s, hub.UserQuery{Restricted: true, OnlyUsers: c.users, OnlyGroups: c.groups})
		s.equal("restricted", got, c.want)
		s.equal("how many", total, len(c.want))
	}
	s.equal("not restricted", listNames(s, hub.UserQuery{OnlyUsers: []string{"a"}}), []string{"a", "b", "c", "d"})
}

func testListGroupsOfUsers(s *suite) {
	us := s.users("a", "b", "c")
	s.group("zebras", us[0])
	s.group("apes", us[0], us[1])
	list := read(s, func(tx data.Tx) ([]hub.User, error) {
		list, _, err := tx.ListUsers(s.ctx, hub.UserQuery{})
		return list, err
	})
	for i, want := range [][]string{{"apes", "zebras"}, {"apes"}, {}} {
		s.equal("groups of "+list[i].Name, list[i].Groups, want)
	}
}

func testListCombined(s *suite) {
	us := s.users("anna1", "anna2", "anna3", "anna4", "bob")
	s.group("class", us[0], us[1], us[2], us[4])
	for _, u := range us {
		s.server(u, "", hub.Ready)
	}
	got, total := listTotal(s, hub.UserQuery{
		State: hub.ReadyUsers, NameFilter: "Anna", Sort: hub.SortByName, Descending: true, Offset: 1, Limit: 1,
		Restricted: true, OnlyUsers: []string{"bob"}, OnlyGroups: []string{"class"},
	})
	s.equal("the second of three", got, []string{"anna2"})
	s.equal("how many", total, 3)
}

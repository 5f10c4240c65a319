package storetest

import (
	"encoding/json"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func groupTests() []test {
	return []test{
		{"create and read", testCreateGroup},
		{"list", testListGroups},
		{"found, sorted and counted", testCountedGroups},
		{"rename", testRenameGroup},
		{"named in scopes", testGroupInScopes},
		{"members", testMembers},
		{"delete", testDeleteGroup},
		{"properties", testGroupProperties},
	}
}

func groupNames(gs []hub.Group) []string {
	names := make([]string, len(gs))
	for i, g := range gs {
		names[i] = g.Name
	}
	return names
}

func testCreateGroup(s *suite) {
	g := s.group("Klasse 7b ünï")
	want := hub.Group{ID: g.ID, Name: "Klasse 7b ünï", Properties: json.RawMessage("{}"), Users: []string{}}
	s.equal("made", g, want)
	s.equal("read", read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, want.Name) }), want)
	s.group("klasse 7b ünï") // another one: groups' names keep their case
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, err := tx.CreateGroup(s.ctx, want.Name)
		return err
	})
	absent(s, "group", func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "nothing") })
}

func testListGroups(s *suite) {
	u := s.user("ada")
	s.group("z", u)
	s.group("a")
	s.group("m", u)
	for _, c := range []struct {
		names         []string
		offset, limit int
		want          []string
		total         int
	}{
		{nil, 0, 0, []string{"z", "a", "m"}, 3},
		{nil, 1, 1, []string{"a"}, 3},
		{nil, 3, 0, []string{}, 3},
		{[]string{"m", "z", "nothing"}, 0, 0, []string{"z", "m"}, 2},
		{[]string{"m", "z"}, 1, 5, []string{"m"}, 2},
		{[]string{}, 0, 0, []string{}, 0},
	} {
		var total int
		got := read(s, func(tx data.Tx) (gs []hub.Group, err error) {
			gs, total, err = tx.ListGroups(s.ctx, hub.GroupQuery{Restricted: c.names != nil, Only: c.names, Offset: c.offset, Limit: c.limit})
			return gs, err
		})
		s.equal("groups", groupNames(got), c.want)
		s.equal("how many", total, c.total)
		for _, g := range got {
			s.equal("members of "+g.Name, len(g.Users), map[string]int{"z": 1, "m": 1}[g.Name])
		}
	}
}

func testCountedGroups(s *suite) {
	us := s.users("ada", "bob", "cy")
	s.group("Übung", us[0])
	s.group("zoo", us...)
	a := s.group("a", us[1], us[2])
	s.group("Z")
	for _, c := range []struct {
		q     hub.GroupQuery
		want  []string
		total int
	}{
		{hub.GroupQuery{Sort: hub.GroupsByName}, []string{"a", "Z", "zoo", "Übung"}, 4},
		{hub.GroupQuery{Sort: hub.GroupsByName, Descending: true, Limit: 2, Offset: 1}, []string{"zoo", "Z"}, 4},
		{hub.GroupQuery{Sort: hub.GroupsByMembers}, []string{"Z", "Übung", "a", "zoo"}, 4},
		{hub.GroupQuery{Sort: hub.GroupsByMembers, Descending: true, Limit: 1}, []string{"zoo"}, 4},
		{hub.GroupQuery{Sort: hub.GroupsByID, NameFilter: "z"}, []string{"zoo", "Z"}, 2},
		{hub.GroupQuery{Sort: hub.GroupsByName, NameFilter: "übu"}, []string{"Übung"}, 1},
		{hub.GroupQuery{Sort: hub.GroupsByName, NameFilter: "%"}, []string{}, 0},
		{hub.GroupQuery{Sort: hub.GroupsByMembers, Descending: true, Restricted: true, Only: []string{"a", "Z", "nothing"}}, []string{"a", "Z"}, 2},
	} {
		for _, count := range []bool{true, false} {
			c.q.Count = count
			var total int
			got := read(s, func(tx data.Tx) (gs []hub.Group, err error) {
				gs, total, err = tx.ListGroups(s.ctx, c.q)
				return gs, err
			})
			s.equal("groups", groupNames(got), c.want)
			s.equal("how many", total, c.total)
			for _, g := range got {
				n := map[string]int{"Übung": 1, "zoo": 3, "a": 2}[g.Name]
				if count && (g.Members != n || g.Users != nil) || !count && len(g.Users) != n {
					s.Errorf("%s has %d members, and is %+v", g.Name, n, g)
				}
			}
		}
	}
	s.update(func(tx data.Tx) error { return tx.SetGroupProperties(s.ctx, a.ID, []byte(`{"b":1}`)) })
	s.update(func(tx data.Tx) error {
		return tx.AddRoleMembers(s.ctx, []hub.RoleMember{{Role: "teacher", GroupID: a.ID}})
	})
	got := read(s, func(tx data.Tx) ([]hub.Group, error) {
		gs, _, err := tx.ListGroups(s.ctx, hub.GroupQuery{Restricted: true, Only: []string{"a"}, Count: true})
		return gs, err
	})
	s.equal("counted", got, []hub.Group{{ID: a.ID, Name: "a", Properties: json.RawMessage(`{"b":1}`), Members: 2, Roles: []string{"teacher"}}})
}

func testRenameGroup(s *suite) {
	us := s.users("ada", "bob")
	g := s.group("old", us...)
	s.group("taken", us[0])
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.RenameGroup(s.ctx, g.ID, "taken") })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.RenameGroup(s.ctx, 999, "new") })
	s.update(func(tx data.Tx) error { return tx.RenameGroup(s.ctx, g.ID, "old") })
	s.update(func(tx data.Tx) error { return tx.RenameGroup(s.ctx, g.ID, "new") })
	absent(s, "the old name", func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "old") })
	s.equal("renamed", read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "new") }),
		hub.Group{ID: g.ID, Name: "new", Properties: json.RawMessage("{}"), Users: []string{"ada", "bob"}})
	s.equal("seen from a member", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") }).Groups, []string{"new", "taken"})
}

func testGroupInScopes(s *suite) {
	u := s.user("ada")
	s.token(hub.Token{Hash: "a", UserID: u.ID, Scopes: []string{"read:users!group=of-tokens", "self"}})
	s.token(hub.Token{Hash: "b", UserID: u.ID, Scopes: []string{"read:users!group=of-old-tokens"}, Expires: s.clock.Now().Add(-time.Second)})
	s.client(hub.OAuthClient{ID: "x", AllowedScopes: []string{"list:users!group=of clients \"ü\""}})
	s.update(func(tx data.Tx) error {
		return tx.CreateMadeRole(s.ctx, hub.MadeRole{Name: "tutor", Scopes: []string{"list:users!group=of-roles"}})
	})
	for name, want := range map[string]bool{
		"of-roles": true, "of-tokens": true, "tokens": false, "Of-tokens": false, "%": false, "of-old-tokens": false, `of clients "ü"`: true,
	} {
		got := read(s, func(tx data.Tx) (bool, error) { return tx.GroupInScopes(s.ctx, name) })
		s.equal(name, got, want)
	}
}

func testMembers(s *suite) {
	us := s.users("zoe", "ada", "bob")
	g := s.group("staff", us[0])
	members := func() []string {
		return read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "staff") }).Users
	}
	s.update(func(tx data.Tx) error { return tx.AddMembers(s.ctx, g.ID, userIDs(us)) })
	s.equal("sorted, those in it already ignored", members(), []string{"ada", "bob", "zoe"})
	s.equal("seen from the person", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") }).Groups, []string{"staff"})
	s.update(func(tx data.Tx) error { return tx.RemoveMembers(s.ctx, g.ID, []int64{us[1].ID, us[1].ID, 999}) })
	s.update(func(tx data.Tx) error { return tx.RemoveMembers(s.ctx, g.ID, nil) })
	s.update(func(tx data.Tx) error { return tx.AddMembers(s.ctx, g.ID, nil) })
	s.equal("one removed", members(), []string{"bob", "zoe"})

	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.AddMembers(s.ctx, 999, userIDs(us)) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.AddMembers(s.ctx, g.ID, []int64{us[1].ID, 999}) })
	s.equal("nothing added with somebody who is not there", members(), []string{"bob", "zoe"})
}

func testDeleteGroup(s *suite) {
	u := s.user("ada")
	g := s.group("staff", u)
	s.update(func(tx data.Tx) error { return tx.DeleteGroup(s.ctx, g.ID) })
	absent(s, "group", func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "staff") })
	s.equal("its member", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") }).Groups, []string{})
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.DeleteGroup(s.ctx, g.ID) })

	again := s.group("staff")
	if again.ID <= g.ID {
		s.Errorf("id %d after %d", again.ID, g.ID)
	}
	s.equal("made again", again.Users, []string{})
}

func testGroupProperties(s *suite) {
	g := s.group("staff")
	for _, p := range []string{`{"b":[1,2.50],"a":{"ü":null,"x":"\u0000"}}`, `{}`} {
		s.update(func(tx data.Tx) error { return tx.SetGroupProperties(s.ctx, g.ID, json.RawMessage(p)) })
		got := read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "staff") })
		s.equal("properties, byte for byte", string(got.Properties), p)
	}
	s.update(func(tx data.Tx) error { return tx.SetGroupProperties(s.ctx, g.ID, nil) })
	s.equal("none", string(read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "staff") }).Properties), "{}")
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.SetGroupProperties(s.ctx, 999, nil) })
}

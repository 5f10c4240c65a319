package storetest

import (
	"encoding/json"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func groupTests() []test {
	return []test{
		{"create and read", testCreateGroup},
		{"list", testListGroups},
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
			gs, total, err = tx.ListGroups(s.ctx, c.names, c.offset, c.limit)
			return gs, err
		})
		s.equal("groups", groupNames(got), c.want)
		s.equal("how many", total, c.total)
		for _, g := range got {
			s.equal("members of "+g.Name, len(g.Users), map[string]int{"z": 1, "m": 1}[g.Name])
		}
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

package storetest

import (
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func madeRoleTests() []test {
	return []test{
		{"made, changed, given, taken and deleted", testMadeRoles},
		{"they go with their person, and with the group that they are on", testGivenRolesEnd},
	}
}

func (s *suite) given() []hub.GivenRole {
	s.Helper()
	return read(s, func(tx data.Tx) ([]hub.GivenRole, error) { return tx.GivenRoles(s.ctx, 10) })
}

func testMadeRoles(s *suite) {
	us := s.users("ada", "bob")
	g := s.group("class")
	made := hub.MadeRole{Name: "helper", Description: "Helps", Scopes: []string{"servers", "list:users"}}
	s.update(func(tx data.Tx) error { return tx.CreateMadeRole(s.ctx, made) })
	all := func() []hub.MadeRole {
		s.Helper()
		return read(s, func(tx data.Tx) ([]hub.MadeRole, error) { return tx.MadeRoles(s.ctx) })
	}
	s.equal("made", all(), []hub.MadeRole{made})
	gifts := []hub.GivenRole{
		{Role: "helper", UserID: us[1].ID, User: "bob"}, {Role: "helper", UserID: us[1].ID, User: "bob", GroupID: g.ID, Group: "class"},
		{Role: "teacher", UserID: us[0].ID, User: "ada", GroupID: g.ID, Group: "class"},
	}
	for _, gift := range gifts {
		s.update(func(tx data.Tx) error { return tx.GiveRole(s.ctx, gift) })
	}
	s.equal("given", s.given(), gifts)
	of := func(name string) []hub.Given {
		s.Helper()
		return read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, name) }).Given
	}
	s.equal("read with a person", of("bob"), []hub.Given{{Role: "helper", Scopes: made.Scopes}, {Role: "helper", Group: "class", Scopes: made.Scopes}})
	s.equal("a ready-made one has no scopes here", of("ada"), []hub.Given{{Role: "teacher", Group: "class"}})

	made.Description, made.Scopes = "Helped", []string{"proxy"}
	s.update(func(tx data.Tx) error { return tx.UpdateMadeRole(s.ctx, made) })
	s.equal("changed", all(), []hub.MadeRole{made})
	s.update(func(tx data.Tx) error { return tx.TakeRole(s.ctx, gifts[0]) })
	s.equal("taken", s.given(), gifts[1:])
	s.update(func(tx data.Tx) error { return tx.DeleteMadeRole(s.ctx, "helper") })
	s.equal("deleted", all(), []hub.MadeRole{})
	s.equal("and taken from all", s.given(), gifts[2:])
}

func testGivenRolesEnd(s *suite) {
	us := s.users("ada", "bob")
	g := s.group("class")
	s.update(func(tx data.Tx) error {
		if err := tx.GiveRole(s.ctx, hub.GivenRole{Role: "teacher", UserID: us[0].ID, GroupID: g.ID}); err != nil {
			return err
		}
		return tx.GiveRole(s.ctx, hub.GivenRole{Role: "other", UserID: us[1].ID})
	})
	s.update(func(tx data.Tx) error { return tx.DeleteGroup(s.ctx, g.ID) })
	s.equal("the group is gone", len(s.given()), 1)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{us[1].ID}) })
	s.equal("the person is gone", len(s.given()), 0)
}

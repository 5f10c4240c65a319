package storetest

import (
	"encoding/json"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func serviceTests() []test {
	return []test{
		{"create, change and list", testServices},
		{"tokens of services", testServiceTokens},
		{"take their client and tokens with them", testDeleteService},
	}
}

func roleTests() []test {
	return []test{
		{"members", testRoleMembers},
		{"show on people, groups and services", testRolesShown},
		{"go with their holders", testRoleCascades},
		{"say what their members are called", testRoleMemberNames},
	}
}

// service makes a service.
func (s *suite) service(name string) hub.Service {
	s.Helper()
	return write(s, func(tx data.Tx) (hub.Service, error) { return tx.CreateService(s.ctx, hub.Service{Name: name}) })
}

func testServices(s *suite) {
	made := write(s, func(tx data.Tx) (hub.Service, error) {
		return tx.CreateService(s.ctx, hub.Service{
			Name: "culler", Admin: true, URL: "http://127.0.0.1:9", Display: true, Info: json.RawMessage(`{"a":1}`),
			FromConfig: true, Managed: true, Command: []string{"python3", "-m", "x y"}, ClientID: "service-culler",
			RedirectURI: "/services/culler/oauth_callback", AllowedScopes: []string{"read:users!user"}, NoConfirm: true,
		})
	})
	s.equal("made", read(s, func(tx data.Tx) (hub.Service, error) { return tx.ServiceByID(s.ctx, made.ID) }), made)
	plain := s.service("Announce")
	s.equal("plain", plain, hub.Service{
		ID: plain.ID, Name: "Announce", Info: json.RawMessage(`{}`), Command: []string{}, AllowedScopes: []string{},
	})
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, err := tx.CreateService(s.ctx, hub.Service{Name: "culler"})
		return err
	})
	made.Admin, made.URL, made.Command = false, "", []string{}
	s.update(func(tx data.Tx) error { return tx.UpdateService(s.ctx, made) })
	s.equal("changed", read(s, func(tx data.Tx) (hub.Service, error) { return tx.ServiceByName(s.ctx, "culler") }), made)
	s.equal("list", read(s, func(tx data.Tx) ([]hub.Service, error) { return tx.ListServices(s.ctx) }), []hub.Service{made, plain})
	absent(s, "name", func(tx data.Tx) (hub.Service, error) { return tx.ServiceByName(s.ctx, "nobody") })
	absent(s, "id", func(tx data.Tx) (hub.Service, error) { return tx.ServiceByID(s.ctx, 999) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.UpdateService(s.ctx, hub.Service{ID: 999, Name: "x"}) })
}

func testServiceTokens(s *suite) {
	v := s.service("culler")
	made := s.token(hub.Token{ServiceID: v.ID, Hash: "h1", Note: "n", Scopes: []string{"inherit"}})
	want := hub.Token{
		ID: made.ID, ServiceID: v.ID, ServiceName: "culler", Hash: "h1", Note: "n", Scopes: []string{"inherit"},
		ClientID: hub.APIClient, ClientName: "JupyterHub", Created: s.clock.Now(),
	}
	s.equal("made", made, want)
	s.equal("by hash", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "h1") }), want)
	s.token(hub.Token{ServiceID: v.ID, Hash: "h2"})
	list := func() []string {
		return tokenHashes(read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOfService(s.ctx, v.ID) }))
	}
	s.equal("list", list(), []string{"h1", "h2"})
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, err := tx.CreateToken(s.ctx, hub.Token{ServiceID: v.ID, Hash: "h1"})
		return err
	})
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.CreateToken(s.ctx, hub.Token{ServiceID: 999, Hash: "h3"})
		return err
	})
	s.update(func(tx data.Tx) error { return tx.DeleteServiceToken(s.ctx, "h1") })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.DeleteServiceToken(s.ctx, "h1") })
	s.equal("after one", list(), []string{"h2"})
	gone := write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteTokensOfService(s.ctx, v.ID) })
	s.equal("deleted", gone, []string{"h2"})
}

func testDeleteService(s *suite) {
	v, u := s.service("culler"), s.user("ada")
	c := s.client(hub.OAuthClient{ID: "service-culler", ServiceID: v.ID, AllowedScopes: []string{}})
	s.equal("client", read(s, func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, c.ID) }), c)
	s.token(hub.Token{ServiceID: v.ID, Hash: "own"})
	s.token(hub.Token{UserID: u.ID, Hash: "given", ClientID: c.ID})
	s.token(hub.Token{UserID: u.ID, Hash: "kept"})
	gone := write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteService(s.ctx, v.ID) })
	slices.Sort(gone)
	s.equal("hashes", gone, []string{"given", "own"})
	absent(s, "client", func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, c.ID) })
	s.equal("left", tokenHashes(read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, u.ID) })), []string{"kept"})
	s.refuse(hub.NotFound, func(tx data.Tx) error { _, err := tx.DeleteService(s.ctx, v.ID); return err })
}

func testRoleMembers(s *suite) {
	u, v := s.user("ada"), s.service("culler")
	g := s.group("class")
	all := []hub.RoleMember{
		{Role: "grader", ServiceID: v.ID}, {Role: "grader", GroupID: g.ID}, {Role: "grader", UserID: u.ID}, {Role: "teacher", UserID: u.ID},
	}
	members := func() []hub.RoleMember {
		return read(s, func(tx data.Tx) ([]hub.RoleMember, error) { return tx.RoleMembers(s.ctx) })
	}
	s.equal("none", members(), []hub.RoleMember{})
	for range 2 { // the second time they are there already
		s.update(func(tx data.Tx) error { return tx.AddRoleMembers(s.ctx, all) })
		s.equal("added", members(), all)
	}
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		return tx.AddRoleMembers(s.ctx, []hub.RoleMember{{Role: "grader", UserID: 999}})
	})
	for range 2 {
		s.update(func(tx data.Tx) error {
			return tx.RemoveRoleMembers(s.ctx, []hub.RoleMember{all[1], all[2], {Role: "teacher", GroupID: g.ID}})
		})
		s.equal("removed", members(), []hub.RoleMember{all[0], all[3]})
	}
}

func testRolesShown(s *suite) {
	us, v := s.users("ada", "bob"), s.service("culler")
	g := s.group("class", us...)
	s.update(func(tx data.Tx) error {
		return tx.AddRoleMembers(s.ctx, []hub.RoleMember{
			{Role: "writer", UserID: us[0].ID}, {Role: "grader", UserID: us[0].ID},
			{Role: "student", GroupID: g.ID}, {Role: "reader", ServiceID: v.ID},
		})
	})
	want := []hub.User{us[0], us[1]}
	for i := range want {
		want[i].Groups, want[i].GroupRoles = []string{"class"}, []hub.GroupRole{{Group: "class", Role: "student"}}
	}
	want[0].Roles = []string{"grader", "writer"}
	s.equal("by id", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, us[0].ID) }), want[0])
	s.equal("by name", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "bob") }), want[1])
	s.equal("list", read(s, func(tx data.Tx) ([]hub.User, error) {
		list, _, err := tx.ListUsers(s.ctx, hub.UserQuery{Sort: hub.SortByID})
		return list, err
	}), want)
	s.equal("group", read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "class") }).Roles, []string{"student"})
	s.equal("service", read(s, func(tx data.Tx) (hub.Service, error) { return tx.ServiceByName(s.ctx, "culler") }).Roles, []string{"reader"})
}

func testRoleMemberNames(s *suite) {
	u, v := s.user("ada"), s.service("culler")
	g := s.group("class", u)
	person, group, service := hub.RoleMember{Role: "r", UserID: u.ID}, hub.RoleMember{Role: "r", GroupID: g.ID}, hub.RoleMember{Role: "q", ServiceID: v.ID}
	names := func(members ...hub.RoleMember) map[hub.RoleMember]string {
		return read(s, func(tx data.Tx) (map[hub.RoleMember]string, error) { return tx.RoleMemberNames(s.ctx, members) })
	}
	s.equal("whether or not they have the role", names(person, group, service, hub.RoleMember{Role: "r", UserID: 999}),
		map[hub.RoleMember]string{person: "ada", group: "class", service: "culler"})
	s.equal("of none", names(), map[hub.RoleMember]string{})
}

func testRoleCascades(s *suite) {
	u, v := s.user("ada"), s.service("culler")
	g := s.group("class")
	s.update(func(tx data.Tx) error {
		return tx.AddRoleMembers(s.ctx, []hub.RoleMember{{Role: "a1b", UserID: u.ID}, {Role: "a1b", GroupID: g.ID}, {Role: "a1b", ServiceID: v.ID}})
	})
	s.update(func(tx data.Tx) error {
		if err := tx.DeleteUsers(s.ctx, []int64{u.ID}); err != nil {
			return err
		}
		if err := tx.DeleteGroup(s.ctx, g.ID); err != nil {
			return err
		}
		_, err := tx.DeleteService(s.ctx, v.ID)
		return err
	})
	s.equal("left", read(s, func(tx data.Tx) ([]hub.RoleMember, error) { return tx.RoleMembers(s.ctx) }), []hub.RoleMember{})
}

package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func userTests() []test {
	return []test{
		{"create and read", testCreateUsers},
		{"create none of a list with one taken", testCreateUsersConflict},
		{"the next after an id", testUsersAfter},
		{"create the same name from many sides", testCreateUsersRace},
		{"a great many at once", testManyUsers},
		{"names in any script", testUnicodeNames},
		{"a name no engine can hold", testImpossibleName},
		{"update and rename", testUpdateUser},
		{"delete takes all that hangs on a person", testDeleteUser},
		{"a name made again inherits nothing", testRecreatedUser},
		{"touch moves forward only", testTouchUsers},
		{"password", testPassword},
		{"passwords and deletions, many at once", testUsersAtOnce},
		{"another administrator", testOtherAdmin},
		{"administrators who let each other go at once", testLastAdminRace},
	}
}

func testUsersAfter(s *suite) {
	us := s.users("ada", "bob", "cy")
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{us[1].ID}) })
	g := write(s, func(tx data.Tx) (hub.Group, error) { return tx.CreateGroup(s.ctx, "staff") })
	s.update(func(tx data.Tx) error { return tx.AddMembers(s.ctx, g.ID, []int64{us[2].ID}) })
	us[2].Groups = []string{"staff"}
	after := func(id int64, most int) []hub.User {
		return read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersAfter(s.ctx, id, most) })
	}
	s.equal("the first", after(0, 1), us[:1])
	s.equal("the next", after(us[0].ID, 5), us[2:])
	s.equal("after the last", after(us[2].ID, 5), []hub.User{})
}

func testCreateUsers(s *suite) {
	got := write(s, func(tx data.Tx) ([]hub.User, error) { return tx.CreateUsers(s.ctx, []string{"zoe", "ada"}, true) })
	if len(got) != 2 || got[0].ID == 0 || got[1].ID <= got[0].ID {
		s.Fatalf("got %+v", got)
	}
	want := hub.User{ID: got[0].ID, Name: "zoe", Admin: true, Created: s.clock.Now(), Groups: []string{}}
	s.equal("made", got[0], want)
	s.equal("by id", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, want.ID) }), want)
	s.equal("by name", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "zoe") }), want)

	byName := read(s, func(tx data.Tx) ([]hub.User, error) {
		return tx.UsersByName(s.ctx, []string{"ada", "nobody", "zoe", "ada"})
	})
	names := userNames(byName)
	slices.Sort(names)
	s.equal("those of the names that exist", names, []string{"ada", "zoe"})

	absent(s, "no such id", func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, 999) })
	absent(s, "no such name", func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "nobody") })
	s.equal("none made", len(s.users()), 0)
	s.equal("none asked for", read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByName(s.ctx, nil) }), []hub.User{})
}

func testCreateUsersConflict(s *suite) {
	s.user("bob")
	for _, names := range [][]string{{"ada", "bob", "cy"}, {"ada", "ada"}} {
		s.refuse(hub.Conflict, func(tx data.Tx) error {
			_, err := tx.CreateUsers(s.ctx, names, false)
			return err
		})
	}
	s.equal("people", listNames(s, hub.UserQuery{}), []string{"bob"})
}

func testCreateUsersRace(s *suite) {
	made := make([]bool, 10)
	s.parallel(len(made), func(i int) error {
		err := s.store.Update(s.ctx, func(tx data.Tx) error {
			_, err := tx.CreateUsers(s.ctx, []string{"ada", fmt.Sprintf("other%d", i)}, false)
			return err
		})
		if made[i] = err == nil; made[i] || hub.Is(err, hub.Conflict) {
			return nil
		}
		return err
	})
	won := slices.Index(made, true)
	if won < 0 || slices.Contains(made[won+1:], true) {
		s.Fatalf("made by %v, want exactly one", made)
	}
	s.equal("people", listNames(s, hub.UserQuery{}), []string{"ada", fmt.Sprintf("other%d", won)})
}

func testManyUsers(s *suite) {
	const n = many
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("user%06d", n-i)
	}
	us := s.users(names...)
	s.equal("order", userNames(us[:3]), names[:3])
	ids := userIDs(us)
	if !slices.IsSorted(ids) {
		s.Error("ids are not in the order of the names")
	}
	g := s.group("all", us...)
	got := read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByName(s.ctx, names) })
	s.equal("found", len(got), n)
	s.equal("in their group", got[n-1].Groups, []string{"all"})
	s.equal("restricted", listNames(s, hub.UserQuery{Restricted: true, OnlyUsers: names, Limit: 1}), names[:1])

	seen := make(map[int64]time.Time, n)
	for _, id := range ids {
		seen[id] = s.clock.Now().Add(time.Minute)
	}
	s.touch(data.Seen{Users: seen})
	s.update(func(tx data.Tx) error { return tx.RemoveMembers(s.ctx, g.ID, ids[1:]) })
	last := read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, ids[n-1]) })
	s.equal("touched", last.LastActivity, s.clock.Now().Add(time.Minute))
	s.equal("servers", len(read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ServersOf(s.ctx, ids) })), 0)
}

func testUnicodeNames(s *suite) {
	names := []string{"ärger", "李雷", "o'neil", `back\slash`, "a b", "emoji🦉", `"quoted"`, "semi;colon--", "%", "_"}
	s.users(names...)
	for _, name := range names {
		s.equal("name", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, name) }).Name, name)
	}
	got := read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByName(s.ctx, names) })
	s.equal("found", len(got), len(names))
	absent(s, "another case", func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ÄRGER") })
}

func testImpossibleName(s *suite) {
	for _, name := range []string{"a\x00b", "a\xffb"} {
		absent(s, "a name with bytes that no text has", func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, name) })
		got := read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByName(s.ctx, []string{name}) })
		s.equal("found", got, []hub.User{})
	}
}

func testUpdateUser(s *suite) {
	u, other := s.user("ada"), s.user("bob")
	g := s.group("staff", u)
	server := s.server(u, "", hub.Ready)
	tok := s.token(hub.Token{UserID: u.ID, Hash: "h"})
	u.Name, u.Admin, u.Suspended = "countess", true, true
	s.update(func(tx data.Tx) error { return tx.UpdateUser(s.ctx, u) })

	u.Groups = []string{"staff"}
	s.equal("updated", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "countess") }), u)
	absent(s, "the old name", func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") })
	got := read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, server.ID) })
	s.equal("their server", got.FullName(), "countess/")
	s.equal("their token", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByID(s.ctx, tok.ID) }).UserName, "countess")
	s.equal("their group", read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, g.Name) }).Users, []string{"countess"})

	u.Name = other.Name
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.UpdateUser(s.ctx, u) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.UpdateUser(s.ctx, hub.User{ID: 999, Name: "x"}) })
}

// belongings gives a person one of everything.
func belongings(s *suite, u hub.User) {
	server := s.server(u, "", hub.Ready)
	s.group("staff", u)
	s.session(u, "sess")
	client := s.client(hub.OAuthClient{ID: "jupyterhub-user-" + u.Name, ServerID: server.ID, OwnerID: u.ID, RedirectURI: "/x"})
	s.token(hub.Token{UserID: u.ID, Hash: "own", ServerID: server.ID})
	s.token(hub.Token{UserID: u.ID, Hash: "session's", SessionID: "sess", ClientID: client.ID})
	s.update(func(tx data.Tx) error {
		if err := tx.SetPassword(s.ctx, u.ID, hub.Password{Hash: "p"}); err != nil {
			return err
		}
		return tx.CreateOAuthCode(s.ctx, hub.OAuthCode{Hash: "code", ClientID: client.ID, UserID: u.ID, SessionID: "sess"})
	})
}

// nothingLeft checks that what belongings gave to the person is gone.
func nothingLeft(s *suite, id int64) {
	s.Helper()
	absent(s, "password", func(tx data.Tx) (hub.Password, error) { return tx.Password(s.ctx, id) })
	absent(s, "server", func(tx data.Tx) (hub.Server, error) { return tx.Server(s.ctx, id, "") })
	absent(s, "session", func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, "sess") })
	absent(s, "client", func(tx data.Tx) (hub.OAuthClient, error) { return tx.OAuthClient(s.ctx, "jupyterhub-user-ada") })
	absent(s, "code", func(tx data.Tx) (hub.OAuthCode, error) { return tx.OAuthCode(s.ctx, "code") })
	for _, hash := range []string{"own", "session's", "visitor's"} {
		absent(s, hash+" token", func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, hash) })
	}
	g := read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "staff") })
	s.equal("members", g.Users, []string{})
}

func testDeleteUser(s *suite) {
	u, visitor := s.user("ada"), s.user("bob")
	belongings(s, u)
	s.token(hub.Token{UserID: visitor.ID, Hash: "visitor's", ClientID: "jupyterhub-user-ada"})
	s.token(hub.Token{UserID: visitor.ID, Hash: "bob's"})
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{u.ID}) })

	absent(s, "person", func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, u.ID) })
	nothingLeft(s, u.ID)
	s.equal("another's token", read(s, func(tx data.Tx) (hub.Token, error) { return tx.TokenByHash(s.ctx, "bob's") }).UserID, visitor.ID)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{u.ID}) }) // who is gone already is passed over
}

func testRecreatedUser(s *suite) {
	u := s.user("ada")
	belongings(s, u)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{u.ID}) })
	again := s.user("ada")
	if again.ID <= u.ID {
		s.Errorf("id %d after %d", again.ID, u.ID)
	}
	got := read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "ada") })
	s.equal("made again", got, hub.User{ID: again.ID, Name: "ada", Created: s.clock.Now(), Groups: []string{}})
	nothingLeft(s, again.ID)
	s.equal("tokens", read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, again.ID) }), []hub.Token{})
	s.equal("sessions", read(s, func(tx data.Tx) ([]hub.Session, error) { return tx.SessionsOf(s.ctx, again.ID) }), []hub.Session{})
}

func testTouchUsers(s *suite) {
	us := s.users("ada", "bob")
	now := s.clock.Now()
	touch := func(seen map[int64]time.Time) {
		s.touch(data.Seen{Users: seen})
	}
	touch(map[int64]time.Time{us[0].ID: now, us[1].ID: now, 999: now})
	touch(map[int64]time.Time{us[0].ID: now.Add(-time.Hour), us[1].ID: now.Add(time.Microsecond)})
	touch(nil)
	for i, want := range []time.Time{now, now.Add(time.Microsecond)} {
		got := read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, us[i].ID) })
		s.equal(got.Name, got.LastActivity, want)
	}
}

func testPassword(s *suite) {
	u := s.user("ada")
	get := func(tx data.Tx) (hub.Password, error) { return tx.Password(s.ctx, u.ID) }
	absent(s, "password", get)
	for _, p := range []hub.Password{
		{Hash: "$argon2id$1", MustChange: true, ChangedAt: s.clock.Now()},
		{Hash: "$argon2id$2", ChangedAt: s.clock.Now().Add(time.Hour)},
	} {
		s.update(func(tx data.Tx) error { return tx.SetPassword(s.ctx, u.ID, p) })
		s.equal("password", read(s, get), p)
	}
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.SetPassword(s.ctx, 999, hub.Password{Hash: "x"}) })
}

func testUsersAtOnce(s *suite) {
	ada, bob, cy := s.user("ada"), s.user("bob"), s.user("cy")
	by := map[int64]hub.Password{
		ada.ID: {Hash: "$argon2id$1", MustChange: true, ChangedAt: s.clock.Now()},
		bob.ID: {Hash: "$argon2id$2", ChangedAt: s.clock.Now()},
	}
	s.update(func(tx data.Tx) error { return tx.SetPasswords(s.ctx, by) })
	s.update(func(tx data.Tx) error { return tx.SetPasswords(s.ctx, nil) })
	for id, want := range by {
		s.equal("password", read(s, func(tx data.Tx) (hub.Password, error) { return tx.Password(s.ctx, id) }), want)
	}
	has := func(name string) []bool {
		u := read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, name) })
		return []bool{u.HasPassword, u.MustChange}
	}
	s.equal("what a person shows of it", [][]bool{has("ada"), has("bob"), has("cy")}, [][]bool{{true, true}, {true, false}, {false, false}})
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		return tx.SetPasswords(s.ctx, map[int64]hub.Password{cy.ID: {Hash: "x"}, 999: {Hash: "x"}})
	})
	absent(s, "one of a list with one gone", func(tx data.Tx) (hub.Password, error) { return tx.Password(s.ctx, cy.ID) })

	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{ada.ID, 999, cy.ID}) })
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, nil) })
	s.equal("those who stay", listNames(s, hub.UserQuery{}), []string{"bob"})
	absent(s, "password of one who went", func(tx data.Tx) (hub.Password, error) { return tx.Password(s.ctx, ada.ID) })
}

func testOtherAdmin(s *suite) {
	other := func(vouched bool, but ...hub.User) bool {
		return read(s, func(tx data.Tx) (bool, error) { return tx.OtherAdmin(s.ctx, userIDs(but), vouched, []string{"uni"}) })
	}
	s.equal("with nobody there", other(true), false)
	admins := write(s, func(tx data.Tx) ([]hub.User, error) { return tx.CreateUsers(s.ctx, []string{"ada", "bob"}, true) })
	ada, bob, cy := admins[0], admins[1], s.user("cy")
	s.update(func(tx data.Tx) error { return tx.SetPassword(s.ctx, cy.ID, hub.Password{Hash: "h"}) })
	s.equal("without a way in", other(false), false)
	s.equal("vouched for", other(true), true)
	s.equal("but both", other(true, ada, bob), false)
	s.update(func(tx data.Tx) error { return tx.SetPassword(s.ctx, ada.ID, hub.Password{Hash: "h"}) })
	s.equal("with a password", other(false, bob), true)
	s.equal("but her", other(false, ada), false)
	server, session := s.server(bob, "", hub.Ready), s.session(bob, "session")
	for i, t := range []hub.Token{
		{ServerID: server.ID, Scopes: []string{"inherit"}}, {SessionID: session.ID, Scopes: []string{"inherit"}},
		{Scopes: []string{"read:users"}}, {Scopes: []string{"inherit"}, Expires: s.clock.Now()},
	} {
		t.UserID, t.Hash = bob.ID, fmt.Sprint("hash", i)
		s.token(t)
	}
	s.equal("with tokens that do not do", other(false, ada), false)
	s.token(hub.Token{UserID: bob.ID, Hash: "h", Scopes: []string{"inherit"}, Expires: s.clock.Now().Add(time.Second)})
	s.equal("with a token", other(false, ada), true)
	dan := write(s, func(tx data.Tx) ([]hub.User, error) { return tx.CreateUsers(s.ctx, []string{"dan"}, true) })[0]
	bind := func(provider string) {
		s.update(func(tx data.Tx) error {
			return tx.BindIdentity(s.ctx, hub.Identity{Provider: provider, Subject: "1", UserID: dan.ID})
		})
	}
	bind("a former provider")
	s.equal("bound to a provider that is no more", other(false, ada, bob), false)
	bind("uni")
	s.equal("bound to a provider", other(false, ada, bob), true)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{dan.ID}) })
	bob.Suspended = true
	s.update(func(tx data.Tx) error { return tx.UpdateUser(s.ctx, bob) })
	s.equal("suspended", other(false, ada), false)
}

func testLastAdminRace(s *suite) {
	us := write(s, func(tx data.Tx) ([]hub.User, error) {
		return tx.CreateUsers(s.ctx, []string{"a", "b", "c", "d", "e", "f"}, true)
	})
	s.parallel(len(us), func(i int) error {
		return s.store.Update(s.ctx, func(tx data.Tx) error {
			u := us[(i+1)%len(us)]
			other, err := tx.OtherAdmin(s.ctx, []int64{u.ID}, true, nil)
			if err != nil || !other {
				return err
			}
			u.Admin = false
			return tx.UpdateUser(s.ctx, u)
		})
	})
	left := 0
	for _, u := range read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByID(s.ctx, userIDs(us)) }) {
		if u.Admin {
			left++
		}
	}
	s.equal("administrators left", left, 1)
}

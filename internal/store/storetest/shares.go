package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func shareTests() []test {
	return []test{
		{"make, change and list", testShares},
		{"show on people and groups", testSharesShown},
		{"go with what they hang on", testShareCascades},
		{"codes", testShareCodes},
	}
}

// share shares a server with a person, or with a group.
func (s *suite) share(server hub.Server, userID, groupID int64, scopes ...string) hub.Share {
	s.Helper()
	return write(s, func(tx data.Tx) (hub.Share, error) {
		return tx.PutShare(s.ctx, hub.Share{ServerID: server.ID, UserID: userID, GroupID: groupID, Scopes: scopes})
	})
}

func (s *suite) shares(q hub.ShareQuery) []hub.Share {
	s.Helper()
	return read(s, func(tx data.Tx) ([]hub.Share, error) {
		list, total, err := tx.ListShares(s.ctx, q)
		if q.Limit == 0 && q.Offset == 0 && total != len(list) {
			s.Errorf("%+v: %d in all, %d listed", q, total, len(list))
		}
		return list, err
	})
}

func testShares(s *suite) {
	us := s.users("ada", "bob", "eve")
	g := s.group("class", us[2])
	server, other := s.server(us[0], "", hub.Stopped), s.server(us[0], "lab", hub.Stopped)
	one := s.share(server, us[1].ID, 0, "access:servers")
	s.equal("made", one, hub.Share{
		ID: one.ID, ServerID: server.ID, OwnerID: us[0].ID, OwnerName: "ada", UserID: us[1].ID, UserName: "bob",
		Scopes: []string{"access:servers"}, Created: s.clock.Now(),
	})
	two := s.share(server, 0, g.ID, "access:servers")
	three := s.share(other, us[2].ID, 0, "read:servers")
	s.equal("of a group", []any{two.GroupName, two.UserID, three.ServerName}, []any{"class", int64(0), "lab"})
	one.Scopes = []string{"access:servers", "read:servers"}
	s.equal("changed", write(s, func(tx data.Tx) (hub.Share, error) { return tx.PutShare(s.ctx, one) }), one)
	s.equal("found", read(s, func(tx data.Tx) (hub.Share, error) { return tx.Share(s.ctx, server.ID, us[1].ID, 0) }), one)
	absent(s, "another's", func(tx data.Tx) (hub.Share, error) { return tx.Share(s.ctx, server.ID, us[2].ID, 0) })
	s.equal("of the owner", s.shares(hub.ShareQuery{OwnerID: us[0].ID}), []hub.Share{one, two, three})
	s.equal("of the server", s.shares(hub.ShareQuery{ServerID: server.ID}), []hub.Share{one, two})
	s.equal("with eve and her group", s.shares(hub.ShareQuery{UserID: us[2].ID}), []hub.Share{two, three})
	s.equal("with the group", s.shares(hub.ShareQuery{GroupID: g.ID}), []hub.Share{two})
	s.equal("a part", s.shares(hub.ShareQuery{OwnerID: us[0].ID, Offset: 1, Limit: 1}), []hub.Share{two})
	s.equal("of nobody", s.shares(hub.ShareQuery{OwnerID: us[1].ID}), []hub.Share{})
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, err := tx.PutShare(s.ctx, hub.Share{ServerID: server.ID, UserID: us[1].ID})
		return err
	})
	s.update(func(tx data.Tx) error { return tx.DeleteShare(s.ctx, three.ID) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.DeleteShare(s.ctx, three.ID) })
	s.update(func(tx data.Tx) error { return tx.DeleteSharesOfServer(s.ctx, server.ID) })
	s.equal("all gone", s.shares(hub.ShareQuery{OwnerID: us[0].ID}), []hub.Share{})
}

func testSharesShown(s *suite) {
	us := s.users("ada", "bob")
	g := s.group("class", us[1])
	server := s.server(us[0], "lab", hub.Stopped)
	s.share(server, us[1].ID, 0, "access:servers", "read:servers")
	s.share(server, 0, g.ID, "access:servers", "start:servers")
	bob := read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByName(s.ctx, "bob") })
	s.equal("person", bob.Shared, []string{"access:servers!server=ada/lab", "read:servers!server=ada/lab", "start:servers!server=ada/lab"})
	class := read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "class") })
	s.equal("group", class.Shared, []string{"access:servers!server=ada/lab", "start:servers!server=ada/lab"})
	s.update(func(tx data.Tx) error { return tx.RenameServer(s.ctx, server.ID, "new") })
	bob = read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, bob.ID) })
	s.equal("under the new name", bob.Shared[0], "access:servers!server=ada/new")
}

func testShareCascades(s *suite) {
	us := s.users("ada", "bob", "eve")
	g := s.group("class")
	server, other := s.server(us[0], "", hub.Stopped), s.server(us[0], "lab", hub.Stopped)
	s.share(server, us[1].ID, 0, "access:servers")
	s.share(server, 0, g.ID, "access:servers")
	s.share(other, us[2].ID, 0, "access:servers")
	kept := s.share(server, us[2].ID, 0, "access:servers")
	s.update(func(tx data.Tx) error {
		if err := tx.DeleteUsers(s.ctx, []int64{us[1].ID}); err != nil {
			return err
		}
		if err := tx.DeleteGroup(s.ctx, g.ID); err != nil {
			return err
		}
		return tx.DeleteServer(s.ctx, other.ID)
	})
	s.equal("left", s.shares(hub.ShareQuery{OwnerID: us[0].ID}), []hub.Share{kept})
}

func testShareCodes(s *suite) {
	u := s.user("ada")
	server := s.server(u, "lab", hub.Stopped)
	create := func(hash string, age time.Duration) hub.ShareCode {
		return write(s, func(tx data.Tx) (hub.ShareCode, error) {
			return tx.CreateShareCode(s.ctx, hub.ShareCode{ServerID: server.ID, Hash: hash, Scopes: []string{"access:servers"}, Expires: s.clock.Now().Add(age)})
		})
	}
	one, two := create("h1", time.Hour), create("h2", time.Minute)
	s.equal("made", one, hub.ShareCode{
		ID: one.ID, ServerID: server.ID, ServerName: "lab", OwnerID: u.ID, OwnerName: "ada", Hash: "h1", Scopes: []string{"access:servers"},
		Created: s.clock.Now(), Expires: s.clock.Now().Add(time.Hour),
	})
	s.update(func(tx data.Tx) error { return tx.UseShareCode(s.ctx, one.ID) })
	one.Exchanges, one.LastExchanged = 1, s.clock.Now()
	s.equal("used", read(s, func(tx data.Tx) (hub.ShareCode, error) { return tx.ShareCodeByHash(s.ctx, "h1") }), one)
	list := func() []hub.ShareCode {
		return read(s, func(tx data.Tx) ([]hub.ShareCode, error) {
			codes, total, err := tx.ListShareCodes(s.ctx, hub.ShareQuery{OwnerID: u.ID})
			s.equal("total", total, len(codes))
			return codes, err
		})
	}
	s.equal("list", list(), []hub.ShareCode{one, two})
	s.clock.advance(time.Minute)
	s.equal("without expired ones", list(), []hub.ShareCode{one})
	s.equal("swept", write(s, func(tx data.Tx) (int, error) { return tx.DeleteExpired(s.ctx, 10) }), 1)
	s.equal("another's", write(s, func(tx data.Tx) (int, error) { return tx.DeleteShareCodes(s.ctx, server.ID, 999) }), 0)
	s.equal("one beyond 32 bits", write(s, func(tx data.Tx) (int, error) { return tx.DeleteShareCodes(s.ctx, server.ID, 1<<40) }), 0)
	s.equal("one", write(s, func(tx data.Tx) (int, error) { return tx.DeleteShareCodes(s.ctx, server.ID, one.ID) }), 1)
	create("h3", time.Hour)
	s.equal("all", write(s, func(tx data.Tx) (int, error) { return tx.DeleteShareCodes(s.ctx, server.ID, 0) }), 1)
	absent(s, "code", func(tx data.Tx) (hub.ShareCode, error) { return tx.ShareCodeByHash(s.ctx, "h3") })
}

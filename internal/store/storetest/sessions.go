package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func sessionTests() []test {
	return []test{
		{"create and read", testCreateSession},
		{"several at once", testSessionsByID},
		{"delete", testDeleteSessions},
		{"touch moves forward only", testTouchSessions},
	}
}

func testCreateSession(s *suite) {
	u := s.user("ada")
	now := s.clock.Now()
	want := hub.Session{
		ID: "id", LoginHash: "login", UserID: u.ID, Created: now, Expires: now.Add(time.Hour), LastSeen: now,
		Address: "192.0.2.1", UserAgent: "Mozilla/5.0 \x00\xff ü",
	}
	s.update(func(tx data.Tx) error { return tx.CreateSession(s.ctx, want) })
	want.UserAgent = "Mozilla/5.0 \ufffd\ufffd ü"
	s.equal("by id", read(s, func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, "id") }), want)
	s.equal("by login", read(s, func(tx data.Tx) (hub.Session, error) { return tx.SessionByLogin(s.ctx, "login") }), want)
	s.equal("list", read(s, func(tx data.Tx) ([]hub.Session, error) { return tx.SessionsOf(s.ctx, u.ID) }), []hub.Session{want})

	absent(s, "id", func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, "login") })
	absent(s, "login", func(tx data.Tx) (hub.Session, error) { return tx.SessionByLogin(s.ctx, "id") })
	for code, v := range map[hub.Code]hub.Session{
		hub.Conflict: {ID: "id", UserID: u.ID},
		hub.NotFound: {ID: "other", UserID: 999},
	} {
		s.refuse(code, func(tx data.Tx) error { return tx.CreateSession(s.ctx, v) })
	}
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		return tx.CreateSession(s.ctx, hub.Session{ID: "other", LoginHash: "login", UserID: u.ID})
	})
	s.update(func(tx data.Tx) error { // sessions without a login cookie don't get in each other's way
		if err := tx.CreateSession(s.ctx, hub.Session{ID: "x", UserID: u.ID}); err != nil {
			return err
		}
		return tx.CreateSession(s.ctx, hub.Session{ID: "y", UserID: u.ID})
	})
	absent(s, "no login", func(tx data.Tx) (hub.Session, error) { return tx.SessionByLogin(s.ctx, "") })
	s.equal("created now", read(s, func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, "x") }).Created, now)
}

func testSessionsByID(s *suite) {
	us := s.users("ada", "bob")
	s.session(us[0], "a")
	s.session(us[1], `odd"'\id`)
	for _, c := range []struct{ ids, want []string }{
		{nil, nil}, {[]string{"gone"}, nil}, {[]string{"a"}, []string{"a"}},
		{[]string{"gone", `odd"'\id`, "a", "a"}, []string{"a", `odd"'\id`}},
	} {
		var got []string
		for _, v := range read(s, func(tx data.Tx) ([]hub.Session, error) { return tx.SessionsByID(s.ctx, c.ids) }) {
			s.equal("the same by itself", v, read(s, func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, v.ID) }))
			got = append(got, v.ID)
		}
		slices.Sort(got)
		s.equal(fmt.Sprintf("%q", c.ids), got, c.want)
	}
}

func testDeleteSessions(s *suite) {
	us := s.users("ada", "bob")
	for _, id := range []string{"a", "b", "c", "d"} {
		s.session(us[0], id)
	}
	s.session(us[1], "bob's")
	s.touch(data.Seen{Sessions: map[string]time.Time{"b": s.clock.Now().Add(time.Minute)}})
	for _, c := range []struct {
		keep, limit int
		want        string
	}{{0, 9, "b a c d"}, {1, 2, "a c"}, {3, 9, "d"}, {4, 9, ""}} {
		ids := read(s, func(tx data.Tx) ([]string, error) { return tx.StaleSessions(s.ctx, us[0].ID, c.keep, c.limit) })
		s.equal(fmt.Sprint("besides ", c.keep), strings.Join(ids, " "), c.want)
	}
	s.update(func(tx data.Tx) error { return tx.DeleteSession(s.ctx, "a") })
	s.update(func(tx data.Tx) error { return tx.DeleteSession(s.ctx, "a") })
	for _, c := range []struct{ keep, want string }{{"c", "b d"}, {"c", ""}, {"", "c"}} {
		ids := write(s, func(tx data.Tx) ([]string, error) { return tx.DeleteSessionsOf(s.ctx, us[0].ID, c.keep) })
		slices.Sort(ids)
		s.equal("ended but "+c.keep, strings.Join(ids, " "), c.want)
	}
	s.equal("another's", read(s, func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, "bob's") }).UserID, us[1].ID)
}

func testTouchSessions(s *suite) {
	u := s.user("ada")
	now := s.clock.Now()
	s.session(u, "a")
	s.session(u, `odd"'\id`)
	touch := func(seen map[string]time.Time) {
		s.touch(data.Seen{Sessions: seen})
	}
	touch(map[string]time.Time{"a": now, `odd"'\id`: now, "gone": now})
	touch(map[string]time.Time{"a": now.Add(-time.Minute)})
	touch(nil)
	for _, id := range []string{"a", `odd"'\id`} {
		s.equal("last seen", read(s, func(tx data.Tx) (hub.Session, error) { return tx.SessionByID(s.ctx, id) }).LastSeen, now)
	}
}

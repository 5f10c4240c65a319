package storetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func throttleTests() []test {
	return []test{
		{"failed logins", testLoginFailures},
		{"expired ones go in small batches", testExpiredLoginFailures},
		{"addresses of logins", testLoginAddresses},
	}
}

func (s *suite) loginFailures(keys ...string) []data.LoginFailures {
	s.Helper()
	list := read(s, func(tx data.Tx) ([]data.LoginFailures, error) { return tx.LoginFailures(s.ctx, keys) })
	slices.SortFunc(list, func(a, b data.LoginFailures) int { return cmp.Compare(a.Key, b.Key) })
	return list
}

func testLoginFailures(s *suite) {
	now := s.clock.Now()
	a := data.LoginFailures{Key: "a", Count: 1, Last: now, Until: now.Add(time.Second), Expires: now.Add(time.Hour)}
	b := data.LoginFailures{Key: "b", Count: 70, Last: now, Expires: now.Add(-time.Hour)}
	s.update(func(tx data.Tx) error { return tx.SetLoginFailures(s.ctx, []data.LoginFailures{a, b}) })
	s.equal("all", s.loginFailures("b", "a", "c"), []data.LoginFailures{a, b})
	s.equal("one", s.loginFailures("a"), []data.LoginFailures{a})
	s.equal("none", len(s.loginFailures("c")), 0)

	a.Count, a.Until = 2, now.Add(time.Minute)
	s.update(func(tx data.Tx) error { return tx.SetLoginFailures(s.ctx, []data.LoginFailures{a}) })
	s.equal("in its place", s.loginFailures("a", "b"), []data.LoginFailures{a, b})
	for range 2 {
		s.update(func(tx data.Tx) error { return tx.DeleteLoginFailures(s.ctx, "a") })
	}
	s.equal("deleted", s.loginFailures("a", "b"), []data.LoginFailures{b})
}

func testExpiredLoginFailures(s *suite) {
	now := s.clock.Now()
	s.update(func(tx data.Tx) error {
		return tx.SetLoginFailures(s.ctx, []data.LoginFailures{
			{Key: "a", Expires: now.Add(-time.Second)}, {Key: "b", Expires: now.Add(-time.Second)}, {Key: "c", Expires: now}, {Key: "d", Expires: now.Add(1)},
		})
	})
	sweep := func() int { return write(s, func(tx data.Tx) (int, error) { return tx.DeleteExpired(s.ctx, 2) }) }
	s.clock.advance(-1)
	s.equal("limited", []int{sweep(), sweep()}, []int{2, 0})
	s.clock.advance(time.Second)
	s.equal("later", []int{sweep(), sweep()}, []int{2, 0})
}

func testLoginAddresses(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	now := s.clock.Now()
	s.update(func(tx data.Tx) error {
		for _, v := range []hub.Session{
			{ID: "1", UserID: ada.ID, Address: "192.0.2.1", Expires: now.Add(time.Hour)},
			{ID: "2", UserID: ada.ID, Address: "192.0.2.1", Expires: now.Add(time.Hour)},
			{ID: "3", UserID: ada.ID, Address: "2001:db8::1"},
			{ID: "4", UserID: ada.ID, Address: "192.0.2.4", Expires: now},
			{ID: "5", UserID: bob.ID, Address: "192.0.2.5", Expires: now.Add(time.Hour)},
		} {
			if err := tx.CreateSession(s.ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
	addresses := func(name string) []string {
		list := read(s, func(tx data.Tx) ([]string, error) { return tx.LoginAddresses(s.ctx, name) })
		slices.Sort(list)
		return list
	}
	s.equal("hers, while they last", addresses("ada"), []string{"192.0.2.1", "2001:db8::1"})
	s.equal("nobody's", len(addresses("eve")), 0)
}

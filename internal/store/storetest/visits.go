package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func visitTests() []test {
	return []test{
		{"they last while somebody comes again", testVisits},
		{"they go with the server and the visitor", testVisitsGo},
	}
}

func (s *suite) enter(v hub.Visit) (began bool) {
	s.Helper()
	return write(s, func(tx data.Tx) (bool, error) { return tx.EnterServer(s.ctx, v) })
}

func (s *suite) visits() []hub.Visit {
	s.Helper()
	return read(s, func(tx data.Tx) ([]hub.Visit, error) { return tx.Visits(s.ctx) })
}

func testVisits(s *suite) {
	us := s.users("ada", "root")
	ada, root := us[0], us[1]
	sv := s.server(ada, "", hub.Ready)
	now := s.clock.Now()
	v := hub.Visit{ServerID: sv.ID, UserID: root.ID, UserName: "root", Since: now, Expires: now.Add(time.Minute)}
	s.equal("it begins", s.enter(v), true)
	s.equal("there", s.visits(), []hub.Visit{v})

	s.clock.advance(30 * time.Second)
	again := v
	again.Since, again.Expires = s.clock.Now(), s.clock.Now().Add(time.Minute)
	s.equal("it goes on", s.enter(again), false)
	v.Expires = again.Expires
	s.equal("since the first time", s.visits(), []hub.Visit{v})

	v.Expires = v.Expires.Add(time.Minute)
	s.update(func(tx data.Tx) error {
		return tx.ExtendVisits(s.ctx, []hub.Visit{v, {ServerID: 4711, UserID: root.ID, Expires: now}})
	})
	s.equal("extended", s.visits(), []hub.Visit{v})
	earlier := v
	earlier.Expires = now
	s.update(func(tx data.Tx) error { return tx.ExtendVisits(s.ctx, []hub.Visit{earlier}) })
	s.equal("never shortened", s.visits(), []hub.Visit{v})

	s.clock.advance(time.Hour)
	s.equal("over", len(s.visits()), 0)
	again.Since, again.Expires = s.clock.Now(), s.clock.Now().Add(time.Minute)
	s.equal("another begins", s.enter(again), true)
	s.clock.advance(time.Hour)
	s.equal("deleted", write(s, func(tx data.Tx) (int, error) { return tx.DeleteExpired(s.ctx, 10) }), 1)
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.EnterServer(s.ctx, hub.Visit{ServerID: 4711, UserID: root.ID, Since: now, Expires: now})
		return err
	})
}

func testVisitsGo(s *suite) {
	us := s.users("ada", "root", "boss")
	one, two := s.server(us[0], "", hub.Ready), s.server(us[0], "lab", hub.Ready)
	for _, visitor := range us[1:] {
		for _, sv := range []hub.Server{one, two} {
			s.enter(hub.Visit{ServerID: sv.ID, UserID: visitor.ID, Since: s.clock.Now(), Expires: s.clock.Now().Add(time.Minute)})
		}
	}
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, one.ID) })
	s.equal("with the server", len(s.visits()), 2)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{us[1].ID}) })
	s.equal("with the visitor", len(s.visits()), 1)
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{us[0].ID}) })
	s.equal("with the owner", len(s.visits()), 0)
}

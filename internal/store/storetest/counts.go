package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func countTests() []test {
	return []test{
		{"people by activity", testCountUsers},
		{"servers by phase", testCountServers},
	}
}

type userCounts struct {
	All    int
	Active []int
}

func countUsers(s *suite, since ...time.Time) userCounts {
	s.Helper()
	return read(s, func(tx data.Tx) (c userCounts, err error) {
		c.All, c.Active, err = tx.CountUsers(s.ctx, since...)
		return c, err
	})
}

func testCountUsers(s *suite) {
	now := s.clock.Now()
	s.equal("nobody", countUsers(s, now), userCounts{0, []int{0}})
	ada, bob := s.user("ada"), s.user("bob")
	s.user("never")
	s.touch(data.Seen{Users: map[int64]time.Time{ada.ID: now, bob.ID: now.Add(-time.Hour)}})
	s.equal("without times", countUsers(s), userCounts{3, []int{}})
	got := countUsers(s, now.Add(time.Microsecond), now, now.Add(-time.Hour), now.Add(-time.Hour+time.Microsecond), now.Add(-24*time.Hour))
	s.equal("since each time, itself included", got, userCounts{3, []int{0, 1, 2, 1, 2}})
}

func testCountServers(s *suite) {
	u := s.user("ada")
	count := func() map[hub.Phase]int {
		return read(s, func(tx data.Tx) (map[hub.Phase]int, error) { return tx.CountServers(s.ctx) })
	}
	s.equal("none", count(), map[hub.Phase]int{})
	s.update(func(tx data.Tx) error {
		for name, server := range map[string]hub.Server{
			"a": {Phase: hub.Ready, WantRunning: true}, "b": {Phase: hub.Ready, WantRunning: true},
			"c": {Phase: hub.Queued, WantRunning: true}, "d": {Phase: hub.Stopped}, "e": {Phase: hub.Failed},
			"f": {Phase: hub.Stopping},
		} {
			server.UserID, server.Name = u.ID, name
			if _, err := tx.CreateServer(s.ctx, server); err != nil {
				return err
			}
		}
		return nil
	})
	s.equal("those not at rest", count(), map[hub.Phase]int{hub.Ready: 2, hub.Queued: 1, hub.Stopping: 1})
}

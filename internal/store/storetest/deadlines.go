package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func deadlineTests() []test {
	return []test{{"servers are found by their ends", testEndingServers}}
}

func testEndingServers(s *suite) {
	ada := s.user("ada")
	now := s.clock.Now()
	ids := map[string]int64{}
	for name, change := range map[string]func(*hub.Server){
		"late":     func(v *hub.Server) { v.EndsAt = now.Add(time.Hour) },
		"over":     func(v *hub.Server) { v.EndsAt = now },
		"earlier":  func(v *hub.Server) { v.EndsAt = now.Add(-time.Hour) },
		"unending": func(*hub.Server) {},
		"stopping": func(v *hub.Server) { v.EndsAt, v.WantRunning = now, false },
		"foreign":  func(v *hub.Server) { v.EndsAt, v.Owner = now, "you" },
	} {
		sv := s.server(ada, name, hub.Ready)
		sv.Owner, sv.WantRunning, sv.Options = "me", true, []byte("{}")
		change(&sv)
		s.update(func(tx data.Tx) error {
			_, err := tx.UpdateServer(s.ctx, sv, sv.Fence)
			return err
		})
		ids[name] = sv.ID
	}
	find := func(by time.Time) []data.Ending {
		return read(s, func(tx data.Tx) ([]data.Ending, error) { return tx.EndingServers(s.ctx, "me", by) })
	}
	s.equal("by now", find(now), []data.Ending{{ServerID: ids["earlier"], At: now.Add(-time.Hour)}, {ServerID: ids["over"], At: now}})
	s.equal("in an hour", len(find(now.Add(time.Hour))), 3)
	s.equal("before all", len(find(now.Add(-2*time.Hour))), 0)
}

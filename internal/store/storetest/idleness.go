package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func idlenessTests() []test {
	return []test{
		{"the idle are found by use and by age", testIdleServers},
		{"what kernels say moves use on, and never back", testKernels},
	}
}

func (s *suite) idleness(servers ...hub.Server) []hub.Idleness {
	s.Helper()
	ids := make([]int64, len(servers))
	for i, sv := range servers {
		ids[i] = sv.ID
	}
	return read(s, func(tx data.Tx) ([]hub.Idleness, error) { return tx.IdlenessOf(s.ctx, ids) })
}

func (s *suite) openIdleness(i hub.Idleness) {
	s.Helper()
	s.update(func(tx data.Tx) error { return tx.OpenIdleness(s.ctx, i) })
}

func testIdleServers(s *suite) {
	ada := s.user("ada")
	now := s.clock.Now()
	var list []hub.Server
	for i, name := range []string{"a", "b", "c"} {
		sv := s.server(ada, name, hub.Ready)
		sv.Owner, sv.WantRunning, sv.Options = "me", true, []byte("{}")
		s.update(func(tx data.Tx) error {
			_, err := tx.UpdateServer(s.ctx, sv, sv.Fence)
			return err
		})
		s.openIdleness(hub.Idleness{ServerID: sv.ID, Started: now.Add(time.Duration(i) * time.Hour), LastUsed: now.Add(-time.Duration(i) * time.Hour)})
		list = append(list, sv)
	}
	find := func(owner string, usedBy, startedBy time.Time) (ids []int64) {
		for _, i := range read(s, func(tx data.Tx) ([]hub.Idleness, error) { return tx.IdleServers(s.ctx, owner, usedBy, startedBy) }) {
			ids = append(ids, i.ServerID)
		}
		return ids
	}
	s.equal("by use", find("me", now.Add(-time.Hour), time.Time{}), []int64{list[2].ID, list[1].ID})
	s.equal("by age", find("me", time.Time{}, now), []int64{list[0].ID})
	s.equal("by both", find("me", now.Add(-2*time.Hour), now), []int64{list[2].ID, list[0].ID})
	s.equal("of nobody", len(find("you", now, now)), 0)
	s.equal("none", len(find("me", time.Time{}, time.Time{})), 0)
	// Times move forward alone, and what is not there is no error.
	if err := s.store.Touch(s.ctx, func(data.Tx) (data.Seen, error) {
		return data.Seen{Used: map[int64]time.Time{list[2].ID: now, list[0].ID: now.Add(-time.Hour), 999: now}}, nil
	}); err != nil {
		s.Fatal(err)
	}
	s.equal("touched", find("me", now.Add(-time.Second), time.Time{}), []int64{list[1].ID})
	s.equal("of the server", s.idleness(list[0])[0].LastUsed, now)
	s.update(func(tx data.Tx) error { return tx.CloseIdleness(s.ctx, list[1].ID) })
	s.update(func(tx data.Tx) error { return tx.CloseIdleness(s.ctx, list[1].ID) })
	s.equal("closed", len(s.idleness(list...)), 2)
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, list[0].ID) })
	s.equal("gone with the server", len(s.idleness(list...)), 1)
}

func testKernels(s *suite) {
	sv := s.server(s.user("ada"), "", hub.Ready)
	now := s.clock.Now()
	begun := hub.Idleness{ServerID: sv.ID, Started: now, LastUsed: now}
	s.openIdleness(begun)
	s.equal("begun", s.idleness(sv), []hub.Idleness{begun})
	for _, at := range []time.Time{now.Add(-time.Hour), now.Add(time.Hour)} {
		k := hub.Kernels{Asked: now.Add(time.Minute), Total: 3, Busy: 2, Connections: 1, LastUsed: at}
		s.update(func(tx data.Tx) error { return tx.NoteKernels(s.ctx, sv.ID, k) })
		want := hub.Idleness{ServerID: sv.ID, Started: now, LastUsed: begun.LastUsed, Kernels: k}
		want.Kernels.LastUsed = time.Time{}
		if at.After(now) {
			want.LastUsed = at
		}
		s.equal("what they said", s.idleness(sv), []hub.Idleness{want})
	}
	s.openIdleness(begun)
	s.equal("another run", s.idleness(sv), []hub.Idleness{begun})
}

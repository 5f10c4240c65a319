package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func replicaTests() []test {
	return []test{
		{"leases", testReplicaLeases},
		{"deleted", testReplicasDeleted},
		{"servers taken over", testServersTaken},
		{"servers driven", testServersDriven},
	}
}

// renew renews a replica's lease for ten seconds, and gives all replicas.
func (s *suite) renew(r hub.Replica) []hub.Replica {
	s.Helper()
	list, err := s.store.RenewLease(s.ctx, r, 10*time.Second)
	if err != nil {
		s.Fatal(err)
	}
	return list
}

func (s *suite) replicas() []hub.Replica {
	s.Helper()
	return read(s, func(tx data.Tx) ([]hub.Replica, error) { return tx.ListReplicas(s.ctx) })
}

func testReplicaLeases(s *suite) {
	a := hub.Replica{ID: "a", Node: "n", Version: "1.2.3", Started: s.clock.Now()}
	b := hub.Replica{ID: "b", Started: s.clock.Now()}
	held := func(r hub.Replica, until time.Time) hub.Replica { r.LeaseUntil, r.Alive = until, true; return r }
	began := s.clock.Now()
	s.equal("the first", s.renew(a), []hub.Replica{held(a, began.Add(10*time.Second))})
	s.clock.advance(4 * time.Second)
	want := []hub.Replica{held(a, began.Add(10*time.Second)), held(b, began.Add(14*time.Second))}
	s.equal("the second", s.renew(b), want)
	s.equal("as a transaction reads them", s.replicas(), want)

	s.clock.advance(6 * time.Second)
	want[0].Alive = false
	s.equal("one whose lease is over", s.replicas(), want)
	want[0] = held(a, began.Add(20*time.Second))
	s.equal("it comes back", s.renew(a), want)

	s.update(func(tx data.Tx) error { return tx.EndLease(s.ctx, "a") })
	s.update(func(tx data.Tx) error { return tx.EndLease(s.ctx, "nobody") })
	want[0].LeaseUntil, want[0].Alive = s.clock.Now(), false
	s.equal("one that left", s.replicas(), want)
	s.clock.advance(time.Second)
	s.update(func(tx data.Tx) error { return tx.EndLease(s.ctx, "a") })
	s.equal("it left then, and not now", s.replicas(), want)
}

func testReplicasDeleted(s *suite) {
	for _, r := range []hub.Replica{{ID: "old"}, {ID: "mine", Node: "n"}, {ID: "other", Node: "m"}, {ID: "free"}} {
		s.renew(r)
	}
	ids := func() (list []string) {
		for _, r := range s.replicas() {
			list = append(list, r.ID)
		}
		return list
	}
	s.update(func(tx data.Tx) error { return tx.DeleteReplicas(s.ctx, "", time.Time{}) })
	s.equal("none", len(ids()), 4)
	s.update(func(tx data.Tx) error { return tx.DeleteReplicas(s.ctx, "n", time.Time{}) })
	s.equal("those of the node", ids(), []string{"free", "old", "other"})
	s.clock.advance(time.Hour)
	s.renew(hub.Replica{ID: "free"})
	s.update(func(tx data.Tx) error { return tx.DeleteReplicas(s.ctx, "", s.clock.Now()) })
	s.equal("those that are gone", ids(), []string{"free"})
}

// A replica takes what nobody living drives and what it can drive itself.
func testServersTaken(s *suite) {
	me := hub.Replica{ID: "me", Node: "here"}
	s.renew(hub.Replica{ID: "dead"})
	s.clock.advance(time.Minute)
	s.renew(me)
	s.renew(hub.Replica{ID: "alive"})
	now, u := s.clock.Now(), s.user("ada")
	servers := map[string]hub.Server{
		"of the dead":                    {Owner: "dead", LeaseUntil: now.Add(-time.Minute)},
		"of the dead, on this node":      {Owner: "dead", Node: "here", LeaseUntil: now.Add(-time.Minute)},
		"of the dead, on another":        {Owner: "dead", Node: "there", LeaseUntil: now.Add(-time.Minute)},
		"of one that lives":              {Owner: "alive", LeaseUntil: now.Add(-time.Minute)},
		"of one that lives here":         {Owner: "alive", Node: "here", LeaseUntil: now.Add(-time.Minute)},
		"of no replica, its lease over":  {Owner: "before", LeaseUntil: now},
		"of no replica, its lease holds": {Owner: "before", LeaseUntil: now.Add(time.Second)},
		"this node's from before":        {Owner: "before", Node: "here", LeaseUntil: now.Add(time.Second)},
		"of one that was not named":      {Owner: "unnamed", LeaseUntil: now.Add(-time.Minute)},
		"nobody's":                       {},
	}
	want := map[string]string{}
	for name, v := range servers {
		want[name] = v.Owner
		v.UserID, v.Name, v.Phase = u.ID, name, hub.Ready
		write(s, func(tx data.Tx) (hub.Server, error) { return tx.CreateServer(s.ctx, v) })
	}
	owners := []string{"dead", "alive", "before", ""}
	s.equal("taken", write(s, func(tx data.Tx) (int, error) { return tx.TakeServers(s.ctx, me, owners) }), 4)
	for _, name := range []string{"of the dead", "of the dead, on this node", "of no replica, its lease over", "this node's from before"} {
		want[name] = "me"
	}
	got := map[string]string{}
	for _, v := range read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ListServers(s.ctx) }) {
		got[v.Name] = v.Owner
		if v.Owner == "me" && !v.LeaseUntil.Equal(now) {
			s.Errorf("%s was taken without the time of it: %v", v.Name, v.LeaseUntil)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("(-want +got):\n%s", diff)
	}
	s.equal("again", write(s, func(tx data.Tx) (int, error) { return tx.TakeServers(s.ctx, me, owners) }), 0)
}

func testServersDriven(s *suite) {
	u := s.user("ada")
	now := s.clock.Now()
	for name, v := range map[string]hub.Server{
		"mine": {Owner: "me", LeaseUntil: now.Add(-time.Hour)}, "mine, noted": {Owner: "me", LeaseUntil: now.Add(-time.Minute)},
		"theirs": {Owner: "them"}, "nobody's": {},
	} {
		v.UserID, v.Name = u.ID, name
		write(s, func(tx data.Tx) (hub.Server, error) { return tx.CreateServer(s.ctx, v) })
	}
	for _, owner := range []string{"me", ""} {
		s.update(func(tx data.Tx) error { return tx.MarkDriven(s.ctx, owner, now.Add(-time.Minute)) })
	}
	for name, want := range map[string]time.Time{"mine": now, "mine, noted": now.Add(-time.Minute), "theirs": {}, "nobody's": {}} {
		s.equal(name, read(s, func(tx data.Tx) (hub.Server, error) { return tx.Server(s.ctx, u.ID, name) }).LeaseUntil, want)
	}
}

package storetest

import (
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func usageTests() []test {
	return []test{
		{"usage", testUsage},
		{"hours by day are the same before and after they are counted", testUsageByDay},
		{"hours by person and by group", testUsageBy},
		{"starts by day, outcome and cause", testStarts},
		{"old starts go in small batches", testDeleteStarts},
	}
}

// testUsage shows what the interface can: entries are only written here so far.
func testUsage(s *suite) {
	u := s.user("ada")
	v := s.server(u, "", hub.Ready)
	run := hub.Usage{ServerID: v.ID, UserID: u.ID, Fence: 1, Started: s.clock.Now()}
	s.update(func(tx data.Tx) error { return tx.OpenUsage(s.ctx, run) })
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.OpenUsage(s.ctx, run) })
	s.update(func(tx data.Tx) error { return tx.ChargeUsage(s.ctx, "me", s.clock.Now()) })
	s.update(func(tx data.Tx) error { return tx.CloseUsage(s.ctx, v.ID, 1, s.clock.Now()) })
	s.update(func(tx data.Tx) error { return tx.CloseUsage(s.ctx, v.ID, 1, s.clock.Now()) })
	s.update(func(tx data.Tx) error { return tx.CloseUsage(s.ctx, 999, 1, s.clock.Now()) })
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.OpenUsage(s.ctx, run) })
	run.Fence = 2
	s.update(func(tx data.Tx) error { return tx.OpenUsage(s.ctx, run) })
}

// ran keeps a run of a person's, from the hour from of the suite's day to the hour till; one whose
// hour till is 0 goes on.
func (s *suite) ran(v hub.Server, fence int64, from, till time.Duration) {
	s.Helper()
	began := s.midnight().Add(from)
	s.update(func(tx data.Tx) error {
		u := hub.Usage{ServerID: v.ID, UserID: v.UserID, Fence: fence, Started: began, ChargedUntil: began}
		if till == 0 {
			u.ChargedUntil = began.Add(time.Hour)
		}
		if err := tx.OpenUsage(s.ctx, u); err != nil || till == 0 {
			return err
		}
		return tx.CloseUsage(s.ctx, v.ID, fence, s.midnight().Add(till))
	})
}

func (s *suite) midnight() time.Time { return s.clock.Now().Truncate(hub.Day) }

// daysFrom is a query for n days, of which the first is offset days from the suite's day.
func (s *suite) daysFrom(offset, n int) hub.UsageQuery {
	from := s.midnight().AddDate(0, 0, offset)
	return hub.UsageQuery{From: from, To: from.AddDate(0, 0, n)}
}

// everyWay does what is to be the same before any run is counted, when some are, and when all are that have ended.
func (s *suite) everyWay(check func()) {
	s.Helper()
	check()
	for {
		n := write(s, func(tx data.Tx) (int, error) { return tx.CountUsage(s.ctx, 2) })
		check()
		if n < 2 {
			return
		}
	}
}

func testUsageByDay(s *suite) {
	ada, bob := s.user("ada"), s.user("bob")
	va, vb := s.server(ada, "", hub.Ready), s.server(bob, "", hub.Ready)
	s.ran(va, 1, 9*time.Hour, 11*time.Hour)
	s.ran(va, 2, 13*time.Hour, 14*time.Hour)
	s.ran(vb, 1, 22*time.Hour, 50*time.Hour) // over two midnights
	s.ran(va, 3, 23*time.Hour+30*time.Minute, 0)
	s.ran(va, 4, 12*time.Hour, 12*time.Hour) // it never lived
	days := func(q hub.UsageQuery) []hub.UsedDay {
		return read(s, func(tx data.Tx) ([]hub.UsedDay, error) { return tx.UsageByDay(s.ctx, q) })
	}
	first := s.midnight()
	want := []hub.UsedDay{
		{Day: first, Used: 5*time.Hour + 30*time.Minute, People: 2},
		{Day: first.AddDate(0, 0, 1), Used: 24*time.Hour + 30*time.Minute, People: 2},
		{Day: first.AddDate(0, 0, 2), Used: 2 * time.Hour, People: 1},
	}
	s.everyWay(func() {
		s.equal("all", days(s.daysFrom(-1, 9)), want)
		s.equal("a day of them", days(s.daysFrom(1, 1)), want[1:2])
		s.equal("before", days(s.daysFrom(-3, 3)), []hub.UsedDay{})
		of := s.daysFrom(0, 9)
		of.UserID = bob.ID
		s.equal("of one", days(of), []hub.UsedDay{
			{Day: first, Used: 2 * time.Hour, People: 1}, {Day: first.AddDate(0, 0, 1), Used: 24 * time.Hour, People: 1},
			{Day: first.AddDate(0, 0, 2), Used: 2 * time.Hour, People: 1},
		})
	})
}

func testUsageBy(s *suite) {
	by := func(name string, hours time.Duration, people int) hub.UsedBy {
		return hub.UsedBy{Name: name, Used: hours * time.Hour, People: people}
	}
	ada, bob, eve := s.user("ada"), s.user("bob"), s.user("eve")
	s.ran(s.server(ada, "", hub.Ready), 1, 9*time.Hour, 11*time.Hour)
	s.ran(s.server(bob, "", hub.Ready), 1, 8*time.Hour, 12*time.Hour)
	s.ran(s.server(bob, "lab", hub.Ready), 1, 23*time.Hour, 0)
	s.ran(s.server(eve, "", hub.Ready), 1, 0, 10*time.Hour)
	s.group("cs101", ada, bob)
	s.group("lab", bob)
	s.group("none")
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{eve.ID}) })
	people := func(q hub.UsageQuery) []hub.UsedBy {
		return read(s, func(tx data.Tx) ([]hub.UsedBy, error) { return tx.UsageByUser(s.ctx, q) })
	}
	groups := func(q hub.UsageQuery) []hub.UsedBy {
		return read(s, func(tx data.Tx) ([]hub.UsedBy, error) { return tx.UsageByGroup(s.ctx, q) })
	}
	all := s.daysFrom(0, 3)
	s.everyWay(func() {
		s.equal("people", people(all), []hub.UsedBy{by("eve", 10, 1), by("bob", 5, 1), by("ada", 2, 1)})
		s.equal("groups", groups(all), []hub.UsedBy{by("cs101", 7, 2), by("lab", 5, 1)})
		top := all
		top.Limit = 1
		s.equal("the first", people(top), []hub.UsedBy{by("eve", 10, 1)})
		of := all
		of.Group = "lab"
		s.equal("of a group", people(of), []hub.UsedBy{by("bob", 5, 1)})
		some := all
		some.Restricted, some.OnlyUsers, some.OnlyGroups = true, []string{"ada", "eve"}, []string{"lab"}
		s.equal("those who may be told of", people(some), []hub.UsedBy{by("bob", 5, 1), by("ada", 2, 1)})
		s.equal("groups that may be told of", groups(some), []hub.UsedBy{by("lab", 5, 1)})
		nobody := all
		nobody.Restricted = true
		s.equal("nobody", people(nobody), []hub.UsedBy{})
	})
}

func testStarts(s *suite) {
	ada := s.user("ada")
	v := s.server(ada, "", hub.Ready)
	asked := s.midnight().Add(9 * time.Hour)
	start := func(fence int64, took time.Duration, outcome hub.StartOutcome, why hub.FailureCause) hub.Start {
		return hub.Start{ServerID: v.ID, UserID: ada.ID, Fence: fence, Asked: asked, Ended: asked.Add(took), Outcome: outcome, Cause: why}
	}
	s.update(func(tx data.Tx) error {
		if err := tx.AddRun(s.ctx, hub.Run{ServerID: v.ID, Fence: 1, Begun: asked.Add(5 * time.Second)}); err != nil {
			return err
		}
		return tx.AddStarts(s.ctx, start(1, 20*time.Second, hub.StartReady, ""), start(2, 10*time.Minute, hub.StartFailed, hub.CauseTimeout),
			start(3, 10*time.Second, hub.StartCancelled, ""))
	})
	s.update(func(tx data.Tx) error {
		return tx.AddStarts(s.ctx, start(1, time.Hour, hub.StartFailed, hub.CauseLost), start(4, 40*time.Second, hub.StartReady, ""))
	})
	s.update(func(tx data.Tx) error { return tx.AddStarts(s.ctx) })
	s.update(func(tx data.Tx) error { return tx.NoteEnd(s.ctx, v.ID, 4, hub.CauseDied) })
	s.update(func(tx data.Tx) error { return tx.NoteEnd(s.ctx, v.ID, 2, hub.CauseDied) }) // it was never ready
	counts := func(q hub.UsageQuery) []hub.StartCount {
		return read(s, func(tx data.Tx) ([]hub.StartCount, error) { return tx.CountStarts(s.ctx, q) })
	}
	day := s.midnight()
	want := []hub.StartCount{
		{Day: day, Outcome: "cancelled", Count: 1, Took: 10 * time.Second, Longest: 10 * time.Second, Queued: 10 * time.Second, Band: 0},
		{Day: day, Outcome: "failed", Cause: "timeout", Count: 1, Took: 10 * time.Minute, Longest: 10 * time.Minute, Queued: 10 * time.Minute, Band: 5},
		{Day: day, Outcome: "ready", Count: 1, Took: 20 * time.Second, Longest: 20 * time.Second, Queued: 5 * time.Second, Band: 1},
		{Day: day, Outcome: "ready", Cause: "died", Count: 1, Took: 40 * time.Second, Longest: 40 * time.Second, Queued: 40 * time.Second, Band: 2},
	}
	s.equal("of the day", counts(s.daysFrom(0, 1)), want)
	s.equal("of another", counts(s.daysFrom(1, 1)), []hub.StartCount{})
	other := s.daysFrom(0, 1)
	other.Restricted, other.OnlyUsers = true, []string{"bob"}
	s.equal("of somebody else", counts(other), []hub.StartCount{})
}

func testDeleteStarts(s *suite) {
	asked := s.midnight()
	s.update(func(tx data.Tx) error {
		for i := range 5 {
			at := asked.AddDate(0, 0, i)
			if err := tx.AddStarts(s.ctx, hub.Start{ServerID: 1, Fence: int64(i), Asked: at, Ended: at, Outcome: hub.StartReady}); err != nil {
				return err
			}
		}
		return nil
	})
	sweep := func() int {
		return write(s, func(tx data.Tx) (int, error) { return tx.DeleteStartsBefore(s.ctx, asked.AddDate(0, 0, 3), 2) })
	}
	s.equal("in batches", []int{sweep(), sweep(), sweep()}, []int{2, 1, 0})
	s.equal("left", len(read(s, func(tx data.Tx) ([]hub.StartCount, error) { return tx.CountStarts(s.ctx, s.daysFrom(0, 9)) })), 2)
}

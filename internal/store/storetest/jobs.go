package storetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func jobTests() []test {
	return []test{
		{"created, read, and one under a key", testJobs},
		{"claimed by one worker at a time", testJobClaims},
		{"moved on by its worker alone, from where it is", testAdvanceJob},
		{"results by row", testJobResults},
		{"of an owner, and called off", testOwnJobs},
		{"swept a day after they were done", testSweepJobs},
		{"the audit entries of a job", testAuditOfJob},
	}
}

func (s *suite) job(j hub.Job) hub.Job {
	s.Helper()
	if j.State == "" {
		j.State = hub.JobRunning
	}
	return write(s, func(tx data.Tx) (hub.Job, error) { return tx.CreateJob(s.ctx, j, json.RawMessage(`{"rows": 3}`)) })
}

func testJobs(s *suite) {
	j := s.job(hub.Job{
		Owner: "user:1", Key: "key", Digest: "d", Kind: "delete", Asker: json.RawMessage(`{"id":1}`), Total: 3, Pass: 1, Next: 2,
		Worker: "w", ClaimUntil: s.clock.Now().Add(time.Minute),
	})
	byID := read(s, func(tx data.Tx) (hub.Job, error) { return tx.JobByID(s.ctx, j.ID) })
	s.equal("by id", byID, j)
	s.equal("created", byID.Created, s.clock.Now())
	s.equal("by key", read(s, func(tx data.Tx) (hub.Job, error) { return tx.JobByKey(s.ctx, "user:1", "key") }), j)
	s.equal("task", string(read(s, func(tx data.Tx) (json.RawMessage, error) { return tx.JobTask(s.ctx, j.ID) })), `{"rows": 3}`)
	absent(s, "somebody else's key", func(tx data.Tx) (hub.Job, error) { return tx.JobByKey(s.ctx, "service:1", "key") })
	s.job(hub.Job{Owner: "user:2", Kind: "delete", Digest: "d"})
	s.equal("that runs", read(s, func(tx data.Tx) (hub.Job, error) { return tx.RunningJob(s.ctx, "delete", "d") }), j)
	s.job(hub.Job{Kind: "delete", Digest: "done", State: hub.JobDone})
	absent(s, "of another kind", func(tx data.Tx) (hub.Job, error) { return tx.RunningJob(s.ctx, "users", "d") })
	absent(s, "that is done", func(tx data.Tx) (hub.Job, error) { return tx.RunningJob(s.ctx, "delete", "done") })
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, err := tx.CreateJob(s.ctx, hub.Job{Owner: "user:1", Key: "key", State: hub.JobRunning}, nil)
		return err
	})
	s.job(hub.Job{Owner: "user:1"})
	s.job(hub.Job{Owner: "user:1"}) // without a key there may be many
	absent(s, "no key", func(tx data.Tx) (hub.Job, error) { return tx.JobByKey(s.ctx, "user:1", "") })
	s.job(hub.Job{Owner: "user:1", Key: "other"})
	count := func(owner string, most int) int {
		return read(s, func(tx data.Tx) (int, error) { return tx.CountJobs(s.ctx, owner, most) })
	}
	s.equal("jobs counted", []int{count("user:1", 10), count("user:1", 1), count("user:12", 10)}, []int{2, 1, 0})
	s.update(func(tx data.Tx) error { return tx.DeleteJob(s.ctx, j.ID) })
	s.update(func(tx data.Tx) error { return tx.DeleteJob(s.ctx, j.ID) })
	absent(s, "deleted", func(tx data.Tx) (hub.Job, error) { return tx.JobByID(s.ctx, j.ID) })
}

func (s *suite) claim(id int64, worker string) bool {
	s.Helper()
	return write(s, func(tx data.Tx) (bool, error) { return tx.ClaimJob(s.ctx, id, worker, tx.Now().Add(time.Minute)) })
}

func (s *suite) freeJobs() (ids []int64) {
	s.Helper()
	for _, j := range read(s, func(tx data.Tx) ([]hub.Job, error) { return tx.FreeJobs(s.ctx, 10) }) {
		ids = append(ids, j.ID)
	}
	return ids
}

func testJobClaims(s *suite) {
	first, second := s.job(hub.Job{}), s.job(hub.Job{})
	s.equal("free", s.freeJobs(), []int64{first.ID, second.ID})
	s.equal("claimed", []bool{s.claim(first.ID, "a"), s.claim(first.ID, "b"), s.claim(first.ID, "a")}, []bool{true, false, true})
	s.equal("the other is free", s.freeJobs(), []int64{second.ID})
	s.clock.advance(2 * time.Minute)
	s.equal("free again", s.freeJobs(), []int64{first.ID, second.ID})
	s.equal("taken over", []bool{s.claim(first.ID, "b"), s.claim(first.ID, "a")}, []bool{true, false})
	done := s.job(hub.Job{State: hub.JobDone})
	s.equal("one that is done", s.claim(done.ID, "a"), false)
}

func testOwnJobs(s *suite) {
	first := s.job(hub.Job{Owner: "user:1", Key: "a"})
	s.job(hub.Job{Owner: "user:2", Key: "a"})
	s.job(hub.Job{Owner: "user:1"})
	second := s.job(hub.Job{Owner: "user:1", Key: "b", Worker: "w", ClaimUntil: s.clock.Now().Add(time.Minute)})
	of := func(before int64, limit int) []int64 {
		list := read(s, func(tx data.Tx) ([]hub.Job, error) { return tx.JobsOf(s.ctx, "user:1", before, limit) })
		ids := make([]int64, len(list))
		for i, j := range list {
			ids[i] = j.ID
		}
		return ids
	}
	s.equal("all", of(0, 10), []int64{second.ID, first.ID})
	s.equal("a part", of(0, 1), []int64{second.ID})
	s.equal("the rest", of(second.ID, 10), []int64{first.ID})
	callOff := func(id int64) bool {
		return write(s, func(tx data.Tx) (bool, error) { return tx.CallOffJob(s.ctx, id, json.RawMessage(`{"kind":"x"}`)) })
	}
	s.equal("called off", callOff(second.ID), true)
	again := read(s, func(tx data.Tx) (hub.Job, error) { return tx.JobByID(s.ctx, second.ID) })
	s.equal("the asker", string(again.Asker), `{"kind":"x"}`)
	again.Next, again.Worker = 1, "w"
	s.equal("goes on as before", write(s, func(tx data.Tx) (bool, error) { return tx.AdvanceJob(s.ctx, again, 0, 0) }), false)
	done := s.job(hub.Job{Owner: "user:1", State: hub.JobDone})
	s.equal("one that is done", callOff(done.ID), false)
}

func testAdvanceJob(s *suite) {
	j := s.job(hub.Job{Total: 3})
	s.claim(j.ID, "a")
	advance := func(worker string, pass, next int, to hub.Job) bool {
		to.ID, to.Worker, to.ClaimUntil = j.ID, worker, s.clock.Now().Add(time.Hour)
		return write(s, func(tx data.Tx) (bool, error) { return tx.AdvanceJob(s.ctx, to, pass, next) })
	}
	s.clock.advance(time.Second)
	s.equal("another's", advance("b", 0, 0, hub.Job{Next: 1, State: hub.JobRunning}), false)
	s.equal("moved", advance("a", 0, 0, hub.Job{Next: 2, State: hub.JobRunning}), true)
	s.equal("moved already", advance("a", 0, 0, hub.Job{Next: 2, State: hub.JobRunning}), false)
	got := read(s, func(tx data.Tx) (hub.Job, error) { return tx.JobByID(s.ctx, j.ID) })
	s.equal("kept", []any{got.Next, got.Updated, got.ClaimUntil}, []any{2, s.clock.Now(), s.clock.Now().Add(time.Hour)})
	s.equal("to the next pass", advance("a", 0, 2, hub.Job{Pass: 1, State: hub.JobRunning}), true)
	s.equal("done", advance("a", 1, 0, hub.Job{Pass: 1, State: hub.JobDone}), true)
	s.equal("its task is gone", len(read(s, func(tx data.Tx) (json.RawMessage, error) { return tx.JobTask(s.ctx, j.ID) })), 0)
	s.equal("nothing moves it any more", advance("a", 1, 0, hub.Job{Pass: 2, State: hub.JobRunning}), false)
	s.equal("none is free", len(s.freeJobs()), 0)
}

func testJobResults(s *suite) {
	j, other := s.job(hub.Job{Total: 3}), s.job(hub.Job{Total: 1})
	result := func(place int, text string, final bool) hub.JobResult {
		return hub.JobResult{Place: place, Result: json.RawMessage(text), Final: final}
	}
	put := func(id int64, results ...hub.JobResult) {
		s.update(func(tx data.Tx) error { return tx.PutJobResults(s.ctx, id, results) })
	}
	results := func(from, limit int) []hub.JobResult {
		return read(s, func(tx data.Tx) ([]hub.JobResult, error) { return tx.JobResults(s.ctx, j.ID, from, limit) })
	}
	put(j.ID)
	put(j.ID, result(2, `{"c": 1}`, true), result(0, `{"a": "ü"}`, false))
	put(other.ID, result(0, `{}`, true))
	s.equal("in their order", results(0, 0), []hub.JobResult{result(0, `{"a": "ü"}`, false), result(2, `{"c": 1}`, true)})
	put(j.ID, result(0, `{"a": 2}`, true), result(1, `{"b": 1}`, true))
	s.equal("replaced", results(0, 2), []hub.JobResult{result(0, `{"a": 2}`, true), result(1, `{"b": 1}`, true)})
	s.equal("a part", results(1, 1), []hub.JobResult{result(1, `{"b": 1}`, true)})
	s.equal("final", read(s, func(tx data.Tx) (int, error) { return tx.CountJobResults(s.ctx, j.ID) }), 3)
	s.update(func(tx data.Tx) error { return tx.DeleteJob(s.ctx, j.ID) })
	s.equal("gone with the job", len(results(0, 0)), 0)
}

func testSweepJobs(s *suite) {
	done, running := s.job(hub.Job{State: hub.JobDone, Total: 3}), s.job(hub.Job{Total: 1})
	s.update(func(tx data.Tx) error {
		var list []hub.JobResult
		for i := range 3 {
			list = append(list, hub.JobResult{Place: i, Result: json.RawMessage(`{}`), Final: true})
		}
		return tx.PutJobResults(s.ctx, done.ID, list)
	})
	sweep := func() int { return write(s, func(tx data.Tx) (int, error) { return tx.DeleteExpired(s.ctx, 2) }) }
	s.clock.advance(23 * time.Hour)
	s.equal("swept within the day", sweep(), 0)
	s.clock.advance(2 * time.Hour)
	s.equal("swept after it, in batches", []int{sweep(), sweep(), sweep()}, []int{2, 2, 0})
	absent(s, "job of the day before", func(tx data.Tx) (hub.Job, error) { return tx.JobByID(s.ctx, done.ID) })
	s.equal("what runs stays", s.freeJobs(), []int64{running.ID})
}

func testAuditOfJob(s *suite) {
	s.update(func(tx data.Tx) error {
		return tx.AddAudit(s.ctx, hub.AuditEntry{Action: "a", JobID: 7}, hub.AuditEntry{Action: "b"})
	})
	entries := read(s, func(tx data.Tx) ([]hub.AuditEntry, error) { return tx.ListAudit(s.ctx, hub.AuditQuery{JobID: 7}) })
	if len(entries) != 1 || entries[0].Action != "a" || entries[0].JobID != 7 {
		s.Errorf("the entries are %v", entries)
	}
}

// What bulk work does, a few statements for all rows.
func manyTests() []test {
	return []test{
		{"servers made and changed", testManyServers},
		{"tickets and events", testManyTickets},
		{"people locked out", testManyLockedOut},
		{"groups without their members", testGroupsNamed},
	}
}

func testManyServers(s *suite) {
	people := s.users("ada", "bob")
	full := fullServer(people[0], s.clock.Now())
	full.FailureLog, full.PhaseSince = "Traceback", s.clock.Now()
	made := write(s, func(tx data.Tx) ([]hub.Server, error) {
		return tx.CreateServers(s.ctx, []hub.Server{full, {UserID: people[1].ID, UserName: "bob", Phase: hub.Queued, Options: json.RawMessage(`{}`)}})
	})
	kept := func() (list []hub.Server) {
		list = read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ListServers(s.ctx) })
		slices.SortFunc(list, func(a, b hub.Server) int { return int(a.UserID - b.UserID) })
		return list
	}
	s.equal("made", kept(), made)
	s.refuse(hub.Conflict, func(tx data.Tx) error {
		_, err := tx.CreateServers(s.ctx, []hub.Server{full})
		return err
	})
	next := slices.Clone(made)
	for i := range next {
		next[i].Phase, next[i].Fence, next[i].WantRunning, next[i].Options = hub.Stopping, next[i].Fence+1, i == 1, json.RawMessage(`{"a": true}`)
	}
	written := write(s, func(tx data.Tx) ([]int64, error) {
		return tx.UpdateServers(s.ctx, next, []int64{made[0].Fence, made[1].Fence + 1})
	})
	s.equal("the one with the fence", written, []int64{made[0].ID})
	s.equal("changed", kept(), []hub.Server{next[0], made[1]})
	s.update(func(tx data.Tx) error {
		none, err := tx.CreateServers(s.ctx, nil)
		if err == nil && len(none) == 0 {
			_, err = tx.UpdateServers(s.ctx, nil, nil)
		}
		return err
	})
}

func testManyTickets(s *suite) {
	u := s.user("ada")
	v := s.server(u, "lab", hub.Queued)
	first := write(s, func(tx data.Tx) (int64, error) { return tx.NextTicket(s.ctx) })
	tickets := write(s, func(tx data.Tx) ([]int64, error) { return tx.NextTickets(s.ctx, 3) })
	if len(tickets) != 3 || !slices.IsSorted(tickets) || tickets[0] <= first || tickets[0] == tickets[1] {
		s.Errorf("the tickets are %v after %d", tickets, first)
	}
	s.equal("none", len(write(s, func(tx data.Tx) ([]int64, error) { return tx.NextTickets(s.ctx, 0) })), 0)
	e := hub.ServerEvent{
		ServerID: v.ID, UserID: u.ID, Fence: 2, Kind: hub.EventRequested, Progress: 5, Message: "Asked for", RequestID: "r",
		Detail: json.RawMessage(`{"profile": "gpu"}`), At: s.clock.Now(),
	}
	s.update(func(tx data.Tx) error { return tx.AddEvents(s.ctx, []hub.ServerEvent{e, e}) })
	s.update(func(tx data.Tx) error { return tx.AddEvents(s.ctx, nil) })
	got := read(s, func(tx data.Tx) ([]hub.ServerEvent, error) { return tx.EventsOf(s.ctx, v.ID, 2, 0) })
	if len(got) != 2 {
		s.Fatalf("%d events", len(got))
	}
	e.ID = got[1].ID
	s.equal("event", got[1], e)
}

func testManyLockedOut(s *suite) {
	people := s.users("ada", "bob", "eve")
	ids := userIDs(people[:2])
	for _, u := range people {
		v := s.server(u, "", hub.Ready)
		s.session(u, "session of "+u.Name)
		s.token(hub.Token{UserID: u.ID, Hash: "given " + u.Name, SessionID: "session of " + u.Name})
		s.token(hub.Token{UserID: u.ID, Hash: "made " + u.Name})
		s.token(hub.Token{UserID: u.ID, Hash: "server's " + u.Name, ServerID: v.ID})
		s.update(func(tx data.Tx) error {
			return tx.SetPassword(s.ctx, u.ID, hub.Password{Hash: "h", ChangedAt: s.clock.Now().Add(-time.Hour)})
		})
	}
	s.update(func(tx data.Tx) error { return tx.DeleteSessionsOfUsers(s.ctx, ids) })
	tokens := func(u hub.User) (hashes []string) {
		for _, k := range read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, u.ID) }) {
			hashes = append(hashes, k.Hash)
		}
		return hashes
	}
	s.equal("without a session", tokens(people[0]), []string{"made ada", "server's ada"})
	s.update(func(tx data.Tx) error { return tx.DeleteGivenTokensOfUsers(s.ctx, ids) })
	for _, u := range people[:2] {
		s.equal("without what was given", tokens(u), []string{"server's " + u.Name})
		s.equal("sessions", len(read(s, func(tx data.Tx) ([]hub.Session, error) { return tx.SessionsOf(s.ctx, u.ID) })), 0)
	}
	s.equal("the others stay", len(read(s, func(tx data.Tx) ([]hub.Token, error) { return tx.TokensOf(s.ctx, people[2].ID) })), 3)

	s.update(func(tx data.Tx) error { return tx.SuspendUsers(s.ctx, ids) })
	s.update(func(tx data.Tx) error { return tx.SetMustChange(s.ctx, ids[:1], true) })
	s.update(func(tx data.Tx) error { return tx.EndAttempts(s.ctx, ids) })
	s.update(func(tx data.Tx) error { return tx.EndAttempts(s.ctx, ids[:1]) })
	for i, want := range []hub.Password{
		{Hash: "h", MustChange: true, ChangedAt: s.clock.Now().Add(time.Microsecond)},
		{Hash: "h", ChangedAt: s.clock.Now()},
		{Hash: "h", ChangedAt: s.clock.Now().Add(-time.Hour)},
	} {
		if diff := cmp.Diff(want, read(s, func(tx data.Tx) (hub.Password, error) { return tx.Password(s.ctx, people[i].ID) })); diff != "" {
			s.Errorf("password of %s: %s", people[i].Name, diff)
		}
		u := read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, people[i].ID) })
		s.equal("suspended", u.Suspended, i < 2)
	}
}

func testGroupsNamed(s *suite) {
	u := s.user("ada")
	s.group("class", u)
	s.group("other", u)
	s.update(func(tx data.Tx) error {
		g, err := tx.GroupByName(s.ctx, "class")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(s.ctx, []hub.RoleMember{{Role: "teacher", GroupID: g.ID}})
	})
	want := read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupByName(s.ctx, "class") })
	want.Users = []string{}
	named := func(names ...string) []hub.Group {
		return read(s, func(tx data.Tx) ([]hub.Group, error) { return tx.GroupsNamed(s.ctx, names) })
	}
	s.equal("one", named("class"), []hub.Group{want})
	s.equal("of several", named("class", "nowhere"), []hub.Group{want})
	s.equal("none", len(named()), 0)
	s.equal("by its id", read(s, func(tx data.Tx) (hub.Group, error) { return tx.GroupInBrief(s.ctx, want.ID) }), want)
	s.refuse(hub.NotFound, func(tx data.Tx) error { _, err := tx.GroupInBrief(s.ctx, want.ID+1000); return err })
}

// manyNotes are what the methods note that are made for many rows.
func manyNotes() []notedCase {
	return []notedCase{
		{"SuspendUsers", func(w *society, tx data.Tx) error {
			return tx.SuspendUsers(w.s.ctx, []int64{w.ada.ID, w.eve.ID})
		}, []string{"user ada", "user eve"}},
		{"SetMustChange", func(w *society, tx data.Tx) error {
			return tx.SetMustChange(w.s.ctx, []int64{w.bob.ID}, true)
		}, []string{"user bob"}},
		{"EndAttempts", func(w *society, tx data.Tx) error {
			return tx.EndAttempts(w.s.ctx, []int64{w.bob.ID})
		}, []string{"user bob"}},
		{"DeleteSessionsOfUsers", func(w *society, tx data.Tx) error {
			return tx.DeleteSessionsOfUsers(w.s.ctx, []int64{w.ada.ID, w.bob.ID})
		}, []string{"session session of ada", "session other session of ada", "token in session of ada"}},
		{"DeleteGivenTokensOfUsers", func(w *society, tx data.Tx) error {
			return tx.DeleteGivenTokensOfUsers(w.s.ctx, []int64{w.ada.ID, w.eve.ID})
		}, []string{"token api of ada", "token in session of ada"}},
		{"CreateServers", func(w *society, tx data.Tx) error {
			_, err := tx.CreateServers(w.s.ctx, []hub.Server{{UserID: w.ada.ID, Name: "x"}, {UserID: w.eve.ID}})
			return err
		}, []string{"server new of ada", "server new of eve"}},
		{"UpdateServers", func(w *society, tx data.Tx) error {
			_, err := tx.UpdateServers(w.s.ctx, []hub.Server{w.work, w.spare}, []int64{w.work.Fence, w.spare.Fence + 1})
			return err
		}, []string{"server work of ada"}},
	}
}

package storetest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func recordTests() []test {
	return []test{
		{"audit entries", testAudit},
		{"audit entries are found again", testListAudit},
		{"large audit entries are told by their length", testLargeAudit},
		{"events", testEvents},
		{"old events go in small batches", testDeleteEvents},
		{"runs and what they were started with", testRuns},
		{"old runs go, but the newest of each server", testDeleteRuns},
		{"records outlive the person", testRecordsSurvive},
	}
}

func settingTests() []test {
	return []test{{"set and read", func(s *suite) {
		get := func(tx data.Tx) (string, error) { return tx.Setting(s.ctx, "key") }
		absent(s, "setting", get)
		for _, v := range []string{"one", "", `{"ü":1}`} {
			s.update(func(tx data.Tx) error { return tx.SetSetting(s.ctx, "key", v) })
			s.equal("setting", read(s, get), v)
		}
	}}}
}

func testAudit(s *suite) {
	const n = 1234
	now := s.clock.Now()
	entries := make([]hub.AuditEntry, n)
	for i := range entries {
		entries[i] = hub.AuditEntry{
			At: now.Add(time.Duration(i) * time.Second), RequestID: "req", Actor: hub.System(), Action: "user.create",
			TargetKind: "user", TargetID: int64(i), TargetName: strconv.Itoa(i), After: json.RawMessage(`{"a":1}`),
		}
	}
	s.update(func(tx data.Tx) error { return tx.AddAudit(s.ctx, entries...) })
	s.update(func(tx data.Tx) error { return tx.AddAudit(s.ctx) })
	sweep := func(before time.Time, limit int) int {
		return write(s, func(tx data.Tx) (int, error) { return tx.DeleteAuditBefore(s.ctx, before, limit) })
	}
	s.equal("in batches", []int{sweep(now.Add(100*time.Second), 60), sweep(now.Add(100*time.Second), 60), sweep(now.Add(100*time.Second), 60)}, []int{60, 40, 0})
	s.equal("all others", sweep(now.Add(time.Hour), n), n-100)
	s.update(func(tx data.Tx) error { return tx.AddAudit(s.ctx, hub.AuditEntry{Action: "hub.start"}) })
	s.equal("an entry without a time is of now", []int{sweep(now, 9), sweep(now.Add(time.Microsecond), 9)}, []int{0, 1})
}

// Entries of former versions were as large as what they tell of.
func testLargeAudit(s *suite) {
	large := json.RawMessage(`{"text":"` + strings.Repeat("x", 20_000) + `"}`)
	small := json.RawMessage(`{"text":"` + strings.Repeat("ü", 4000) + `"}`)
	s.update(func(tx data.Tx) error {
		return tx.AddAudit(s.ctx, hub.AuditEntry{Action: "group.change", Before: small, After: large})
	})
	got := read(s, func(tx data.Tx) ([]hub.AuditEntry, error) { return tx.ListAudit(s.ctx, hub.AuditQuery{}) })[0]
	s.equal("small", string(got.Before), string(small))
	s.equal("large", string(got.After), `{"length": 20011}`)
}

func testListAudit(s *suite) {
	now := s.clock.Now()
	boss := hub.Actor{Kind: "user", ID: 7, Name: "boss"}
	entry := func(second int, actor hub.Actor, action, target string) hub.AuditEntry {
		return hub.AuditEntry{
			At: now.Add(time.Duration(second) * time.Second), RequestID: "req" + strconv.Itoa(second/2), Actor: actor, Address: "10.0.0.1",
			Action: action, TargetKind: "user", TargetID: 3, TargetName: target,
			Before: json.RawMessage(`{"admin":false}`), After: json.RawMessage(`{"admin":true}`),
		}
	}
	entries := []hub.AuditEntry{
		entry(0, boss, "user.create", "ada"), entry(1, boss, "user.change", "ada"), entry(2, hub.System(), "userx", "bob"),
		entry(3, hub.System(), "group.create", "bob"), entry(4, boss, "user.delete", "zoë"),
	}
	entries[3].TargetKind, entries[3].Before, entries[3].After = "group", nil, nil
	s.update(func(tx data.Tx) error { return tx.AddAudit(s.ctx, entries...) })
	list := func(q hub.AuditQuery) []hub.AuditEntry {
		return read(s, func(tx data.Tx) ([]hub.AuditEntry, error) { return tx.ListAudit(s.ctx, q) })
	}
	all := list(hub.AuditQuery{})
	if len(all) != len(entries) {
		s.Fatalf("%d entries of %d", len(all), len(entries))
	}
	for i, got := range all {
		want := entries[len(entries)-1-i]
		want.ID = got.ID
		s.equal("entry", got, want)
	}
	for name, q := range map[string]hub.AuditQuery{
		"4 1 0": {Actor: "boss"}, "1": {Action: "user.change"}, "4 1 0 ": {Action: "user."}, "3": {TargetKind: "group"}, "4": {Target: "zoë"},
		"3 2": {RequestID: "req1"}, "4 3": {Since: now.Add(3 * time.Second)}, "1 0": {Until: now.Add(2 * time.Second)},
		"4 3 ": {Limit: 2}, "2 1": {Before: all[1].ID, Limit: 2}, "": {Actor: "boss", Target: "bob"},
	} {
		got := ""
		for i, e := range list(q) {
			if i > 0 {
				got += " "
			}
			got += strconv.Itoa(int(e.At.Sub(now).Seconds()))
		}
		s.equal("entries", got, strings.TrimSpace(name))
	}
	s.update(func(tx data.Tx) error { return tx.AddAudit(s.ctx, entry(9, boss, "grüße.send", "ada")) })
	s.equal("of a group beyond ASCII", len(list(hub.AuditQuery{Action: "grüße."})), 1)
}

func testEvents(s *suite) {
	u := s.user("ada")
	v := s.server(u, "", hub.Starting)
	var want []hub.ServerEvent
	for i, e := range []hub.ServerEvent{
		{Fence: 1, Kind: hub.EventRequested, At: s.clock.Now().Add(time.Hour), RequestID: "req", Message: "Asked for", Detail: json.RawMessage(`{"profile": "gpu"}`)},
		{Fence: 2, Kind: hub.EventRequested},
		{Fence: 1, Kind: hub.EventReady, Progress: 100, Message: "ready\x00"},
	} {
		e.ServerID, e.UserID = v.ID, u.ID
		got := write(s, func(tx data.Tx) (hub.ServerEvent, error) { return tx.AddEvent(s.ctx, e) })
		if got.ID == 0 {
			s.Fatalf("event %d has no id", i)
		}
		e.ID = got.ID
		if e.At.IsZero() {
			e.At = s.clock.Now()
		}
		s.equal("made", got, e)
		want = append(want, e)
	}
	want[2].Message = "ready\ufffd"
	run := func(fence, after int64) []hub.ServerEvent {
		return read(s, func(tx data.Tx) ([]hub.ServerEvent, error) { return tx.EventsOf(s.ctx, v.ID, fence, after) })
	}
	s.equal("a run", run(1, 0), []hub.ServerEvent{want[0], want[2]})
	s.equal("after the first", run(1, want[0].ID), []hub.ServerEvent{want[2]})
	s.equal("after the last", run(1, want[2].ID), []hub.ServerEvent{})
}

func testDeleteEvents(s *suite) {
	now := s.clock.Now()
	for i := range 5 {
		write(s, func(tx data.Tx) (hub.ServerEvent, error) {
			return tx.AddEvent(s.ctx, hub.ServerEvent{ServerID: 1, Fence: 1, At: now.Add(time.Duration(i) * time.Second)})
		})
	}
	sweep := func() int {
		return write(s, func(tx data.Tx) (int, error) { return tx.DeleteEventsBefore(s.ctx, now.Add(3*time.Second), 2) })
	}
	s.equal("in batches", []int{sweep(), sweep(), sweep()}, []int{2, 1, 0})
	left := read(s, func(tx data.Tx) ([]hub.ServerEvent, error) { return tx.EventsOf(s.ctx, 1, 1, 0) })
	s.equal("left", len(left), 2)
}

func testRecordsSurvive(s *suite) {
	u := s.user("ada")
	v := s.server(u, "", hub.Ready)
	s.update(func(tx data.Tx) error {
		if _, err := tx.AddEvent(s.ctx, hub.ServerEvent{ServerID: v.ID, UserID: u.ID, Fence: 1}); err != nil {
			return err
		}
		if err := tx.OpenUsage(s.ctx, hub.Usage{ServerID: v.ID, UserID: u.ID, Fence: 1, Started: tx.Now()}); err != nil {
			return err
		}
		return tx.AddAudit(s.ctx, hub.AuditEntry{Action: "user.create", TargetKind: "user", TargetID: u.ID, TargetName: u.Name})
	})
	s.update(func(tx data.Tx) error { return tx.DeleteUsers(s.ctx, []int64{u.ID}) })
	got := read(s, func(tx data.Tx) ([]hub.ServerEvent, error) { return tx.EventsOf(s.ctx, v.ID, 1, 0) })
	if len(got) != 1 || got[0].UserID != u.ID {
		s.Errorf("events left: %+v", got)
	}
	later := s.clock.Now().Add(time.Hour)
	s.equal("audit entries", write(s, func(tx data.Tx) (int, error) { return tx.DeleteAuditBefore(s.ctx, later, 9) }), 1)
	s.refuse(hub.Conflict, func(tx data.Tx) error { // the run's usage is there still
		return tx.OpenUsage(s.ctx, hub.Usage{ServerID: v.ID, UserID: u.ID, Fence: 1})
	})
}

func testRuns(s *suite) {
	u := s.user("ada")
	server := s.server(u, "lab", hub.Stopped)
	want := hub.Run{ServerID: server.ID, Fence: 3, Begun: s.clock.Now(), Launch: hub.Launch{
		Image: "quay.io/jupyter/base-notebook:1", Command: []string{"jupyterhub-singleuser", "--debug"},
		Limits:      hub.Limits{Memory: 1 << 33, CPU: 1.5, Processes: 200, OpenFiles: 1000, FileSize: 1 << 40},
		Environment: map[string]string{"LANG": "C.UTF-8", "GREETING": "Grüß\n\x00 \"dich\""},
	}}
	get := func(fence int64) func(data.Tx) (hub.Run, error) {
		return func(tx data.Tx) (hub.Run, error) { return tx.Run(s.ctx, server.ID, fence) }
	}
	absent(s, "run", get(3))
	s.update(func(tx data.Tx) error { return tx.AddRun(s.ctx, want) })
	s.equal("run", read(s, get(3)), want)
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.AddRun(s.ctx, want) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.AddRun(s.ctx, hub.Run{ServerID: 999, Fence: 1}) })

	s.update(func(tx data.Tx) error { return tx.RaiseRun(s.ctx, server.ID, 3, 9) })
	s.update(func(tx data.Tx) error { return tx.RaiseRun(s.ctx, server.ID, 4, 10) })
	absent(s, "under its old fence", get(3))
	want.Fence = 9
	s.equal("under its new fence", read(s, get(9)), want)

	plain := hub.Run{ServerID: server.ID, Fence: 11, Begun: s.clock.Now()}
	s.update(func(tx data.Tx) error { return tx.AddRun(s.ctx, plain) })
	s.equal("with nothing", read(s, get(11)), plain)
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, server.ID) })
	absent(s, "run of a server that is gone", get(9))
}

func testDeleteRuns(s *suite) {
	u := s.user("ada")
	old, busy := s.server(u, "old", hub.Stopped), s.server(u, "busy", hub.Stopped)
	now := s.clock.Now()
	s.update(func(tx data.Tx) error {
		for i := range int64(4) {
			begun := now.Add(time.Duration(i) * time.Hour)
			if err := tx.AddRun(s.ctx, hub.Run{ServerID: busy.ID, Fence: i + 1, Begun: begun}); err != nil {
				return err
			}
		}
		return tx.AddRun(s.ctx, hub.Run{ServerID: old.ID, Fence: 1, Begun: now})
	})
	sweep := func(before time.Time, limit int) int {
		return write(s, func(tx data.Tx) (int, error) { return tx.DeleteRunsBefore(s.ctx, before, limit) })
	}
	before := now.Add(90 * time.Minute) // two of busy, and the only one of old
	s.equal("in batches", []int{sweep(before, 1), sweep(before, 5), sweep(before, 5)}, []int{1, 1, 0})
	s.equal("all but the newest", sweep(now.Add(time.Hour*24), 9), 1)
	for id, fence := range map[int64]int64{busy.ID: 4, old.ID: 1} {
		s.equal("kept", read(s, func(tx data.Tx) (hub.Run, error) { return tx.Run(s.ctx, id, fence) }).Fence, fence)
	}
}

package storetest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func serverTests() []test {
	return []test{
		{"by ids, all, and renamed", testServerLists},
		{"create and read", testCreateServer},
		{"update", testUpdateServer},
		{"a lower fence changes nothing", testFence},
		{"one of many takes the next fence", testFenceRace},
		{"delete", testDeleteServer},
		{"list", testServersOf},
		{"in brief", testServersInBrief},
		{"every field is kept", everyField},
		{"live ones in the order of asking", testLiveServers},
		{"tickets", testTickets},
		{"touch moves servers and people", testTouchServers},
	}
}

// fullServer has a value in every field.
func fullServer(u hub.User, now time.Time) hub.Server {
	return hub.Server{
		UserID: u.ID, UserName: u.Name, Name: "lab", DisplayName: "Labör", Options: json.RawMessage(`{"profile": "gpu",  "n": 1.0}`),
		WantRunning: true, Phase: hub.Waiting, PhaseSince: now.Add(1), Remove: true,
		Fence: 7, Owner: "replica", LeaseUntil: now.Add(time.Minute), Node: "node", Upstream: "http://127.0.0.1:1", RequestID: "req", Ticket: 3, TimeLimit: 60, EndsAt: now.Add(time.Hour),
		Requested: now.Add(2 * time.Second), Started: now.Add(3 * time.Second), ReadyAt: now.Add(4 * time.Second),
		LastActivity: now.Add(5 * time.Second), Failure: "It fell.", FailureLog: "Traceback\n\x00\xff end",
		ClientID: "jupyterhub-user-ada-lab", StopReason: hub.StopHubEnds, Profile: "gpu",
		Devices: hub.ServerDevices{Wants: map[string]int{"gpu": 1}, Has: []hub.Device{{Kind: "gpu", ID: "0"}}},
	}
}

// everyField is the guard against a field that was added to hub.Server and not to
// the table.
func everyField(s *suite) {
	v := reflect.ValueOf(fullServer(hub.User{ID: 1, Name: "ada"}, s.clock.Now()))
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "ID" && name != "Place" { // that is the home's
			s.Errorf("fullServer has nothing in %s: is it kept?", name)
		}
	}
}

func testCreateServer(s *suite) {
	u := s.user("ada")
	want := fullServer(u, s.clock.Now())
	want.PhaseSince = s.clock.Now().Add(time.Microsecond)
	got := write(s, func(tx data.Tx) (hub.Server, error) { return tx.CreateServer(s.ctx, want) })
	want.ID, want.FailureLog = got.ID, "Traceback\n\ufffd\ufffd end"
	s.equal("made", got, want)
	s.equal("by id", read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, want.ID) }), want)
	s.equal("by name", read(s, func(tx data.Tx) (hub.Server, error) { return tx.Server(s.ctx, u.ID, "lab") }), want)

	plain := write(s, func(tx data.Tx) (hub.Server, error) { return tx.CreateServer(s.ctx, hub.Server{UserID: u.ID}) })
	s.equal("the default server", plain, hub.Server{ID: plain.ID, UserID: u.ID, UserName: "ada", Phase: hub.Stopped, Options: json.RawMessage("{}")})
	for code, v := range map[hub.Code]hub.Server{hub.Conflict: {UserID: u.ID, Name: "lab"}, hub.NotFound: {UserID: 999}} {
		s.refuse(code, func(tx data.Tx) error {
			_, err := tx.CreateServer(s.ctx, v)
			return err
		})
	}
	absent(s, "id", func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, 999) })
	absent(s, "name", func(tx data.Tx) (hub.Server, error) { return tx.Server(s.ctx, u.ID, "other") })
}

func testUpdateServer(s *suite) {
	u := s.user("ada")
	first := s.server(u, "lab", hub.Stopped)
	want := fullServer(u, s.clock.Now())
	want.ID, want.PhaseSince, want.FailureLog = first.ID, s.clock.Now(), "log"
	ok := write(s, func(tx data.Tx) (bool, error) { return tx.UpdateServer(s.ctx, want, first.Fence) })
	s.equal("written", ok, true)
	want.LastActivity = first.LastActivity // which only Touch moves
	s.equal("updated", read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, first.ID) }), want)
	s.refuse(hub.NotFound, func(tx data.Tx) error {
		_, err := tx.UpdateServer(s.ctx, hub.Server{ID: 999, Options: json.RawMessage("{}")}, 0)
		return err
	})
	s.refuse(hub.Internal, func(tx data.Tx) error {
		brief := want
		brief.Options = nil
		_, err := tx.UpdateServer(s.ctx, brief, want.Fence)
		return err
	})
}

// What is kept in memory of servers leaves out what is large.
func testServersInBrief(s *suite) {
	us := s.users("ada", "bob")
	small := json.RawMessage(`{"profile": "small"}`)
	large := json.RawMessage(`{"text": "` + strings.Repeat("\u00e4", 1024/6) + strings.Repeat("ä", 512) + `"}`)
	var made []hub.Server
	for i, o := range []json.RawMessage{small, large} {
		v := fullServer(us[i], s.clock.Now())
		v.Options = o
		made = append(made, write(s, func(tx data.Tx) (hub.Server, error) { return tx.CreateServer(s.ctx, v) }))
	}
	want := slices.Clone(made)
	want[0].FailureLog, want[1].FailureLog, want[1].Options = "", "", nil
	brief := func(ids ...int64) []hub.Server {
		return read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ServersInBrief(s.ctx, ids) })
	}
	s.equal("in brief", brief(us[1].ID, us[0].ID, 999), want)
	s.equal("of nobody", brief(), []hub.Server{})
	s.equal("options", read(s, func(tx data.Tx) (map[int64]json.RawMessage, error) {
		return tx.ServerOptions(s.ctx, []int64{made[0].ID, made[1].ID, 999})
	}), map[int64]json.RawMessage{made[0].ID: small, made[1].ID: large})
}

func testFence(s *suite) {
	v := s.server(s.user("ada"), "", hub.Stopped)
	v.Fence, v.Phase = 1, hub.Starting
	s.equal("first run", write(s, func(tx data.Tx) (bool, error) { return tx.UpdateServer(s.ctx, v, 0) }), true)
	v.Phase = hub.Failed
	s.equal("a late word of the run before", write(s, func(tx data.Tx) (bool, error) { return tx.UpdateServer(s.ctx, v, 0) }), false)
	s.equal("phase", read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, v.ID) }).Phase, hub.Starting)
}

func testFenceRace(s *suite) {
	v := s.server(s.user("ada"), "", hub.Stopped)
	var won atomic.Int32
	s.parallel(10, func(int) error {
		var mine bool
		err := s.store.Update(s.ctx, func(tx data.Tx) (err error) {
			next := v
			next.Fence = v.Fence + 1
			mine, err = tx.UpdateServer(s.ctx, next, v.Fence)
			return err
		})
		if err == nil && mine {
			won.Add(1)
		}
		return err
	})
	s.equal("runs begun", won.Load(), int32(1))
}

func testDeleteServer(s *suite) {
	u := s.user("ada")
	v := s.server(u, "lab", hub.Stopped)
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, v.ID) })
	absent(s, "server", func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, v.ID) })
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.DeleteServer(s.ctx, v.ID) })
	if again := s.server(u, "lab", hub.Stopped); again.ID <= v.ID {
		s.Errorf("id %d after %d", again.ID, v.ID)
	}
}

func fullNames(list []hub.Server) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = v.FullName()
	}
	return names
}

func testServersOf(s *suite) {
	us := s.users("bob", "ada", "cy")
	for _, u := range us {
		s.server(u, "z", hub.Stopped)
		s.server(u, "", hub.Ready)
		s.server(u, "a-1", hub.Failed)
	}
	of := func(ids ...int64) []string {
		return fullNames(read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ServersOf(s.ctx, ids) }))
	}
	s.equal("of two, by person and name", of(us[1].ID, us[0].ID, 999),
		[]string{"bob/", "bob/a-1", "bob/z", "ada/", "ada/a-1", "ada/z"})
	s.equal("of nobody", of(), []string{})
}

func testLiveServers(s *suite) {
	u := s.user("ada")
	for _, v := range []hub.Server{
		{Name: "stopped", Phase: hub.Stopped},
		{Name: "failed", Phase: hub.Failed},
		{Name: "ready", Phase: hub.Ready, Ticket: 9},
		{Name: "wanted", Phase: hub.Stopped, WantRunning: true, Ticket: 4},
		{Name: "leaving", Phase: hub.Failed, Remove: true, Ticket: 5},
		{Name: "queued", Phase: hub.Queued, Ticket: 2},
	} {
		v.UserID = u.ID
		v.Options = json.RawMessage(`{"profile":"large"}`)
		made := write(s, func(tx data.Tx) (hub.Server, error) { return tx.CreateServer(s.ctx, v) })
		made.Options = nil
		want := []hub.Server{}
		if v.Name != "stopped" && v.Name != "failed" {
			want = []hub.Server{made}
		}
		s.equal(v.Name+" by its id", read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.LiveServersByID(s.ctx, []int64{made.ID, 999}) }), want)
	}
	got := read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.LiveServers(s.ctx) })
	s.equal("live", fullNames(got), []string{"ada/queued", "ada/wanted", "ada/leaving", "ada/ready"})
	for _, v := range got {
		s.equal("options of "+v.Name, v.Options, json.RawMessage(nil))
	}
}

func testTickets(s *suite) {
	var mu sync.Mutex
	var drawn []int64
	draw := func() error {
		var n int64
		err := s.store.Update(s.ctx, func(tx data.Tx) (err error) {
			n, err = tx.NextTicket(s.ctx)
			return err
		})
		mu.Lock()
		defer mu.Unlock()
		drawn = append(drawn, n)
		return err
	}
	s.parallel(10, func(int) error { return draw() })
	s.clock.advance(48 * time.Hour)
	sweep := func() int { return write(s, func(tx data.Tx) (int, error) { return tx.DeleteExpired(s.ctx, 8) }) }
	s.equal("swept, as those who sweep in batches must know", []int{sweep(), sweep(), sweep()}, []int{8, 2, 0})
	highest := slices.Max(drawn)
	if err := draw(); err != nil || drawn[10] <= highest {
		s.Errorf("drew %d after %d: %v", drawn[10], highest, err)
	}
	slices.Sort(drawn)
	s.equal("different ones", len(slices.Compact(drawn)), 11)
}

func testTouchServers(s *suite) {
	us := s.users("ada", "bob")
	now := s.clock.Now()
	a, b, c := s.server(us[0], "a", hub.Ready), s.server(us[0], "b", hub.Ready), s.server(us[1], "", hub.Ready)
	s.touch(data.Seen{Users: map[int64]time.Time{us[1].ID: now.Add(time.Hour)}})
	touch := func(seen map[int64]time.Time) {
		s.touch(data.Seen{Servers: seen})
	}
	touch(map[int64]time.Time{a.ID: now, b.ID: now.Add(time.Second), c.ID: now, 999: now})
	touch(map[int64]time.Time{a.ID: now.Add(-time.Second)})
	touch(nil)
	for id, want := range map[int64]time.Time{a.ID: now, b.ID: now.Add(time.Second), c.ID: now} {
		s.equal("server", read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, id) }).LastActivity, want)
	}
	for id, want := range map[int64]time.Time{us[0].ID: now.Add(time.Second), us[1].ID: now.Add(time.Hour)} {
		s.equal("person", read(s, func(tx data.Tx) (hub.User, error) { return tx.UserByID(s.ctx, id) }).LastActivity, want)
	}
}

func testServerLists(s *suite) {
	us := s.users("ada", "bob")
	a, b := s.server(us[1], "x", hub.Stopped), s.server(us[0], "y", hub.Ready)
	all := read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ListServers(s.ctx) })
	s.equal("all", all, []hub.Server{b, a})
	s.equal("by ids", read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.ServersByID(s.ctx, []int64{a.ID, 999}) }), []hub.Server{a})
	s.equal("people by ids", userNames(read(s, func(tx data.Tx) ([]hub.User, error) { return tx.UsersByID(s.ctx, []int64{us[1].ID, 999}) })), []string{"bob"})
	s.server(us[1], "taken", hub.Stopped)
	s.refuse(hub.Conflict, func(tx data.Tx) error { return tx.RenameServer(s.ctx, a.ID, "taken") })
	s.update(func(tx data.Tx) error { return tx.RenameServer(s.ctx, a.ID, "z") })
	s.equal("renamed", read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, a.ID) }).Name, "z")
	s.refuse(hub.NotFound, func(tx data.Tx) error { return tx.RenameServer(s.ctx, 999, "q") })
}

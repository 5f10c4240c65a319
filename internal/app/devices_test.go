package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/servers"
)

// withCards is a hub on a machine with these graphics cards.
func withCards(t *testing.T, ids ...string) *fixture {
	t.Helper()
	set, faults := profiles.New([]profiles.Profile{
		{Slug: "none", Default: true},
		{Slug: "one", Sets: profiles.Settings{Devices: map[string]int{"gpu": 1}}},
		{Slug: "two", Sets: profiles.Settings{Devices: map[string]int{"gpu": 2}}},
		{Slug: "lots", Sets: profiles.Settings{Devices: map[string]int{"gpu": 9}}, Options: []profiles.Option{{Key: "n", Choices: []profiles.Choice{
			{Key: "lots"}, {Key: "one", Sets: profiles.Settings{Devices: map[string]int{"gpu": 1}}},
			{Key: "none", Sets: profiles.Settings{Devices: map[string]int{"gpu": 0}}},
		}}}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	inv := devices.Inventory{Machine: "machine"}
	for _, id := range ids {
		inv.List = append(inv.List, hub.Device{Kind: "gpu", ID: id, Maker: hub.MakerNVIDIA})
	}
	f := newFixture(t, func(c *app.Config) {
		c.Profiles, c.Devices, c.Launch = set, inv, hub.Launch{Environment: map[string]string{"CUDA_VISIBLE_DEVICES": "all"}}
	})
	f.admin()
	return f
}

func (f *fixture) asks(name, options string) hub.Server {
	f.t.Helper()
	f.create(name)
	s, err := f.StartServer(f.t.Context(), f.by(adminToken), name, "", servers.StartRequest{Options: json.RawMessage(options)})
	f.must(err)
	return s
}

func (f *fixture) begins(s hub.Server) (servers.Run, error) {
	return f.BeginRun(f.t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
}

func idsOf(list []hub.Device) (ids []string) {
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestARunHasItsDevicesUntilItsEnd(t *testing.T) {
	f := withCards(t, "a", "b", "c")
	first := f.asks("alice", `{"profile": "two"}`)
	if d := cmp.Diff(map[string]int{"gpu": 2}, first.Devices.Wants); d != "" {
		t.Error(d)
	}
	run, err := f.begins(first)
	f.must(err)
	if d := cmp.Diff([]string{"a", "b"}, idsOf(run.Launch.Devices)); d != "" || run.Launch.Environment["CUDA_VISIBLE_DEVICES"] != "a,b" {
		t.Error(d, run.Launch.Environment)
	}
	// Who has none is told so.
	none, err := f.begins(f.asks("bob", `{}`))
	f.must(err)
	if len(none.Launch.Devices) > 0 || none.Launch.Environment["CUDA_VISIBLE_DEVICES"] != "-1" {
		t.Errorf("%+v", none.Launch)
	}
	second := f.asks("carol", `{"profile": "two"}`)
	_, err = f.begins(second)
	f.wantCode(err, hub.Conflict)
	// A start that was cut short keeps what it had: something may still use it.
	again, err := f.begins(run.Server)
	f.must(err)
	if d := cmp.Diff(run.Launch.Devices, again.Launch.Devices); d != "" || again.Server.Fence == run.Server.Fence {
		t.Error(d)
	}
	f.must(f.GiveUp(t.Context(), again.Server, hub.CauseError, "it fell", ""))
	_, err = f.begins(second) // it is not over yet
	f.wantCode(err, hub.Conflict)
	for range 2 { // once
		f.must(f.EndRun(t.Context(), again.Server.ID, again.Server.Fence, hub.EventFailed, "it fell", ""))
	}
	run, err = f.begins(second)
	f.must(err)
	if d := cmp.Diff([]string{"a", "b"}, idsOf(run.Server.Devices.Has)); d != "" {
		t.Error(d)
	}
	v, err := f.ShowServer(t.Context(), f.by(adminToken), "alice", "")
	f.must(err)
	if d := cmp.Diff(hub.ServerDevices{}, v.Servers[0].Devices); d != "" {
		t.Error("of a server that ended:", d)
	}
}

func TestMoreDevicesThanThereAre(t *testing.T) {
	f := withCards(t, "a", "b", "c")
	run, err := f.begins(f.asks("alice", `{"profile": "lots"}`))
	f.must(err)
	if !strings.Contains(run.Refused, "needs 9 gpu, and this hub's machine has 3 gpu") {
		t.Errorf("%q", run.Refused)
	}
	for choice, want := range map[string][]string{"one": {"a"}, "none": nil} {
		run, err := f.begins(f.asks("of-"+choice, `{"profile": "lots", "n": "`+choice+`"}`))
		f.must(err)
		if d := cmp.Diff(want, idsOf(run.Launch.Devices)); d != "" {
			t.Errorf("%s: %s", choice, d)
		}
	}
}

// Runs that begin at the same moment, of hubs that know nothing of each other, never share a device.
func TestRunsThatBeginAtOnceShareNoDevice(t *testing.T) {
	f := withCards(t, "a", "b", "c", "d")
	var list []hub.Server
	for i := range 8 {
		list = append(list, f.asks(fmt.Sprintf("user%d", i), `{"profile": "one"}`))
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	had, waits := map[string]int{}, 0
	for i, s := range list {
		all.Go(func() {
			run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test", Node: fmt.Sprintf("node%d", i%2)})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case hub.Is(err, hub.Conflict):
				waits++
			case err != nil:
				t.Error(err)
			default:
				had[idsOf(run.Launch.Devices)[0]]++
			}
		})
	}
	all.Wait()
	if d := cmp.Diff(map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}, had); d != "" || waits != 4 {
		t.Errorf("%s; %d wait", d, waits)
	}
}

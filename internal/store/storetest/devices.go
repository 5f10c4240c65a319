package storetest

import (
	"errors"
	"sync"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

func deviceTests() []test {
	return []test{
		{"a device is given to one server", testDeviceClaims},
		{"of many who claim a device at once one gets it", testDeviceRace},
		{"what a server wants and has is kept with it", testServerDevices},
	}
}

func (s *suite) claimDevices(node, machine string, server hub.Server, ids ...string) (claimed []string) {
	s.Helper()
	list := make([]hub.Device, len(ids))
	for i, id := range ids {
		list[i] = hub.Device{Kind: "gpu", ID: id, Maker: hub.MakerAMD}
	}
	s.update(func(tx data.Tx) error {
		got, err := tx.ClaimDevices(s.ctx, node, machine, server.ID, list)
		claimed = nil
		for _, d := range got {
			claimed = append(claimed, d.ID)
		}
		return err
	})
	return claimed
}

func (s *suite) taken(node, machine string) map[string]int64 {
	s.Helper()
	by := map[string]int64{}
	for _, c := range read(s, func(tx data.Tx) ([]hub.DeviceClaim, error) { return tx.DevicesTaken(s.ctx, node, machine) }) {
		by[c.Device.ID] = c.ServerID
	}
	return by
}

func testDeviceClaims(s *suite) {
	ada := s.user("ada")
	a, b := s.server(ada, "a", hub.Starting), s.server(ada, "b", hub.Starting)
	s.equal("free", s.claimDevices("n1", "m1", a, "1", "0"), []string{"0", "1"})
	s.equal("taken in part", s.claimDevices("n1", "m1", b, "1", "2"), []string{"2"})
	s.equal("of another machine", s.claimDevices("n2", "m2", b, "0"), []string{"0"})
	s.equal("of another node of the machine", len(s.claimDevices("n3", "m1", b, "0")), 0)
	s.equal("of the node after the machine was started anew", len(s.claimDevices("n1", "m9", b, "0")), 0)
	s.equal("none", len(s.claimDevices("n1", "m1", b)), 0)
	s.update(func(tx data.Tx) error {
		got, err := tx.ClaimDevices(s.ctx, "n1", "m1", a.ID, []hub.Device{{Kind: "npu", ID: "0"}})
		s.equal("of another kind", len(got), 1)
		return err
	})
	s.equal("who has what", s.taken("n1", "m1"), map[string]int64{"0": a.ID, "1": a.ID, "2": b.ID})
	s.equal("as another node has it", s.taken("n3", "m1"), map[string]int64{"0": a.ID, "1": a.ID, "2": b.ID})
	s.update(func(tx data.Tx) error { return tx.ReleaseDevices(s.ctx, a.ID) })
	s.update(func(tx data.Tx) error { return tx.ReleaseDevices(s.ctx, a.ID) })
	s.equal("released", s.taken("n1", "m1"), map[string]int64{"2": b.ID})
	s.update(func(tx data.Tx) error { return tx.DeleteServer(s.ctx, b.ID) })
	s.equal("gone with the server", len(s.taken("n1", "m1")), 0)
}

func testDeviceRace(s *suite) {
	ada := s.user("ada")
	var servers []hub.Server
	for _, name := range []string{"a", "b", "c", "d"} {
		servers = append(servers, s.server(ada, name, hub.Starting))
	}
	var mu sync.Mutex
	var had sync.WaitGroup
	got, errs := map[string]int{}, []error{}
	for _, server := range servers {
		had.Go(func() {
			var claimed []hub.Device
			err := s.store.WithServer(s.ctx, server.ID, func(tx data.Tx) (err error) {
				claimed, err = tx.ClaimDevices(s.ctx, "n", "m", server.ID, []hub.Device{{Kind: "gpu", ID: "1"}, {Kind: "gpu", ID: "0"}})
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			for _, d := range claimed {
				got[d.ID]++
			}
		})
	}
	had.Wait()
	if err := errors.Join(errs...); err != nil {
		s.Fatal(err)
	}
	s.equal("each once", got, map[string]int{"0": 1, "1": 1})
}

func testServerDevices(s *suite) {
	sv := s.server(s.user("ada"), "a", hub.Queued)
	s.equal("none", sv.Devices, hub.ServerDevices{})
	sv.Devices = hub.ServerDevices{Wants: map[string]int{"gpu": 2}, Has: []hub.Device{{Kind: "gpu", ID: "0", Maker: hub.MakerNVIDIA, Name: "T4"}}}
	sv.Options, sv.WantRunning = []byte("{}"), true
	s.update(func(tx data.Tx) error {
		_, err := tx.UpdateServer(s.ctx, sv, sv.Fence)
		return err
	})
	again := read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, sv.ID) })
	s.equal("one", again.Devices, sv.Devices)
	live := read(s, func(tx data.Tx) ([]hub.Server, error) { return tx.LiveServers(s.ctx) })
	s.equal("of what lives", live[0].Devices, sv.Devices)
	sv.Devices = hub.ServerDevices{}
	s.update(func(tx data.Tx) error {
		_, err := tx.UpdateServers(s.ctx, []hub.Server{sv}, []int64{sv.Fence})
		return err
	})
	again = read(s, func(tx data.Tx) (hub.Server, error) { return tx.ServerByID(s.ctx, sv.ID) })
	s.equal("none any more", again.Devices, hub.ServerDevices{})
}

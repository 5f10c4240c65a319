package ports

import "testing"

func TestPortsAreDistinct(t *testing.T) {
	var p Table
	seen := map[int]bool{}
	for id := int64(1); id <= 200; id++ {
		port, err := p.Pick(t.Context(), id, 1000)
		if err != nil || seen[port] {
			t.Fatalf("port %d, %v", port, err)
		}
		seen[port] = true
	}
	for id := int64(1); id <= 200; id++ {
		p.Free(id)
	}
	if len(p.servers) != 0 || len(p.byServer) != 0 || len(p.uids) != 0 {
		t.Errorf("%d, %d and %d are left", len(p.servers), len(p.byServer), len(p.uids))
	}
}

// Two hubs of one machine give no port to a server each while neither listens yet.
func TestPortsOfTwoHubsAreDistinct(t *testing.T) {
	if !holdsAcrossHubs {
		t.Skip("ports are not held across hubs on this system")
	}
	var one, other Table
	seen := map[int]bool{}
	for id := int64(1); id <= 400; id++ {
		for _, table := range []*Table{&one, &other} {
			port, err := table.Pick(t.Context(), id, 1000)
			if err != nil || seen[port] {
				t.Fatalf("port %d, %v", port, err)
			}
			seen[port] = true
		}
	}
	var third Table
	for port := range seen {
		if hold, err := holdPort(port); err == nil {
			t.Fatalf("port %d is not held: %v", port, hold)
		}
		break
	}
	for id := int64(1); id <= 400; id++ {
		one.Free(id)
		other.Free(id)
	}
	for port := range seen { // what was let go of is anybody's
		third.Keep(port, int64(port), 1000)
		if _, held := third.holds[port]; !held {
			t.Fatalf("port %d was not let go of", port)
		}
		third.Free(int64(port))
	}
	if len(one.holds)+len(other.holds)+len(third.holds) != 0 {
		t.Error("some are held for nobody")
	}
}

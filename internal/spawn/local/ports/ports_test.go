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

package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/devices"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/testkit"
)

// withCards gives the bench's hub as many graphics cards, of which each start wants n.
func withCards(t *testing.T, cards, n int) func(*testkit.Options) {
	t.Helper()
	set, faults := profiles.New([]profiles.Profile{{Slug: "card", Sets: profiles.Settings{Devices: map[string]int{"gpu": n}}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	inv := devices.Inventory{Machine: "machine"}
	for i := range cards {
		inv.List = append(inv.List, hub.Device{Kind: "gpu", ID: fmt.Sprint(i)})
	}
	return func(o *testkit.Options) { o.Config.Profiles, o.Config.Devices = set, inv }
}

// Ten starts, two cards: two at a time, in the order of asking, also where a process ends by itself.
func TestStartsWaitForDevices(t *testing.T) {
	b, d := newBench(t, 10, withCards(t, 2, 1)), newFakeDriver(t)
	b.hub(d, nil)
	var ids []int64
	for i := range 10 {
		ids = append(ids, b.start(fmt.Sprintf("user%02d", i)).ID)
	}
	for i, id := range ids {
		if s := b.wait(id, hub.Ready); len(s.Devices.Has) != 1 {
			t.Errorf("%+v", s.Devices)
		}
		if i+1 < len(ids) {
			b.wait(ids[i+1], hub.Ready)
		}
		for _, later := range ids[min(i+2, len(ids)):] {
			if _, started := d.snapshot(later); started > 0 {
				t.Fatalf("server %d begins while two have the cards", later)
			}
		}
		d.die(id, "It fell.")
		b.wait(id, hub.Failed)
	}
	slices.Sort(d.order[:2]) // which began at the same time
	if !slices.Equal(d.order, ids) {
		t.Errorf("started in the order %v, asked for in %v", d.order, ids)
	}
}

// A machine with too few leaves a start to others while some live, and then says why it fails.
func TestTooFewDevices(t *testing.T) {
	b, d := newBench(t, 1, withCards(t, 1, 2)), newFakeDriver(t)
	b.withHomes()
	b.kit.Update(func(ctx context.Context, tx data.Tx) error {
		return tx.SeeNode(ctx, hub.Node{ID: "other", Host: "moon", Place: "place", Folder: "/srv/homes"})
	})
	b.hub(d, nil)
	s := b.start("user00")
	if now := b.wait(s.ID, hub.Queued); now.Failure != "" {
		t.Errorf("%q", now.Failure)
	}
	b.kit.Update(func(ctx context.Context, tx data.Tx) error { return tx.DeleteNode(ctx, "other") })
	if now := b.wait(s.ID, hub.Failed); !strings.Contains(now.Failure, "needs 2 gpu, and this hub's machine has 1 gpu") {
		t.Errorf("%q", now.Failure)
	}
	if _, started := d.snapshot(s.ID); started > 0 {
		t.Error("a process was made")
	}
}

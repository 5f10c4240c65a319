package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit"
)

// A hub that ends with its servers takes along what it drives and what lives on its node.
// What still waits is left to another hub that can start it.
func TestStopWithHubStopsItsOwn(t *testing.T) {
	me := servers.Lease{Owner: "me", Node: "here"}
	for name, others := range map[string][]hub.Replica{
		"no other hub":                  nil,
		"one that has other homes":      {{ID: "other", Node: "there"}},
		"one that has the same homes":   {{ID: "other", Node: "beside"}},
		"one on a machine without name": {{ID: "other"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{t: t, Hub: testkit.New(t, func(o *testkit.Options) { o.Config.NamedLimit = -1 })}
			admin := f.admin()
			f.create("ann", "bob", "cat")
			f.livesAmong(me, others)
			want := map[string]hub.Phase{
				"ann/mine": hub.Stopping, "ann/on my node": hub.Stopping, "ann/theirs": hub.Ready, "ann/elsewhere": hub.Ready,
				"bob/": hub.Stopped, "cat/": hub.Stopped,
			}
			switch name {
			case "one that has the same homes":
				want["bob/"], want["cat/"] = hub.Queued, hub.Queued
			case "one that has other homes", "one on a machine without name":
				want["cat/"] = hub.Queued
			}
			n, err := f.StopOwn(t.Context(), admin, me)
			got := map[string]hub.Phase{}
			f.Update(func(ctx context.Context, tx data.Tx) error {
				all, err := tx.ListServers(ctx)
				for _, s := range all {
					got[s.UserName+"/"+s.Name] = s.Phase
				}
				return err
			})
			stopped, stopping := 0, 0
			for _, phase := range want {
				switch phase {
				case hub.Stopping:
					stopped, stopping = stopped+1, stopping+1
				case hub.Stopped: // nobody had begun it
					stopped++
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || n != stopped || err != nil {
				t.Errorf("%d, %v (-want +got):\n%s", n, err, diff)
			}
			if own, err := f.OwnServers(t.Context(), me); len(own) != stopping || err != nil || !f.Closing() {
				t.Errorf("%d are its own, %v; it is closing: %v", len(own), err, f.Closing())
			}
			_, err = f.StartServer(t.Context(), admin, "ann", "new", servers.StartRequest{})
			f.wantCode(err, hub.Unavailable)
		})
	}
}

// livesAmong makes servers of two hubs: bob's home is among those of the node beside, cat has
// none yet.
func (f *fixture) livesAmong(me servers.Lease, others []hub.Replica) {
	f.t.Helper()
	for _, r := range append(others, hub.Replica{ID: me.Owner, Node: me.Node}) {
		if _, err := f.DB.RenewLease(f.t.Context(), r, time.Hour); err != nil {
			f.t.Fatal(err)
		}
	}
	f.Update(func(ctx context.Context, tx data.Tx) error {
		for node, place := range map[string]string{"here": "shared", "beside": "shared", "there": "far"} {
			if err := tx.SeeNode(ctx, hub.Node{ID: node, Place: place}); err != nil {
				return err
			}
		}
		people, err := tx.UsersByName(ctx, []string{"ann", "bob", "cat"})
		if err != nil {
			return err
		}
		id := map[string]int64{}
		for _, u := range people {
			id[u.Name] = u.ID
		}
		if err := tx.CreateHomes(ctx, hub.Home{ID: "home", Place: "shared", UserID: id["bob"], UserName: "bob", State: hub.HomeThere}); err != nil {
			return err
		}
		for _, s := range []hub.Server{
			{UserID: id["ann"], Name: "mine", Phase: hub.Ready, Owner: me.Owner},
			{UserID: id["ann"], Name: "on my node", Phase: hub.Ready, Owner: "before", Node: me.Node},
			{UserID: id["ann"], Name: "theirs", Phase: hub.Ready, Owner: "other"},
			{UserID: id["ann"], Name: "elsewhere", Phase: hub.Ready, Owner: "other", Node: "there"},
			{UserID: id["bob"], Phase: hub.Queued},
			{UserID: id["cat"], Phase: hub.Queued},
		} {
			s.WantRunning = true
			if _, err := tx.CreateServer(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// Whoever has lost a server to another hub writes nothing about it any more, although the run
// is the same.
func TestARunThatAnotherHubHasTakenIsLeftAlone(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ann")
	seen := f.running(admin, "ann", "")
	if n, err := f.TakeOver(t.Context(), servers.Lease{Owner: "other", Node: "node"}, []string{"test"}); n != 1 || err != nil {
		t.Fatalf("%d were taken: %v", n, err)
	}
	done, err := f.Answering(t.Context(), seen, "http://127.0.0.1:2")
	if done || err != nil {
		t.Errorf("it goes on: %v, %v", done, err)
	}
	if err := f.GiveUp(t.Context(), seen, hub.CauseError, "I cannot see it.", ""); err != nil {
		t.Error(err)
	}
	seen.Phase = hub.Ready
	_, err = f.BeginRun(t.Context(), seen, servers.Lease{Owner: "test", Node: "node"})
	f.wantCode(err, hub.Conflict)
	if s, err := f.GetServer(t.Context(), admin, "ann", "", "read:servers"); err != nil || s.Owner != "other" || s.Phase != hub.Ready || s.Fence != seen.Fence {
		t.Errorf("%+v, %v", s, err)
	}
}

// A server is not given up while a hub on its node lives, or did a moment ago, whatever its
// own row says.
func TestServersOfANodeThatLivesAreNotGivenUp(t *testing.T) {
	clock := testkit.NewClock()
	f := &fixture{t: t, Hub: testkit.New(t, func(o *testkit.Options) { o.Clock = clock.Now })}
	admin := f.admin()
	f.create("ann")
	seen := f.running(admin, "ann", "")
	const after = 10 * time.Minute
	if _, err := f.DB.RenewLease(t.Context(), hub.Replica{ID: "another", Node: "node"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		passes time.Duration
		want   bool
	}{{30 * time.Minute, false}, {35 * time.Minute, false}, {6 * time.Minute, true}} {
		clock.Add(step.passes)
		if done, err := f.WriteOff(t.Context(), seen, after, "It is gone."); done != step.want || err != nil {
			t.Errorf("after %v more: %v, %v", step.passes, done, err)
		}
	}
}

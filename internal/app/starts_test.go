package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// startCounts are the starts of the fixture's days by outcome and cause.
func startCounts(f *fixture) map[string]int {
	f.t.Helper()
	day := f.clock.Now().Truncate(hub.Day)
	list := read(f, func(ctx context.Context, tx data.Tx) ([]hub.StartCount, error) {
		return tx.CountStarts(ctx, hub.UsageQuery{From: day.AddDate(0, 0, -9), To: day.AddDate(0, 0, 9)})
	})
	counts := map[string]int{}
	for _, c := range list {
		counts[string(c.Outcome)+" "+string(c.Cause)] += c.Count
	}
	return counts
}

// Dashboard: whatever becomes of a start, it is counted once, with its cause.
func TestEveryStartIsCountedOnce(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	end := func(s hub.Server, kind hub.EventKind) {
		t.Helper()
		f.must(f.EndRun(t.Context(), s.ID, s.Fence, kind, "It fell.", ""))
	}
	want := map[string]int{}
	for _, step := range []struct {
		counted string
		do      func()
	}{
		{"ready ", func() { end(f.running(admin, "alice", ""), hub.EventStopped) }},
		{"ready died", func() {
			s := f.running(admin, "alice", "")
			f.must(f.GiveUp(t.Context(), s, hub.CauseDied, "It fell.", ""))
			end(s, hub.EventStopped)
		}},
		{"ready lost", func() { end(f.running(admin, "alice", ""), hub.EventLost) }},
		{"failed timeout", func() {
			s := f.run(admin, "alice", "").Server
			f.must(f.GiveUp(t.Context(), s, hub.CauseTimeout, "It is slow.", ""))
			end(s, hub.EventStopped)
		}},
		{"failed lost", func() { end(f.run(admin, "alice", "").Server, hub.EventLost) }},
		{"cancelled ", func() { end(f.run(admin, "alice", "").Server, hub.EventStopped) }},
		{"cancelled ", func() { // while it waits for its turn
			_, err := f.StartServer(t.Context(), admin, "alice", "", servers.StartRequest{})
			f.must(err)
			_, err = f.StopServer(t.Context(), admin, "alice", "", false)
			f.must(err)
		}},
		{"cancelled ", func() { // and is deleted while it does
			_, err := f.StartServer(t.Context(), admin, "alice", "lab", servers.StartRequest{})
			f.must(err)
			_, err = f.StopServer(t.Context(), admin, "alice", "lab", true)
			f.must(err)
		}},
	} {
		step.do()
		want[step.counted]++
		if diff := cmp.Diff(want, startCounts(f)); diff != "" {
			t.Errorf("after %s: %s", step.counted, diff)
		}
		f.clock.Add(time.Minute)
	}
	f.clock.Add(401 * hub.Day)
	if _, err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	day := f.clock.Now().Truncate(hub.Day)
	if left := read(f, func(ctx context.Context, tx data.Tx) ([]hub.StartCount, error) {
		return tx.CountStarts(ctx, hub.UsageQuery{From: day.AddDate(-2, 0, 0), To: day})
	}); len(left) > 0 {
		t.Errorf("kept for ever: %v", left)
	}
}

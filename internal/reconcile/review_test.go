package reconcile_test

import (
	"context"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// What a driver said before the process lived is not told as something after that: it would be as
// far as what comes then. (Fails without progress.drop; TestProgressThatTheDriverTellsIsWritten
// does not, since its server is ready before anything is written.)
func TestReviewProgressOfBeforeIsDropped(t *testing.T) {
	b, d := newBench(t, 2), newWatchingDriver(t)
	events := func(s hub.Server) (list []hub.ServerEvent) {
		b.kit.Update(func(ctx context.Context, tx data.Tx) (err error) {
			list, err = tx.EventsOf(ctx, s.ID, s.Fence, 0)
			return err
		})
		return list
	}
	said := func(s hub.Server, message string) bool {
		return slices.ContainsFunc(events(s), func(e hub.ServerEvent) bool { return e.Message == message })
	}
	say := func(s hub.Server, message string) {
		d.tells.Progressed(spawn.Progress{ServerID: s.ID, Fence: s.Fence, Percent: 10, Message: message})
	}
	upstream := d.upstream
	d.upstream = "" // nobody answers
	first, second := make(chan struct{}), make(chan struct{})
	d.gate = func(_ context.Context, point string, spec spawn.Spec) error {
		switch {
		case spec.UserName == "user01" && point == "before process":
			<-second
		case point == "before process":
			<-first
			say(hub.Server{ID: spec.ServerID, Fence: spec.Fence}, "of no use any more")
		}
		return nil
	}
	b.hub(d, nil)
	one, other := b.start("user00"), b.start("user01")
	b.wait(other.ID, hub.Starting)
	b.wait(one.ID, hub.Starting)
	say(one, "first") // after which the writer rests
	eventually(t, "it is written", func() bool { return said(one, "first") })
	close(first)
	b.wait(one.ID, hub.Waiting)
	say(other, "marker")
	eventually(t, "all that was said is written", func() bool { return said(other, "marker") })
	for _, e := range events(one) {
		if e.Message == "of no use any more" && e.Progress > 50 {
			t.Errorf("told after the process lived: %+v", e)
		}
	}
	close(second)
	d.tell(func() { d.upstream = upstream })
	b.wait(one.ID, hub.Ready)
	b.wait(other.ID, hub.Ready)
}

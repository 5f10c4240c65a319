package reconcile_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// What the driver says of a start is written while the start is under way; what it said last
// before the process lived is never told after that.
func TestProgressThatTheDriverTellsIsWritten(t *testing.T) {
	b, d := newBench(t, 1), newWatchingDriver(t)
	messages := func(s hub.Server) (list []string) {
		b.kit.Update(func(ctx context.Context, tx data.Tx) error {
			events, err := tx.EventsOf(ctx, s.ID, s.Fence, 0)
			for _, e := range events {
				list = append(list, e.Message)
			}
			return err
		})
		return list
	}
	told := make(chan struct{})
	d.gate = func(_ context.Context, point string, spec spawn.Spec) error {
		say := func(message string) {
			d.tells.Progressed(spawn.Progress{ServerID: spec.ServerID, Fence: spec.Fence, Percent: 10, Message: message})
		}
		if point == "before process" {
			say("Pulling the image")
			<-told
			return nil
		}
		say("of no use any more")
		return nil
	}
	b.hub(d, nil)
	s := b.start("user00")
	eventually(t, "it is told", func() bool { return slices.Contains(messages(s), "Pulling the image") })
	close(told)
	b.wait(s.ID, hub.Ready)
	want := []string{
		"Server requested", "Starting the server", "Pulling the image",
		"Server process started, waiting for Jupyter to answer", "Server ready",
	}
	got := slices.DeleteFunc(messages(s), func(m string) bool { return m == "of no use any more" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := slices.Index(messages(s), "of no use any more"); at > 3 {
		t.Errorf("told after the process lived: %q", messages(s))
	}
}

// What a driver said before the process lived is not told as something after that: it would be as
// far as what comes then.
func TestProgressOfBeforeIsDropped(t *testing.T) {
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

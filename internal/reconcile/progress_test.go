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

package reconcile_test

import (
	"context"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
)

// A run whose port was taken is begun again by itself, but not for ever.
func TestStartsAgainWhereThePortWasTaken(t *testing.T) {
	for _, tc := range []struct {
		name    string
		ousted  int // runs that find their port taken
		want    hub.Phase
		started int
	}{
		{"once", 1, hub.Ready, 2},
		{"twice", 2, hub.Ready, 3},
		{"each time", 9, hub.Failed, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, d := newBench(t, 1), newFakeDriver(t)
			runs := 0
			d.gate = func(_ context.Context, at string, s spawn.Spec) error {
				if at == "after process" {
					if runs++; runs <= tc.ousted {
						d.oust(s.ServerID)
					}
				}
				return nil
			}
			b.hub(d, nil)
			s := b.wait(b.start("user00").ID, tc.want)
			if _, started := d.snapshot(s.ID); started != tc.started {
				t.Errorf("%d processes were made, want %d", started, tc.started)
			}
			if tc.want == hub.Failed && s.Failure != "The port was taken." {
				t.Errorf("it says %q", s.Failure)
			}
		})
	}
}

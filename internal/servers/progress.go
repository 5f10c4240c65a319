package servers

import (
	"context"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// Progress is what the start of a run is at, as its driver says.
type Progress struct {
	ServerID, Fence int64
	Percent         int    // of what comes before the process lives, or of what comes after that
	Message         string // one sentence for the person who waits
}

const (
	// maxProgress bounds how often a driver is heard in one start.
	maxProgress = 100
	// maxProgressMessage bounds what it says, in bytes.
	maxProgressMessage = 500
)

// Progressed records what starts are at, for those who wait. What is said of a run that is not
// by's, or does not start any more, is dropped.
func (sv *Servers) Progressed(ctx context.Context, by Lease, list []Progress) error {
	return sv.store.Update(ctx, func(tx data.Tx) error {
		for _, p := range list {
			if err := progressed(ctx, tx, by, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func progressed(ctx context.Context, tx data.Tx, by Lease, p Progress) error {
	s, err := tx.ServerByID(ctx, p.ServerID)
	if err != nil {
		return hub.IgnoreNotFound(err)
	}
	if s.Fence != p.Fence || s.Owner != by.Owner || !s.WantRunning || s.Phase != hub.Starting && s.Phase != hub.Waiting {
		return nil
	}
	events, err := tx.EventsOf(ctx, s.ID, s.Fence, 0)
	if err != nil || len(events) > maxProgress {
		return err
	}
	_, err = tx.AddEvent(ctx, s.Event(tx.Now(), hub.EventProgress, progressOf(s, p.Percent, events), hub.Truncate(p.Message, maxProgressMessage)))
	return err
}

// progressOf is how far a start is when its driver has done percent of its part: never less than
// was said before.
func progressOf(s hub.Server, percent int, events []hub.ServerEvent) int {
	from, to := 20, 50 // see the events of BeginRun and Started
	if s.Phase == hub.Waiting {
		from, to = 50, 95
	}
	progress := from + (to-from)*min(max(percent, 0), 100)/100
	for _, e := range events {
		progress = max(progress, e.Progress)
	}
	return progress
}

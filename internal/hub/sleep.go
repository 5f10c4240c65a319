package hub

import (
	"context"
	"time"
)

// Sleep waits for d, or until ctx ends if that is sooner: the error is then ctx.Err(), and
// nil otherwise. A ctx that has ended is an error whatever d is, so that a loop with a pause
// in it ends. A d of zero or less is no pause.
func Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

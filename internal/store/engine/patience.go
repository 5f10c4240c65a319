package engine

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// CommitPatience is how long a commit may take.
	CommitPatience = 15 * time.Second
	// answerPatience is how long a server may take for anything else: a statement, or a
	// connection while others have them all.
	answerPatience = 30 * time.Second
)

// endAfter calls end after the time, unless stop comes first, which then tells so. 0 is
// never.
func endAfter(d time.Duration, end func()) (stop func() (inTime bool)) {
	if d == 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(d, end).Stop
}

// Within is ctx with a deadline; 0 is none.
func Within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}

// AwaitWithin runs an exchange with the server; where no answer comes in time, end is called,
// which must make the exchange return, and the error is hub.Unavailable. 0 is no time limit.
func AwaitWithin(patience time.Duration, end func(), exchange func() error) error {
	stop := endAfter(patience, end)
	err := exchange()
	if !stop() {
		return unavailable(fmt.Errorf("no answer in %s: %w", patience, err))
	}
	return err
}

// WhileAnswers runs fn, whose statements may take as long as they need, as the building of
// an index does, as long as the server answers others: where it does not for as long as the
// patience, fn's context ends and the error is hub.Unavailable. A patience of 0 has no end.
func WhileAnswers(ctx context.Context, pool *sql.DB, patience time.Duration, fn func(context.Context) error) error {
	if patience == 0 {
		return fn(ctx)
	}
	own, end := context.WithCancelCause(ctx)
	var asking sync.WaitGroup
	asking.Go(func() {
		for hub.Sleep(own, patience/3) == nil {
			inTime, cancel := context.WithTimeout(own, patience)
			err := pool.PingContext(inTime)
			silent := err != nil && inTime.Err() != nil && own.Err() == nil
			cancel()
			if silent {
				end(unavailable(fmt.Errorf("no answer in %s: %w", patience, err)))
			}
		}
	})
	err := fn(own)
	silence := context.Cause(own)
	end(nil)
	asking.Wait()
	if silence != nil && ctx.Err() == nil {
		return silence
	}
	return err
}

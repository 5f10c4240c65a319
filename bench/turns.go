package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// turnsAtOnce is how many servers start and stop at once: no more than a hub lets start, so
// that none waits in the queue.
const turnsAtOnce = 8

// serverTurns is work of some people at once, each of whom starts their server, and stops it
// when it is ready. The answers come then: nobody has to ask how far it is, which would count.
type serverTurns struct{ h *hub }

// run takes turns for so long. The first that fails ends it.
func (s serverTurns) run(ctx context.Context, length time.Duration) (done, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	counts := make([]int, turnsAtOnce)
	begun := time.Now()
	for i := range turnsAtOnce {
		all.Go(func() {
			for time.Since(begun) < length && ctx.Err() == nil {
				if err := s.turn(ctx, userName(1+i)); err != nil { // the first one's server runs, for other paths
					cancel(err)
					return
				}
				counts[i]++
			}
		})
	}
	all.Wait()
	result := done{took: time.Since(begun)}
	for _, n := range counts {
		result.operations += n
	}
	return result, context.Cause(ctx)
}

// turn is one start and one stop.
func (s serverTurns) turn(ctx context.Context, name string) error {
	if err := s.h.client.startServer(ctx, name); err != nil {
		return err
	}
	stopped, err := s.h.client.stopServer(ctx, name)
	if err == nil && !stopped {
		err = errors.New("the server of " + name + " takes long to stop")
	}
	return err
}

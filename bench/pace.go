package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// waits are how long somebody waited, in seconds, by several at once.
type waits struct {
	mu     sync.Mutex
	list   []float64
	failed []error
}

func (w *waits) add(took time.Duration, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.failed = append(w.failed, err)
		return
	}
	w.list = append(w.list, took.Seconds())
}

// result is what there is when nobody adds any more; of errors the first, since a hundred
// say what is wrong no better.
func (w *waits) result() ([]float64, error) {
	if len(w.failed) > 0 {
		return nil, w.failed[0]
	}
	if len(w.list) == 0 {
		return nil, errors.New("nobody's work fell into the time that was measured")
	}
	return w.list, nil
}

// paced does something so many times a second until the work beside it ends, each time
// without waiting for the last one, and counts from the moment at which it was due: people
// come when they come, however long the others wait.
func paced(ctx context.Context, perSecond int, do func(i int) error) ([]float64, error) {
	var found waits
	var all sync.WaitGroup
	begun := time.Now()
	for i := 0; ; i++ {
		due := begun.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		if pause(ctx, time.Until(due)) != nil {
			break
		}
		all.Go(func() {
			err := do(i)
			found.add(time.Since(due), err)
		})
	}
	all.Wait()
	return found.result()
}

// meanwhile does something beside others' work, whose context ends with it. It gives how long
// the first took, and what the others waited.
func meanwhile(ctx context.Context, do func(context.Context) error, others func(context.Context) ([]float64, error)) (took time.Duration, found []float64, err error) {
	until, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	var all sync.WaitGroup
	all.Go(func() { found, failed = others(until) })
	begun := time.Now()
	err = do(ctx)
	took = time.Since(begun)
	stop()
	all.Wait()
	return took, found, errors.Join(err, failed)
}

package procs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// PollInterval is the time between two questions of Await.
	PollInterval = 20 * time.Millisecond
	scanInterval = 500 * time.Millisecond // looking through all processes costs more than looking at one
)

// Step is a signal, and how long to wait for what it does.
type Step struct {
	Signal unix.Signal
	Wait   time.Duration
}

// Terminate sends one signal after the other until the process has ended, and meanwhile adds
// its children to the tree.
func (t *Tree) Terminate(ctx context.Context, root Process, steps []Step) error {
	for _, s := range steps {
		if err := root.Signal(s.Signal); errors.Is(err, unix.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("send %v to process %v: %w", s.Signal, root, err)
		}
		sinceGather := time.Duration(0)
		gone, err := Await(ctx, s.Wait, func() bool {
			if sinceGather += PollInterval; sinceGather >= scanInterval {
				t.scanDescendants()
				sinceGather = 0
			}
			return !root.Alive()
		})
		if gone || err != nil {
			return err
		}
	}
	return nil
}

// TerminateRest sends SIGTERM to what outlived the server, such as kernels and terminals, and
// waits.
func (t *Tree) TerminateRest(ctx context.Context, wait time.Duration) error {
	for _, p := range t.living() {
		if err := p.Signal(unix.SIGTERM); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("send SIGTERM to process %v: %w", p, err)
		}
	}
	_, err := Await(ctx, wait, func() bool { return len(t.living()) == 0 })
	return err
}

// Kill kills all members. It stops them first, so that they cannot fork faster than they are
// found.
func (t *Tree) Kill(ctx context.Context, wait time.Duration) error {
	gone, err := Await(ctx, wait, func() bool {
		for range 10 {
			before := len(t.members)
			t.signalAll(unix.SIGSTOP)
			t.scanDescendants()
			if len(t.members) <= before {
				break
			}
		}
		t.signalAll(unix.SIGKILL)
		t.Scan()
		return len(t.living()) == 0
	})
	if err == nil && !gone {
		err = fmt.Errorf("%d processes of the server cannot be killed, among them %v", len(t.living()), t.living()[0])
	}
	return err
}

func (t *Tree) signalAll(sig unix.Signal) {
	for _, p := range t.living() {
		_ = p.Signal(sig) // the caller sees which are left
	}
}

// Await polls until done returns true, the time is over (false) or the context ends. It calls
// done at least once.
func Await(ctx context.Context, atMost time.Duration, done func() bool) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := time.NewTimer(atMost)
	defer over.Stop()
	for {
		if done() {
			return true, nil
		}
		select {
		case <-over.C:
			return done(), nil
		default:
		}
		if err := hub.Sleep(ctx, PollInterval); err != nil {
			return false, err
		}
	}
}

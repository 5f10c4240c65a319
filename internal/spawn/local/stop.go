package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	pollInterval = 20 * time.Millisecond
	scanInterval = 500 * time.Millisecond // looking through all processes costs more than looking at one
)

// end ends all processes of the recorded run and returns the server's lock.
func (d *Driver) end(ctx context.Context, rec record, gentle bool) (*runLock, error) {
	lock, err := d.endProcesses(ctx, rec, gentle)
	if err != nil {
		return nil, err
	}
	if err := d.removeCgroup(ctx, rec); err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return lock, nil
}

func (d *Driver) endProcesses(ctx context.Context, rec record, gentle bool) (*runLock, error) {
	lock, err := d.files.tryLock(rec.ServerID)
	if err != nil {
		return nil, err
	}
	// A run in the state running may have processes even if its lock is free: they can unlock it.
	if lock != nil && (rec.State == noRun || rec.State == stopped || rec.State == starting) {
		return lock, nil
	}
	if lock != nil {
		if err := lock.release(); err != nil {
			return nil, err
		}
	}
	if err := d.endProcessTree(ctx, rec, gentle); err != nil {
		return nil, err
	}
	return d.awaitLock(ctx, rec)
}

// endProcessTree signals the main process, in the order of JupyterHub's LocalProcessSpawner,
// and kills all processes that are left after that.
func (d *Driver) endProcessTree(ctx context.Context, rec record, gentle bool) error {
	t := newProcessTree(rec, os.Getpid(), d.files.lock(rec.ServerID), d.processes.list)
	t.strayFilter = orInCgroup(rec.Group, t.strayFilter)
	t.scan()
	if root, ok := rec.process(); ok {
		var steps []step
		if gentle {
			steps = append(steps, step{unix.SIGINT, d.opt.InterruptTimeout})
		}
		steps = append(steps, step{unix.SIGTERM, d.opt.TermTimeout})
		if err := t.terminate(ctx, root, steps); err != nil {
			return err
		}
	}
	t.scan()
	if gentle {
		if err := t.terminateRest(ctx, d.opt.KillTimeout); err != nil {
			return err
		}
	}
	return t.kill(ctx, d.opt.KillTimeout)
}

type step struct {
	signal unix.Signal
	wait   time.Duration
}

// terminate sends one signal after the other until the process has ended, and meanwhile adds
// its children to the tree.
func (t *processTree) terminate(ctx context.Context, root process, steps []step) error {
	for _, s := range steps {
		if err := root.signal(s.signal); errors.Is(err, unix.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("send %v to process %v: %w", s.signal, root, err)
		}
		sinceGather := time.Duration(0)
		gone, err := await(ctx, s.wait, func() bool {
			if sinceGather += pollInterval; sinceGather >= scanInterval {
				t.scanDescendants()
				sinceGather = 0
			}
			return !root.alive()
		})
		if gone || err != nil {
			return err
		}
	}
	return nil
}

// terminateRest sends SIGTERM to what outlived the server, such as kernels and terminals, and
// waits.
func (t *processTree) terminateRest(ctx context.Context, wait time.Duration) error {
	for _, p := range t.living() {
		if err := p.signal(unix.SIGTERM); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("send SIGTERM to process %v: %w", p, err)
		}
	}
	_, err := await(ctx, wait, func() bool { return len(t.living()) == 0 })
	return err
}

// kill kills all members. It stops them first, so that they cannot fork faster than they are
// found.
func (t *processTree) kill(ctx context.Context, wait time.Duration) error {
	gone, err := await(ctx, wait, func() bool {
		for range 10 {
			before := len(t.members)
			t.signalAll(unix.SIGSTOP)
			t.scanDescendants()
			if len(t.members) <= before {
				break
			}
		}
		t.signalAll(unix.SIGKILL)
		t.scan()
		return len(t.living()) == 0
	})
	if err == nil && !gone {
		err = fmt.Errorf("%d processes of the server cannot be killed, among them %v", len(t.living()), t.living()[0])
	}
	return err
}

func (t *processTree) signalAll(sig unix.Signal) {
	for _, p := range t.living() {
		_ = p.signal(sig) // the caller sees which are left
	}
}

// awaitLock takes the lock, which the last process of the tree has just released.
func (d *Driver) awaitLock(ctx context.Context, rec record) (*runLock, error) {
	var lock *runLock
	var failure error
	locked, err := await(ctx, d.opt.KillTimeout, func() bool {
		lock, failure = d.files.tryLock(rec.ServerID)
		return lock != nil || failure != nil
	})
	if err == nil {
		err = failure
	}
	if err == nil && !locked {
		err = errors.New("somebody holds the server's lock who is none of its processes")
	}
	return lock, err
}

// await polls until done returns true, the time is over (false) or the context ends. It calls
// done at least once.
func await(ctx context.Context, atMost time.Duration, done func() bool) (bool, error) {
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
		if err := hub.Sleep(ctx, pollInterval); err != nil {
			return false, err
		}
	}
}

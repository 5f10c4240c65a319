package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	pollEvery   = 20 * time.Millisecond
	gatherEvery = 500 * time.Millisecond // looking through all processes costs more than looking at one
)

// end ends what lives of the recorded run and comes back with the server's lock.
func (d *Driver) end(ctx context.Context, rec record, gentle bool) (*runLock, error) {
	lock, err := d.endProcesses(ctx, rec, gentle)
	if err != nil {
		return nil, err
	}
	if err := d.clearGroup(ctx, rec); err != nil {
		return nil, errors.Join(err, lock.release())
	}
	return lock, nil
}

func (d *Driver) endProcesses(ctx context.Context, rec record, gentle bool) (*runLock, error) {
	lock, err := d.files.tryLock(rec.ServerID)
	if err != nil {
		return nil, err
	}
	// A process that has let go of its lock is alive all the same, and one that is not may have left others.
	if lock != nil && (rec.State == noRun || rec.State == stopped || rec.State == starting) {
		return lock, nil
	}
	if lock != nil {
		if err := lock.release(); err != nil {
			return nil, err
		}
	}
	if err := d.endFamily(ctx, rec, gentle); err != nil {
		return nil, err
	}
	return d.awaitLock(ctx, rec)
}

// endFamily asks the main process to end, in the order of JupyterHub's
// LocalProcessSpawner, and kills what is left then.
func (d *Driver) endFamily(ctx context.Context, rec record, gentle bool) error {
	f := newFamily(rec, os.Getpid(), d.files.lock(rec.ServerID), d.census.take)
	f.strays = alsoIn(rec.Group, f.strays)
	f.gatherAll()
	if main, ok := rec.process(); ok {
		var steps []step
		if gentle {
			steps = append(steps, step{unix.SIGINT, d.opt.InterruptTimeout})
		}
		steps = append(steps, step{unix.SIGTERM, d.opt.TermTimeout})
		if err := f.ask(ctx, main, steps); err != nil {
			return err
		}
	}
	f.gatherAll()
	if gentle {
		if err := f.askRest(ctx, d.opt.KillTimeout); err != nil {
			return err
		}
	}
	return f.kill(ctx, d.opt.KillTimeout)
}

type step struct {
	signal unix.Signal
	wait   time.Duration
}

// ask sends one signal after the other until the process has ended, and keeps
// track of its children meanwhile.
func (f *family) ask(ctx context.Context, main process, steps []step) error {
	for _, s := range steps {
		if err := main.signal(s.signal); errors.Is(err, unix.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("send %v to process %v: %w", s.signal, main, err)
		}
		sinceGather := time.Duration(0)
		gone, err := await(ctx, s.wait, func() bool {
			if sinceGather += pollEvery; sinceGather >= gatherEvery {
				f.gather()
				sinceGather = 0
			}
			return !main.alive()
		})
		if gone || err != nil {
			return err
		}
	}
	return nil
}

// askRest lets kernels and terminals that outlived the server end by themselves.
func (f *family) askRest(ctx context.Context, wait time.Duration) error {
	for _, p := range f.living() {
		if err := p.signal(unix.SIGTERM); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("send SIGTERM to process %v: %w", p, err)
		}
	}
	_, err := await(ctx, wait, func() bool { return len(f.living()) == 0 })
	return err
}

// kill ends all, also those that make new processes faster than they are counted:
// they are held first.
func (f *family) kill(ctx context.Context, wait time.Duration) error {
	gone, err := await(ctx, wait, func() bool {
		for range 10 {
			before := len(f.members)
			f.signalAll(unix.SIGSTOP)
			f.gather()
			if len(f.members) <= before {
				break
			}
		}
		f.signalAll(unix.SIGKILL)
		f.gatherAll()
		return len(f.living()) == 0
	})
	if err == nil && !gone {
		err = fmt.Errorf("%d processes of the server cannot be killed, among them %v", len(f.living()), f.living()[0])
	}
	return err
}

func (f *family) signalAll(sig unix.Signal) {
	for _, p := range f.living() {
		_ = p.signal(sig) // who is still there is seen by the caller
	}
}

// awaitLock takes the lock that the last process of the family has just let go of.
func (d *Driver) awaitLock(ctx context.Context, rec record) (*runLock, error) {
	var lock *runLock
	var failure error
	got, err := await(ctx, d.opt.KillTimeout, func() bool {
		lock, failure = d.files.tryLock(rec.ServerID)
		return lock != nil || failure != nil
	})
	if err == nil {
		err = failure
	}
	if err == nil && !got {
		err = errors.New("somebody holds the server's lock who is none of its processes")
	}
	return lock, err
}

// await polls until done says so, the time is over (false) or the context ends. It
// asks at least once.
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
		if err := pause(ctx, pollEvery); err != nil {
			return false, err
		}
	}
}

package local

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/procs"
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
	root, known := rec.process()
	var roots []procs.Process
	if known {
		roots = append(roots, root)
	}
	strays := procs.Strays(rec.UID, rec.URL, d.files.lock(rec.ServerID), os.Getpid())
	t := procs.NewTree(os.Getpid(), d.processes.List, orInCgroup(rec.Group, strays), roots...)
	t.Scan()
	if known {
		var steps []procs.Step
		if gentle {
			steps = append(steps, procs.Step{Signal: unix.SIGINT, Wait: d.opt.InterruptTimeout})
		}
		steps = append(steps, procs.Step{Signal: unix.SIGTERM, Wait: d.opt.TermTimeout})
		if err := t.Terminate(ctx, root, steps); err != nil {
			return err
		}
	}
	t.Scan()
	if gentle {
		if err := t.TerminateRest(ctx, d.opt.KillTimeout); err != nil {
			return err
		}
	}
	return t.Kill(ctx, d.opt.KillTimeout)
}

// awaitLock takes the lock, which the last process of the tree has just released.
func (d *Driver) awaitLock(ctx context.Context, rec record) (*runLock, error) {
	var lock *runLock
	var failure error
	locked, err := procs.Await(ctx, d.opt.KillTimeout, func() bool {
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

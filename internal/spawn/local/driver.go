package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
)

var (
	_ spawn.Driver    = (*Driver)(nil)
	_ spawn.Limited   = (*Driver)(nil)
	_ spawn.Notifying = (*Driver)(nil)
)

// settlePatience is how long a process that was forked may take until it has
// written who it is or has ended.
const settlePatience = 30 * time.Second

// Start makes the run live. It returns when the notebook server's program runs, or
// could not be run.
func (d *Driver) Start(ctx context.Context, spec spawn.Spec) error {
	release, err := d.holds.take(ctx, spec.ServerID)
	if err != nil {
		return err
	}
	defer release()
	rec, err := d.settled(ctx, spec.ServerID)
	if err != nil {
		return err
	}
	switch {
	case rec.Fence > spec.Fence, rec.Fence == spec.Fence && (rec.State == stopped || rec.RunID != spec.RunID):
		return fmt.Errorf("start run %d of server %d: %w (run %d)", spec.Fence, spec.ServerID, spawn.ErrFenced, rec.Fence)
	case rec.Fence == spec.Fence && (rec.State == running || rec.State == exited):
		return nil
	}
	lock, err := d.end(ctx, rec, false)
	if err != nil {
		return fmt.Errorf("end run %d of server %d before run %d: %w", rec.Fence, spec.ServerID, spec.Fence, err)
	}
	if err := d.launch(ctx, spec, lock); err != nil {
		return fmt.Errorf("start run %d of server %d: %w", spec.Fence, spec.ServerID, err)
	}
	return nil
}

// settled reads the record when nobody is in the middle of changing it: a process
// that a hub since killed has forked may still be about to write who it is.
func (d *Driver) settled(ctx context.Context, id int64) (record, error) {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	for {
		rec, err := d.files.read(id)
		if err != nil || rec.State != starting {
			return rec, err
		}
		held, err := d.files.held(id)
		if err != nil || !held {
			return rec, err
		}
		if err := pause(ctx, pollEvery); err != nil {
			return rec, fmt.Errorf("wait for the process of server %d to say who it is: %w", id, err)
		}
	}
}

// Inspect tells what is there now.
func (d *Driver) Inspect(ctx context.Context, serverID int64) (spawn.Status, error) {
	release, err := d.holds.take(ctx, serverID)
	if err != nil {
		return spawn.Status{}, err
	}
	defer release()
	rec, gone, err := d.present(ctx, serverID)
	if err != nil {
		return spawn.Status{}, err
	}
	status := spawn.Status{State: spawn.Absent, Fence: rec.Fence, RunID: rec.RunID}
	switch rec.State {
	case noRun, stopped:
	case starting:
		held, err := d.files.held(serverID)
		if err != nil {
			return spawn.Status{}, err
		}
		if held {
			status.State = spawn.Pending
		}
	case running:
		if gone {
			status.State, status.Upstream, status.Reason = spawn.Exited, rec.upstream(), unseenEnd
			break
		}
		status.State, status.Upstream = spawn.Alive, d.reachable(ctx, rec)
		status.Watched = d.ends.has(serverID, rec.PID)
	case exited:
		status.State, status.Upstream, status.Reason = spawn.Exited, rec.upstream(), rec.Reason
	}
	return status, nil
}

const (
	// endPatience is how long a look waits for the end of a process that was killed: it is
	// a matter of milliseconds, unless the kernel cannot let go of it.
	endPatience = time.Second
	endStep     = 2 * time.Millisecond
)

// present is the record, and whether the process of a run that it has as running is gone.
// One that is just ending gets the time for it: a child is alive until it can say how it
// ended.
func (d *Driver) present(ctx context.Context, id int64) (rec record, gone bool, err error) {
	for waited := time.Duration(0); ; waited += endStep {
		if rec, err = d.current(id); err != nil || rec.State != running {
			return rec, false, err
		}
		info, exists := rec.look()
		child := d.nursery.has(rec)
		ending := exists && info.dying || (!exists || info.zombie) && child
		if !ending || waited >= endPatience {
			return rec, (!exists || info.zombie) && !child, nil
		}
		if err := pause(ctx, endStep); err != nil {
			return rec, false, err
		}
	}
}

// reachable is the address of the run once the server itself listens there, and not
// somebody else who was quicker. That is looked at until it was so once.
func (d *Driver) reachable(ctx context.Context, rec record) string {
	if !d.root || d.ports.confirmed(rec) {
		return rec.upstream()
	}
	// Whether anybody listens is quickly found out; who it is takes reading long tables.
	if !answersAt(ctx, rec.Port) || !listensAs(rec.UID, rec.Port) {
		return ""
	}
	d.ports.confirm(rec)
	return rec.upstream()
}

// current reads the record after what is known of the end of its process was added.
func (d *Driver) current(id int64) (record, error) {
	d.nursery.reapOf(id)
	if err := d.bury(id); err != nil {
		return record{}, err
	}
	return d.files.read(id)
}

// Stop ends the run with this fence and any before, with all their processes.
func (d *Driver) Stop(ctx context.Context, serverID, fence int64, gentle bool) error {
	release, err := d.holds.take(ctx, serverID)
	if err != nil {
		return err
	}
	defer release()
	rec, err := d.settled(ctx, serverID)
	if err != nil {
		return err
	}
	if rec.Fence > fence {
		return nil // that run began by ending all before it
	}
	lock, err := d.end(ctx, rec, gentle)
	if err != nil {
		return fmt.Errorf("stop run %d of server %d: %w", fence, serverID, err)
	}
	err = d.endLeftovers(ctx, rec, gentle)
	if err == nil {
		err = d.files.write(record{ServerID: serverID, Fence: fence, State: stopped})
	}
	if err = errors.Join(err, lock.release()); err != nil {
		return fmt.Errorf("stop run %d of server %d: %w", fence, serverID, err)
	}
	d.nursery.forget(serverID)
	d.ports.free(serverID)
	d.owned.remove(rec.UID, serverID)
	return nil
}

// launch begins the run. It has the lock, so nothing of the server lives; the lock
// is let go of in any case.
func (d *Driver) launch(ctx context.Context, spec spawn.Spec, lock *runLock) (err error) {
	kept := true
	defer func() {
		if kept {
			err = errors.Join(err, lock.release())
		}
	}()
	who, err := d.account(ctx, spec)
	if err != nil {
		return err
	}
	since := ""
	if who.own {
		leave, err := d.people.take(ctx, int64(who.uid))
		if err != nil {
			return err
		}
		defer leave()
		if since, err = d.since(who.uid); err != nil {
			return err
		}
	}
	command, err := d.command()
	if err != nil {
		return err
	}
	port, err := d.ports.pick(ctx, spec.ServerID, who.uid)
	if err != nil {
		return err
	}
	limits := d.planFor(d.root && (who.own || d.opt.SystemUsers))
	rec := record{
		ServerID: spec.ServerID, Fence: spec.Fence, RunID: spec.RunID, State: starting, Nonce: rand.Text(),
		UID: who.uid, Own: who.own, Since: since, Port: port, Program: command.argv[0], Person: d.personFor(who), StartedAt: d.opt.Clock(),
		Limits: limits.held,
	}
	rec.URL = rec.upstream() + spec.Prefix
	if err := d.announce(&rec, limits); err != nil {
		return err
	}
	output, err := d.newOutput(spec.ServerID)
	if err != nil {
		return noRoom(err)
	}
	defer output.Close()
	job := job{
		Record: rec, RecordFile: d.files.record(spec.ServerID), Drop: d.root, NoNewPrivs: d.root && !d.opt.SystemUsers,
		UID: who.uid, GID: who.gid, Groups: who.groups, Home: who.home, Argv: command.argv,
		Env: d.environment(spec, who, command, rec.URL), Place: placeFor(command.own),
		Limits: limits.first, LastLimits: limits.last,
	}
	helper, err := fork(d.opt.Executable, lock.file, output)
	if err != nil {
		return hub.Wrap(hub.Unavailable, err, "The notebook server's process could not be made.")
	}
	kept = false
	d.adopt(helper.pid, rec)
	err = errors.Join(lock.leave(), helper.instruct(ctx, job))
	return d.failed(rec, err)
}

// noRoom gives the error of a full disk words for the person who waits for the server.
func noRoom(err error) error {
	if disk.Full(err) {
		return hub.Wrap(hub.Unavailable, err, "The hub's disk is full, so the notebook server could not be started. Ask an administrator of this hub to make room.")
	}
	return err
}

// announce writes down that a run begins, and where its processes will be, before there is
// anything of it.
func (d *Driver) announce(rec *record, limits plan) error {
	if limits.group != (cgroup.Limits{}) {
		rec.Group = d.limits.tree.Group(groupName(*rec))
	}
	if err := d.files.write(*rec); err != nil {
		return noRoom(err)
	}
	if rec.Own {
		d.owned.add(rec.UID, rec.ServerID)
	}
	if rec.Group == "" {
		return nil
	}
	if err := d.limits.tree.Make(groupName(*rec), limits.group); err != nil {
		return hub.Wrap(hub.Unavailable, err, "The limits of the notebook server could not be set, so it was not started.")
	}
	return nil
}

// failed writes down why the run could not begin, unless it may still begin.
func (d *Driver) failed(rec record, err error) error {
	var refused *refusal
	if !errors.As(err, &refused) {
		return err
	}
	rec.State, rec.Reason = exited, refused.Message
	d.nursery.forget(rec.ServerID)
	d.ports.free(rec.ServerID)
	return errors.Join(hub.Wrap(hub.Unavailable, nil, refused.Message), d.files.write(rec))
}

// pause waits, or gives the context's error.
func pause(ctx context.Context, how time.Duration) error {
	timer := time.NewTimer(how)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// nodeID reads the file, or makes it with a random id.
func nodeID(path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // in the data directory
	if err == nil && len(text) > 1 {
		return string(text[:len(text)-1]), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read this host's id: %w", err)
	}
	id := rand.Text()
	if err := disk.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write this host's id: %w", err)
	}
	return id, nil
}

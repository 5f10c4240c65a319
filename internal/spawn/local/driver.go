package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/ports"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
	"github.com/atriumhub/atrium/internal/spawn/local/uservenv"
)

var (
	_ spawn.Driver    = (*Driver)(nil)
	_ spawn.Limited   = (*Driver)(nil)
	_ spawn.Notifying = (*Driver)(nil)
)

// settleTimeout is how long a forked process may take until it has written its record or has
// ended.
const settleTimeout = 30 * time.Second

// Start starts the run. It returns when the notebook server's program runs, or could not be
// run.
func (d *Driver) Start(ctx context.Context, spec spawn.Spec) error {
	release, err := d.serverLocks.lock(ctx, spec.ServerID)
	if err != nil {
		return err
	}
	defer release()
	rec, err := d.settledRecord(ctx, spec.ServerID)
	if err != nil {
		return err
	}
	switch {
	case rec.Fence > spec.Fence, rec.Fence == spec.Fence && (rec.State == stopped || rec.RunID != spec.RunID):
		return fmt.Errorf("start run %d of server %d: %w (run %d)", spec.Fence, spec.ServerID, spawn.ErrFenced, rec.Fence)
	case rec.Fence == spec.Fence && (rec.State == running || rec.State == exited):
		return nil
	}
	ended := d.reportIfSlow(spec, 0, "Ending what is left of the last run")
	lock, err := d.end(ctx, rec, false)
	ended()
	if err != nil {
		return fmt.Errorf("end run %d of server %d before run %d: %w", rec.Fence, spec.ServerID, spec.Fence, err)
	}
	if err := d.launch(ctx, spec, lock); err != nil {
		return fmt.Errorf("start run %d of server %d: %w", spec.Fence, spec.ServerID, err)
	}
	return nil
}

// settledRecord reads the record once it is final: a process that was forked by a hub which
// has been killed may still be about to write it.
func (d *Driver) settledRecord(ctx context.Context, id int64) (record, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
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
		if err := hub.Sleep(ctx, procs.PollInterval); err != nil {
			return rec, fmt.Errorf("wait for the process of server %d to say who it is: %w", id, err)
		}
	}
}

// Inspect implements spawn.Driver.
func (d *Driver) Inspect(ctx context.Context, serverID int64) (spawn.Status, error) {
	release, err := d.serverLocks.lock(ctx, serverID)
	if err != nil {
		return spawn.Status{}, err
	}
	defer release()
	rec, gone, err := d.presentRecord(ctx, serverID)
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
			status.State, status.Upstream, status.Reason = spawn.Exited, rec.upstream(), reasonUnseen
			break
		}
		status.State, status.Upstream = spawn.Alive, d.verifiedUpstream(ctx, rec)
		status.Watched = d.exits.Has(serverID, rec.PID)
	case exited:
		status.State, status.Upstream, status.Reason = spawn.Exited, rec.upstream(), rec.Reason
		status.PortTaken = rec.PortTaken
	}
	return status, nil
}

const (
	// exitTimeout is how long Inspect waits for the end of a process that was killed: it takes
	// milliseconds, unless the process is stuck in the kernel.
	exitTimeout      = time.Second
	exitPollInterval = 2 * time.Millisecond
)

// presentRecord returns the record and, for one in the state running, whether its process is
// gone. It waits for a process that is just ending; a child counts as alive until its exit
// status is known.
func (d *Driver) presentRecord(ctx context.Context, id int64) (rec record, gone bool, err error) {
	for waited := time.Duration(0); ; waited += exitPollInterval {
		if rec, err = d.currentRecord(id); err != nil || rec.State != running {
			return rec, false, err
		}
		info, exists := rec.look()
		child := d.children.Has(rec.PID, rec.Nonce)
		ending := exists && info.Dying || (!exists || info.Zombie) && child
		if !ending || waited >= exitTimeout {
			return rec, (!exists || info.Zombie) && !child, nil
		}
		if err := hub.Sleep(ctx, exitPollInterval); err != nil {
			return rec, false, err
		}
	}
}

// verifiedUpstream is the address of the run, once it has been verified that the server
// itself listens there and not another process of the machine; else "".
func (d *Driver) verifiedUpstream(ctx context.Context, rec record) string {
	if !d.root || d.ports.Confirmed(rec.ServerID, rec.Nonce) {
		return rec.upstream()
	}
	// First the cheap check whether anything listens: to find out who does, long tables have
	// to be read.
	if !ports.AnswersAt(ctx, rec.Port) || !ports.ListensAs(rec.UID, rec.Port) {
		return ""
	}
	d.ports.Confirm(rec.ServerID, rec.Nonce)
	return rec.upstream()
}

// VerifyPeer returns an error if the process that listens at the address of a new connection
// does not belong to the server's user. When a server ends, any process of the machine can
// take its port, and would receive its visitors' cookies until the hub has noticed the end.
func (d *Driver) VerifyPeer(server net.Addr) error {
	if !d.root {
		return nil
	}
	at, ok := server.(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("%v is no TCP address", server)
	}
	uid, ok := d.ports.Owner(at.Port)
	if !ok {
		return fmt.Errorf("no server has port %d any more", at.Port)
	}
	if !ports.ListensAs(uid, at.Port) {
		return fmt.Errorf("port %d is no longer the server's: uid %d does not listen there", at.Port, uid)
	}
	return nil
}

// currentRecord reads the record after recording the end of its process, if it has ended.
func (d *Driver) currentRecord(id int64) (record, error) {
	d.children.ReapServer(id)
	if err := d.recordExit(id); err != nil {
		return record{}, err
	}
	return d.files.read(id)
}

// Stop ends the run with this fence and any before, with all their processes.
func (d *Driver) Stop(ctx context.Context, serverID, fence int64, gentle bool) error {
	release, err := d.serverLocks.lock(ctx, serverID)
	if err != nil {
		return err
	}
	defer release()
	rec, err := d.settledRecord(ctx, serverID)
	if err != nil {
		return err
	}
	if rec.Fence > fence {
		return nil // a later run has ended this one already
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
	d.children.Ignore(serverID)
	d.ports.Free(serverID)
	d.uidServers.remove(rec.UID, serverID)
	return nil
}

// launch starts the run. The caller gives it the lock, which proves that no process of the
// server is alive; launch releases it or hands it over.
func (d *Driver) launch(ctx context.Context, spec spawn.Spec, lock *runLock) (err error) {
	holdsLock := true
	defer func() {
		if holdsLock {
			err = errors.Join(err, lock.release())
		}
	}()
	acct, err := d.account(ctx, spec)
	if err != nil {
		return err
	}
	since := ""
	if acct.Exclusive {
		leave, err := d.uidLocks.lock(ctx, int64(acct.UID))
		if err != nil {
			return err
		}
		defer leave()
		if since, err = d.firstStartOf(acct.UID); err != nil {
			return err
		}
	}
	command, err := d.commandFor(spec.Launch)
	if err != nil {
		return err
	}
	port, err := d.ports.Pick(ctx, spec.ServerID, acct.UID)
	if err != nil {
		return err
	}
	plan := d.limits.Plan(spec.Launch.Limits, d.root && (acct.Exclusive || d.opt.SystemUsers))
	rec := record{
		ServerID: spec.ServerID, Fence: spec.Fence, RunID: spec.RunID, State: starting, Nonce: rand.Text(),
		UID: acct.UID, ExclusiveUID: acct.Exclusive, Since: since, Port: port, Program: command.argv[0], Person: d.accountEntryFor(acct), StartedAt: d.opt.Clock(),
		Limits: plan.Enforced,
	}
	rec.URL = rec.upstream() + spec.Prefix
	if err := d.recordStarting(&rec, plan); err != nil {
		return err
	}
	output, err := d.logs.Begin(spec.ServerID)
	if err != nil {
		return diskFullError(err)
	}
	defer output.Close()
	job := job{
		Record: rec, RecordFile: d.files.record(spec.ServerID), Drop: d.root, NoNewPrivs: d.root && !d.opt.SystemUsers,
		UID: acct.UID, GID: acct.GID, Groups: acct.Groups, Home: acct.Home, Argv: command.argv,
		Env: d.environment(spec, acct, command, rec.URL), Place: uservenv.For(command.own),
		Limits: plan.Early, LastLimits: plan.Late,
	}
	helper, err := fork(d.opt.Executable, lock.file, output)
	if err != nil {
		return hub.Wrap(hub.Unavailable, err, "The notebook server's process could not be made.")
	}
	holdsLock = false
	d.trackChild(helper.pid, rec)
	err = errors.Join(lock.handOver(), helper.sendJob(ctx, job))
	return d.recordFailure(rec, err)
}

// diskFullError gives the error of a full disk a message for the user.
func diskFullError(err error) error {
	if disk.Full(err) {
		return hub.Wrap(hub.Unavailable, err, "The hub's disk is full, so the notebook server could not be started. Ask an administrator of this hub to make room.")
	}
	return err
}

// recordStarting writes that the run is starting and which cgroup it will have, before any of
// it exists.
func (d *Driver) recordStarting(rec *record, plan limits.Plan) error {
	if plan.Group != (cgroup.Limits{}) {
		rec.Group = d.limits.Tree.Group(cgroupName(*rec))
	}
	if err := d.files.write(*rec); err != nil {
		return diskFullError(err)
	}
	if rec.ExclusiveUID {
		d.uidServers.add(rec.UID, rec.ServerID)
	}
	if rec.Group == "" {
		return nil
	}
	if err := d.limits.Tree.Make(cgroupName(*rec), plan.Group); err != nil {
		return hub.Wrap(hub.Unavailable, err, "The limits of the notebook server could not be set, so it was not started.")
	}
	return nil
}

// recordFailure writes why the run could not start, unless it may still start.
func (d *Driver) recordFailure(rec record, err error) error {
	var refused *refusal
	if !errors.As(err, &refused) {
		return err
	}
	rec.State, rec.Reason = exited, refused.Message
	d.children.Ignore(rec.ServerID)
	d.ports.Free(rec.ServerID)
	return errors.Join(hub.Wrap(hub.Unavailable, nil, refused.Message), d.files.write(rec))
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

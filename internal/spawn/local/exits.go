package local

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
	"github.com/atriumhub/atrium/internal/spawn/local/ports"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// reasonUnseen is the reason if the process ended while no hub was running.
const reasonUnseen = "The notebook server ended while the hub was not running."

// reasonPortTaken is the reason if another process listened on the port that was chosen for the
// server before the server did.
const reasonPortTaken = "Another process of the machine took the port that was meant for the notebook server. Start it again."

const watchInterval = 2 * time.Second

// watchProcesses records the ends of servers' processes, and keeps the accounts' names in
// running servers, until ctx ends.
func (d *Driver) watchProcesses(ctx context.Context) {
	defer close(d.done)
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	defer signal.Stop(died)
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	prune := time.NewTicker(pruneInterval)
	defer prune.Stop()
	d.removeOldLogs()
	heard := make(chan procs.Exit)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer d.exits.Close()
	watching.Go(func() { d.exits.Run(ctx, heard) })
	for {
		select {
		case <-ctx.Done():
			return
		case exit := <-heard:
			d.children.ReapPID(exit.PID)
			d.tryRecordExit(exit.Server)
			d.notifyEnded(exit.Server)
			continue
		case <-prune.C:
			d.removeOldLogs()
			continue
		case <-died:
		case <-tick.C:
			d.keepAccountNames()
		}
		for _, id := range d.children.ReapUnwatched() {
			d.tryRecordExit(id)
			d.notifyEnded(id)
		}
		for _, id := range d.children.ExitedServers() {
			d.tryRecordExit(id)
		}
	}
}

// notifyEnded tells that the process of a server has ended.
func (d *Driver) notifyEnded(id int64) {
	if l := d.listener.Load(); l != nil {
		(*l).Ended(id)
	}
}

// trackChild adds a process that was just forked for a run.
func (d *Driver) trackChild(pid int, rec record) {
	d.children.Add(pid, rec.ServerID, rec.Nonce)
	if d.exits.Add(rec.ServerID, pid, func() bool { return true }) { // a child's id cannot be reused before it is reaped
		d.children.SetWatched(pid)
	}
}

// tryRecordExit is recordExit, unless another call is working on the server: then the next
// round does it.
func (d *Driver) tryRecordExit(id int64) {
	release := d.serverLocks.tryLock(id)
	if release == nil {
		return
	}
	defer release()
	if err := d.recordExit(id); err != nil {
		d.log.Error("the end of a notebook server could not be recorded", "server_id", id, "error", err)
	}
}

// recordExit writes how the server's process ended, if it was this driver's child and the
// record is still that run's. The caller holds the server's lock in serverLocks.
func (d *Driver) recordExit(id int64) error {
	gone, ok := d.children.ExitedOf(id)
	if !ok {
		return nil
	}
	rec, err := d.files.read(id)
	if err != nil {
		return err
	}
	if rec.Nonce == gone.Nonce && (rec.State == running && rec.PID == gone.PID || rec.State == starting) {
		rec.State, rec.Reason = exited, describeExit(gone.Status)
		if gone.Status.Signal() == unix.SIGKILL && cgroup.OutOfMemory(rec.Group) {
			rec.Reason = reasonOutOfMemory
		}
		if d.lostItsPort(rec, gone.Status) {
			rec.PortTaken, rec.Reason = true, reasonPortTaken
		}
		if err := d.files.write(rec); err != nil {
			return err
		}
		d.ports.Free(id)
	}
	d.children.RemoveExited(gone)
	return nil
}

// lostItsPort reports whether the process gave up while another had its port: it ended with an
// error, was never seen to listen, and nobody could listen there now.
func (d *Driver) lostItsPort(rec record, status unix.WaitStatus) bool {
	return status.Exited() && status.ExitStatus() != 0 && !d.ports.Confirmed(rec.ServerID, rec.Nonce) && ports.IsTaken(d.life, rec.Port)
}

// describeExit says in one sentence how a process ended.
func describeExit(status unix.WaitStatus) string {
	if !status.Signaled() {
		return fmt.Sprintf("The notebook server ended by itself with exit status %d. Its log may say why.", status.ExitStatus())
	}
	name := unix.SignalName(status.Signal())
	if name == "" {
		name = fmt.Sprintf("signal %d", int(status.Signal()))
	}
	if status.Signal() == unix.SIGKILL {
		return "The notebook server was killed (SIGKILL), often because the machine ran out of memory. Start it again, and load less at once."
	}
	return "The notebook server was ended by " + strings.TrimSpace(name) + "."
}

package local

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
)

// unseenEnd is the reason where the hub was away when the process ended.
const unseenEnd = "The notebook server ended while the hub was not running."

const tendEvery = 2 * time.Second

// tend reaps children and keeps people's names known until ctx ends.
func (d *Driver) tend(ctx context.Context) {
	defer close(d.done)
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	defer signal.Stop(died)
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	heard := make(chan ended)
	var hearing sync.WaitGroup
	defer hearing.Wait()
	defer d.ends.close()
	hearing.Go(func() { d.ends.run(ctx, heard) })
	for {
		select {
		case <-ctx.Done():
			return
		case end := <-heard:
			d.nursery.reapPID(end.pid)
			d.tryBury(end.server)
			d.tellEnded(end.server)
			continue
		case <-died:
		case <-tick.C:
			d.keepNames()
		}
		for _, id := range d.nursery.reap() {
			d.tryBury(id)
			d.tellEnded(id)
		}
		for _, id := range d.nursery.ended() {
			d.tryBury(id)
		}
	}
}

// tellEnded tells whoever asked for it that a server's process has ended.
func (d *Driver) tellEnded(id int64) {
	if fn := d.notify.Load(); fn != nil {
		(*fn)(id)
	}
}

// adopt takes on a process that was just forked for a run.
func (d *Driver) adopt(pid int, rec record) {
	d.nursery.adopt(pid, rec)
	if d.ends.add(rec.ServerID, pid, func() bool { return true }) { // a child's id is nobody else's until it is reaped
		d.nursery.watched(pid)
	}
}

// tryBury leaves it to the next round when somebody works on the server.
func (d *Driver) tryBury(id int64) {
	release := d.holds.try(id)
	if release == nil {
		return
	}
	defer release()
	if err := d.bury(id); err != nil {
		d.log.Error("the end of a notebook server could not be recorded", "server_id", id, "error", err)
	}
}

// bury writes down how the server's process ended, if it was this driver's child
// and the record is still of that run. It is the server's turn.
func (d *Driver) bury(id int64) error {
	dead, ok := d.nursery.taken(id)
	if !ok {
		return nil
	}
	rec, err := d.files.read(id)
	if err != nil {
		return err
	}
	if rec.Nonce == dead.nonce && (rec.State == running && rec.PID == dead.pid || rec.State == starting) {
		rec.State, rec.Reason = exited, describeEnd(dead.status)
		if dead.status.Signal() == unix.SIGKILL && cgroup.OutOfMemory(rec.Group) {
			rec.Reason = outOfMemory
		}
		if err := d.files.write(rec); err != nil {
			return err
		}
		d.ports.free(id)
	}
	d.nursery.drop(dead)
	return nil
}

// describeEnd says in one sentence how a process ended.
func describeEnd(status unix.WaitStatus) string {
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

// child is a process that this driver has forked.
type child struct {
	pid      int
	serverID int64
	nonce    string
	dead     bool
	status   unix.WaitStatus
}

// nursery keeps the children that were not recorded as ended yet. The id of one
// that is not reaped cannot belong to anybody else. No call but those that need it looks at
// more than one server's.
type nursery struct {
	mu        sync.Mutex
	children  map[int]*child
	byServer  map[int64][]*child
	dead      map[int]*child // of children, those to be recorded as ended
	unwatched map[int]*child // of children, those whose end nobody tells of
}

func (n *nursery) adopt(pid int, rec record) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.children == nil {
		n.children, n.byServer = map[int]*child{}, map[int64][]*child{}
		n.dead, n.unwatched = map[int]*child{}, map[int]*child{}
	}
	c := &child{pid: pid, serverID: rec.ServerID, nonce: rec.Nonce}
	n.children[pid], n.unwatched[pid] = c, c
	n.byServer[c.serverID] = append(n.byServer[c.serverID], c)
}

// watched notes that the end of a child will be told.
func (n *nursery) watched(pid int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.unwatched, pid)
}

// reap asks after each child whose end nobody tells of, and gives the servers of those that
// have ended; other children of this process are other people's.
func (n *nursery) reap() (servers []int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.unwatched {
		if n.ask(c) {
			servers = append(servers, c.serverID)
		}
	}
	return servers
}

// reapPID asks after one child.
func (n *nursery) reapPID(pid int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.children[pid]; c != nil {
		n.ask(c)
	}
}

// reapOf asks after the children of one server: each server is looked at by itself, and
// asking after everybody's each time costs the square of how many there are.
func (n *nursery) reapOf(server int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range slices.Clone(n.byServer[server]) {
		n.ask(c)
	}
}

// ask tells whether a child has just been found to have ended. mu is held.
func (n *nursery) ask(c *child) bool {
	if c.dead {
		return false
	}
	var got int
	err := ignoringEINTR(func() (err error) {
		got, err = unix.Wait4(c.pid, &c.status, unix.WNOHANG, nil)
		return err
	})
	if err != nil {
		n.remove(c) // reaped by somebody else: nothing is known
		return true
	}
	if got != c.pid {
		return false
	}
	c.dead = true
	delete(n.unwatched, c.pid)
	if n.dead[c.pid] = c; c.nonce == "" {
		n.remove(c)
	}
	return true
}

// remove forgets a child. mu is held.
func (n *nursery) remove(c *child) {
	delete(n.children, c.pid)
	delete(n.dead, c.pid)
	delete(n.unwatched, c.pid)
	left := slices.DeleteFunc(n.byServer[c.serverID], func(other *child) bool { return other == c })
	if n.byServer[c.serverID] = left; len(left) == 0 {
		delete(n.byServer, c.serverID)
	}
}

// ended lists the servers of children that are dead and not buried.
func (n *nursery) ended() (servers []int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.dead {
		servers = append(servers, c.serverID)
	}
	return servers
}

func (n *nursery) taken(id int64) (child, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.byServer[id] {
		if c.dead {
			return *c, true
		}
	}
	return child{}, false
}

// has tells whether the run's process is a child that was not recorded as ended.
func (n *nursery) has(rec record) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.children[rec.PID]
	return c != nil && c.nonce == rec.Nonce
}

func (n *nursery) drop(dead child) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.children[dead.pid]; c != nil {
		n.remove(c)
	}
}

// forget makes the server's children ones whose end is of no interest; they are
// reaped all the same.
func (n *nursery) forget(id int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range slices.Clone(n.byServer[id]) {
		if c.nonce = ""; c.dead {
			n.remove(c)
		}
	}
}

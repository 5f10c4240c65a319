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
	for {
		select {
		case <-ctx.Done():
			return
		case <-died:
		case <-tick.C:
			d.keepNames()
		}
		d.nursery.reap()
		for _, id := range d.nursery.ended() {
			d.tryBury(id)
		}
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
// that is not reaped cannot belong to anybody else.
type nursery struct {
	mu       sync.Mutex
	children map[int]*child
}

func (n *nursery) adopt(pid int, rec record) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.children == nil {
		n.children = map[int]*child{}
	}
	n.children[pid] = &child{pid: pid, serverID: rec.ServerID, nonce: rec.Nonce}
}

// reap asks after each child; other children of this process are other people's.
func (n *nursery) reap() { n.reapIf(func(*child) bool { return true }) }

// reapOf is reap for the children of one server: each server is looked at by itself, and
// asking after everybody's each time costs the square of how many there are.
func (n *nursery) reapOf(server int64) {
	n.reapIf(func(c *child) bool { return c.serverID == server })
}

func (n *nursery) reapIf(asked func(*child) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for pid, c := range n.children {
		if c.dead || !asked(c) {
			continue
		}
		var got int
		err := ignoringEINTR(func() (err error) {
			got, err = unix.Wait4(pid, &c.status, unix.WNOHANG, nil)
			return err
		})
		if err != nil {
			delete(n.children, pid) // reaped by somebody else: nothing is known
			continue
		}
		c.dead = got == pid
		if c.dead && c.nonce == "" {
			delete(n.children, pid)
		}
	}
}

// ended lists the servers of children that are dead and not buried.
func (n *nursery) ended() []int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ids []int64
	for _, c := range n.children {
		if c.dead {
			ids = append(ids, c.serverID)
		}
	}
	return ids
}

func (n *nursery) taken(id int64) (child, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.children {
		if c.dead && c.serverID == id {
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

func (n *nursery) drop(c child) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.children, c.pid)
}

// forget makes the server's children ones whose end is of no interest; they are
// reaped all the same.
func (n *nursery) forget(id int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for pid, c := range n.children {
		if c.serverID != id {
			continue
		}
		c.nonce = ""
		if c.dead {
			delete(n.children, pid)
		}
	}
}

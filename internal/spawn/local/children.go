package local

import (
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// child is a process that this driver has forked.
type child struct {
	pid      int
	serverID int64
	nonce    string
	exited   bool
	status   unix.WaitStatus
}

// childTable holds the forked processes whose end is not recorded yet. The kernel does not
// reuse the id of a child before it is reaped. Calls for one server look at its children
// only: looking at all of them each time would cost the square of their number.
type childTable struct {
	mu        sync.Mutex
	byPID     map[int]*child
	byServer  map[int64][]*child
	exited    map[int]*child // of these, those to be recorded
	unwatched map[int]*child // of these, those that exitWatcher does not watch
}

func (t *childTable) add(pid int, rec record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byPID == nil {
		t.byPID, t.byServer = map[int]*child{}, map[int64][]*child{}
		t.exited, t.unwatched = map[int]*child{}, map[int]*child{}
	}
	c := &child{pid: pid, serverID: rec.ServerID, nonce: rec.Nonce}
	t.byPID[pid], t.unwatched[pid] = c, c
	t.byServer[c.serverID] = append(t.byServer[c.serverID], c)
}

// setWatched notes that exitWatcher watches a child.
func (t *childTable) setWatched(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.unwatched, pid)
}

// reapUnwatched reaps those unwatched children that have ended, and returns their servers. It
// does not wait for any child, because this process has others that are not the driver's.
func (t *childTable) reapUnwatched() (servers []int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.unwatched {
		if t.tryWait(c) {
			servers = append(servers, c.serverID)
		}
	}
	return servers
}

// reapPID reaps one child if it has ended.
func (t *childTable) reapPID(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.byPID[pid]; c != nil {
		t.tryWait(c)
	}
}

// reapServer reaps those children of one server that have ended.
func (t *childTable) reapServer(server int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range slices.Clone(t.byServer[server]) {
		t.tryWait(c)
	}
}

// tryWait reaps a child if it has ended, and reports whether it has just done so. mu is held.
func (t *childTable) tryWait(c *child) bool {
	if c.exited {
		return false
	}
	var pid int
	err := ignoringEINTR(func() (err error) {
		pid, err = unix.Wait4(c.pid, &c.status, unix.WNOHANG, nil)
		return err
	})
	if err != nil {
		t.remove(c) // reaped elsewhere: its exit status is lost
		return true
	}
	if pid != c.pid {
		return false
	}
	c.exited = true
	delete(t.unwatched, c.pid)
	if t.exited[c.pid] = c; c.nonce == "" {
		t.remove(c)
	}
	return true
}

// remove removes a child from the table. mu is held.
func (t *childTable) remove(c *child) {
	delete(t.byPID, c.pid)
	delete(t.exited, c.pid)
	delete(t.unwatched, c.pid)
	left := slices.DeleteFunc(t.byServer[c.serverID], func(other *child) bool { return other == c })
	if t.byServer[c.serverID] = left; len(left) == 0 {
		delete(t.byServer, c.serverID)
	}
}

// exitedServers returns the servers of children whose end is to be recorded.
func (t *childTable) exitedServers() (servers []int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.exited {
		servers = append(servers, c.serverID)
	}
	return servers
}

func (t *childTable) exitedOf(id int64) (child, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.byServer[id] {
		if c.exited {
			return *c, true
		}
	}
	return child{}, false
}

// has reports whether the run's process is in the table.
func (t *childTable) has(rec record) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.byPID[rec.PID]
	return c != nil && c.nonce == rec.Nonce
}

func (t *childTable) removeExited(dead child) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.byPID[dead.pid]; c != nil {
		t.remove(c)
	}
}

// ignore makes the server's children ones whose end is not recorded; they are still reaped.
func (t *childTable) ignore(id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range slices.Clone(t.byServer[id]) {
		if c.nonce = ""; c.exited {
			t.remove(c)
		}
	}
}

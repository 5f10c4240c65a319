package procs

import (
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// Child is a process that this process has forked for a server.
type Child struct {
	PID      int
	serverID int64
	Nonce    string
	exited   bool
	Status   unix.WaitStatus
}

// Children holds the forked processes whose end is not recorded yet. The kernel does not
// reuse the id of a child before it is reaped. Calls for one server look at its children
// only: looking at all of them each time would cost the square of their number.
type Children struct {
	mu        sync.Mutex
	byPID     map[int]*Child
	byServer  map[int64][]*Child
	exited    map[int]*Child // of these, those to be recorded
	unwatched map[int]*Child // of these, those that Watcher does not watch
}

// Add adds a process that was just forked, for the run with the nonce.
func (t *Children) Add(pid int, serverID int64, nonce string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byPID == nil {
		t.byPID, t.byServer = map[int]*Child{}, map[int64][]*Child{}
		t.exited, t.unwatched = map[int]*Child{}, map[int]*Child{}
	}
	c := &Child{PID: pid, serverID: serverID, Nonce: nonce}
	t.byPID[pid], t.unwatched[pid] = c, c
	t.byServer[c.serverID] = append(t.byServer[c.serverID], c)
}

// SetWatched notes that Watcher watches a child.
func (t *Children) SetWatched(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.unwatched, pid)
}

// ReapUnwatched reaps those unwatched children that have ended, and returns their servers. It
// does not wait for any child, because this process has others that are not the driver's.
func (t *Children) ReapUnwatched() (servers []int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.unwatched {
		if t.tryWait(c) {
			servers = append(servers, c.serverID)
		}
	}
	return servers
}

// ReapPID reaps one child if it has ended.
func (t *Children) ReapPID(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.byPID[pid]; c != nil {
		t.tryWait(c)
	}
}

// ReapServer reaps those children of one server that have ended.
func (t *Children) ReapServer(server int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range slices.Clone(t.byServer[server]) {
		t.tryWait(c)
	}
}

// tryWait reaps a child if it has ended, and reports whether it has just done so. mu is held.
func (t *Children) tryWait(c *Child) bool {
	if c.exited {
		return false
	}
	var pid int
	err := IgnoringEINTR(func() (err error) {
		pid, err = unix.Wait4(c.PID, &c.Status, unix.WNOHANG, nil)
		return err
	})
	if err != nil {
		t.remove(c) // reaped elsewhere: its exit status is lost
		return true
	}
	if pid != c.PID {
		return false
	}
	c.exited = true
	delete(t.unwatched, c.PID)
	if t.exited[c.PID] = c; c.Nonce == "" {
		t.remove(c)
	}
	return true
}

// remove removes a child from the table. mu is held.
func (t *Children) remove(c *Child) {
	delete(t.byPID, c.PID)
	delete(t.exited, c.PID)
	delete(t.unwatched, c.PID)
	left := slices.DeleteFunc(t.byServer[c.serverID], func(other *Child) bool { return other == c })
	if t.byServer[c.serverID] = left; len(left) == 0 {
		delete(t.byServer, c.serverID)
	}
}

// ExitedServers returns the servers of children whose end is to be recorded.
func (t *Children) ExitedServers() (servers []int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.exited {
		servers = append(servers, c.serverID)
	}
	return servers
}

// ExitedOf returns a child of the server whose end is to be recorded.
func (t *Children) ExitedOf(id int64) (Child, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.byServer[id] {
		if c.exited {
			return *c, true
		}
	}
	return Child{}, false
}

// Has reports whether the run's process is in the table.
func (t *Children) Has(pid int, nonce string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.byPID[pid]
	return c != nil && c.Nonce == nonce
}

// RemoveExited removes a child whose end was recorded.
func (t *Children) RemoveExited(dead Child) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.byPID[dead.PID]; c != nil {
		t.remove(c)
	}
}

// Ignore makes the server's children ones whose end is not recorded; they are still reaped.
func (t *Children) Ignore(id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range slices.Clone(t.byServer[id]) {
		if c.Nonce = ""; c.exited {
			t.remove(c)
		}
	}
}

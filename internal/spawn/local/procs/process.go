package procs

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// Process identifies a process of this machine; its start time distinguishes it from a later
// one with the same id.
type Process struct {
	PID   int
	Start string
}

// Info is what the kernel reports about a process.
type Info struct {
	Process
	parent int
	owner  uint32 // in a list: its uid, or root's for a process that is not dumpable
	Zombie bool
	Dying  bool // killed, but not a zombie yet
}

// Alive reports whether it still exists and is no zombie.
func (p Process) Alive() bool {
	info, ok := Lookup(p.PID)
	return ok && info.Process == p && !info.Zombie
}

func (p Process) String() string { return strconv.Itoa(p.PID) }

// Tree is the processes of one run. A member stays in it when its parent ends and it
// gets another one.
type Tree struct {
	selfPID int // the hub's own id, which is never a member
	members map[Process]bool
	list    func() []Info
	// strayFilter is for those that belong to the run although they are no descendants of a
	// member any more.
	strayFilter Filter
}

// Filter prepares, for a list of all processes, the test whether one is meant.
type Filter func(all []Info) func(Info) bool

// NewTree is the tree of the roots, none of which needs to be alive, and of what strays finds in list,
// which gives all processes of the machine. selfPID is the hub's own id.
func NewTree(selfPID int, list func() []Info, strays Filter, roots ...Process) *Tree {
	t := &Tree{selfPID: selfPID, members: map[Process]bool{}, list: list, strayFilter: strays}
	for _, root := range roots {
		t.members[root] = true
	}
	return t
}

// Size is the number of members, living or not.
func (t *Tree) Size() int { return len(t.members) }

// Scan adds new members: strays, and descendants of members.
func (t *Tree) Scan() {
	all := t.list()
	stray := t.strayFilter(all)
	for _, p := range all {
		if !p.Zombie && p.PID != t.selfPID && p.PID > 1 && !t.members[p.Process] && stray(p) {
			t.members[p.Process] = true
		}
	}
	t.addDescendants(all)
}

// scanDescendants adds descendants of members only, which is much cheaper.
func (t *Tree) scanDescendants() {
	if len(t.members) > 0 {
		t.addDescendants(t.list())
	}
}

func (t *Tree) addDescendants(all []Info) {
	// Only members that are alive with the same start time can be parents.
	current := map[int]bool{}
	for _, p := range all {
		if t.members[p.Process] {
			current[p.PID] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if current[p.parent] && !current[p.PID] && p.PID != t.selfPID {
				t.members[p.Process], current[p.PID], grown = true, true, true
			}
		}
	}
}

// living returns the members that have not ended, and removes the others.
func (t *Tree) living() []Process {
	var living []Process
	for p := range t.members {
		if p.Alive() {
			living = append(living, p)
		} else {
			delete(t.members, p)
		}
	}
	return living
}

// NotBefore compares two start times of processes, in ticks since boot.
func NotBefore(start, first string) bool {
	a, errA := strconv.ParseUint(start, 10, 64)
	b, errB := strconv.ParseUint(first, 10, 64)
	return errA == nil && errB == nil && a >= b
}

// IgnoringEINTR makes a call again where a signal has interrupted it.
func IgnoringEINTR(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

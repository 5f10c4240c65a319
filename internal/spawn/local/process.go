package local

import "strconv"

// process identifies a process of this machine; its start time distinguishes it from a later
// one with the same id.
type process struct {
	pid   int
	start string
}

// processInfo is what the kernel reports about a process.
type processInfo struct {
	process
	parent int
	owner  uint32 // in a list: its uid, or root's for a process that is not dumpable
	zombie bool
	dying  bool // killed, but not a zombie yet
}

// alive reports whether it still exists and is no zombie.
func (p process) alive() bool {
	info, ok := lookupProcess(p.pid)
	return ok && info.process == p && !info.zombie
}

func (p process) String() string { return strconv.Itoa(p.pid) }

// processTree is the processes of one run. A member stays in it when its parent ends and it
// gets another one.
type processTree struct {
	selfPID int // the hub's own id, which is never a member
	members map[process]bool
	list    func() []processInfo
	// strayFilter prepares, for a list of all processes, the test whether one belongs to the
	// run although it is no descendant of a member any more.
	strayFilter func(all []processInfo) func(processInfo) bool
}

func newProcessTree(rec record, selfPID int, lockFile string, list func() []processInfo) *processTree {
	t := &processTree{selfPID: selfPID, members: map[process]bool{}, list: list, strayFilter: newStrayFilter(rec, selfPID, lockFile)}
	if p, ok := rec.process(); ok {
		t.members[p] = true
	}
	return t
}

// scan adds new members: strays, and descendants of members.
func (t *processTree) scan() {
	all := t.list()
	stray := t.strayFilter(all)
	for _, p := range all {
		if !p.zombie && p.pid != t.selfPID && p.pid > 1 && !t.members[p.process] && stray(p) {
			t.members[p.process] = true
		}
	}
	t.addDescendants(all)
}

// scanDescendants adds descendants of members only, which is much cheaper.
func (t *processTree) scanDescendants() {
	if len(t.members) > 0 {
		t.addDescendants(t.list())
	}
}

func (t *processTree) addDescendants(all []processInfo) {
	// Only members that are alive with the same start time can be parents.
	current := map[int]bool{}
	for _, p := range all {
		if t.members[p.process] {
			current[p.pid] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if current[p.parent] && !current[p.pid] && p.pid != t.selfPID {
				t.members[p.process], current[p.pid], grown = true, true, true
			}
		}
	}
}

// living returns the members that have not ended, and removes the others.
func (t *processTree) living() []process {
	var living []process
	for p := range t.members {
		if p.alive() {
			living = append(living, p)
		} else {
			delete(t.members, p)
		}
	}
	return living
}

package local

import "strconv"

// process is a process of this machine that cannot be mistaken for a later one
// with the same id.
type process struct {
	pid   int
	start string
}

// processInfo is what the machine tells of a process.
type processInfo struct {
	process
	parent int
	owner  uint32 // in a list: whose it is, or root's where it keeps to itself what it holds
	zombie bool
	dying  bool // it was killed, and is not yet a zombie
}

// alive tells whether it still exists and is no zombie.
func (p process) alive() bool {
	info, ok := lookupProcess(p.pid)
	return ok && info.process == p && !info.zombie
}

func (p process) String() string { return strconv.Itoa(p.pid) }

// family gathers the processes of one run. Those once seen stay in it: a child
// whose parent ends gets another one.
type family struct {
	own     int // the hub itself, which is in no family
	members map[process]bool
	list    func() []processInfo
	// strays tells, of all processes that there are, of one whether it belongs to the family
	// although it is no child of it any more.
	strays func(all []processInfo) func(processInfo) bool
}

func newFamily(rec record, own int, lockFile string, list func() []processInfo) *family {
	f := &family{own: own, members: map[process]bool{}, list: list, strays: strayTest(rec, own, lockFile)}
	if p, ok := rec.process(); ok {
		f.members[p] = true
	}
	return f
}

// gatherAll looks for new members: strays, and descendants of members.
func (f *family) gatherAll() {
	all := f.list()
	stray := f.strays(all)
	for _, p := range all {
		if !p.zombie && p.pid != f.own && p.pid > 1 && !f.members[p.process] && stray(p) {
			f.members[p.process] = true
		}
	}
	f.addDescendants(all)
}

// gather looks for descendants of members only, which is much cheaper.
func (f *family) gather() {
	if len(f.members) > 0 {
		f.addDescendants(f.list())
	}
}

func (f *family) addDescendants(all []processInfo) {
	// Only members that are still what they were can have children of ours.
	current := map[int]bool{}
	for _, p := range all {
		if f.members[p.process] {
			current[p.pid] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if current[p.parent] && !current[p.pid] && p.pid != f.own {
				f.members[p.process], current[p.pid], grown = true, true, true
			}
		}
	}
}

// living are the members that have not ended.
func (f *family) living() []process {
	var living []process
	for p := range f.members {
		if p.alive() {
			living = append(living, p)
		} else {
			delete(f.members, p)
		}
	}
	return living
}

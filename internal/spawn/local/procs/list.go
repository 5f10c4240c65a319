package procs

import "sync"

// Lister lists the machine's processes once for all concurrent callers (singleflight):
// when many servers stop together, each needs several lists, and a list costs a few system
// calls for every process. A caller never gets a list that was begun before its call. A list
// is shared, so callers must not change it.
type Lister struct {
	mu      sync.Mutex
	next    *processList // not begun yet; nil: nobody waits for one
	listing sync.Mutex   // held while a list is made
}

type processList struct {
	done bool
	all  []Info
}

// List gives all processes of the machine.
func (l *Lister) List() []Info { return l.wait(l.current(), List) }

// current is the list for a caller that asks now.
func (l *Lister) current() *processList {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == nil {
		l.next = &processList{}
	}
	return l.next
}

func (l *Lister) wait(pl *processList, list func() []Info) []Info {
	l.listing.Lock()
	defer l.listing.Unlock()
	if !pl.done {
		l.mu.Lock()
		l.next = nil // later callers get a later list
		l.mu.Unlock()
		pl.all, pl.done = list(), true
	}
	return pl.all
}

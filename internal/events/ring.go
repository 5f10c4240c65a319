package events

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// ring keeps the latest events, numbered from 1. The last known state of things is not in it: that
// is read where it is kept.
type ring struct {
	epoch string // tells this ring from those of other hubs, and of this one before it started anew

	mu     sync.Mutex
	events []*Event // the one with the number n is at n modulo its length
	last   uint64   // the number of the latest
	first  uint64   // what came before it is not known
	news   chan struct{}
}

func newRing(epoch string, size int) *ring {
	return &ring{epoch: epoch, events: make([]*Event, size), first: 1, news: make(chan struct{})}
}

// add appends events and wakes all who wait.
func (g *ring) add(list ...*Event) {
	if len(list) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range list {
		g.last++
		e.seq = g.last
		g.events[g.last%uint64(len(g.events))] = e
	}
	if size := uint64(len(g.events)); g.last > size {
		g.first = max(g.first, g.last-size+1)
	}
	g.wake()
}

// lose notes that something may have happened that no event tells of.
func (g *ring) lose() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	g.events[g.last%uint64(len(g.events))] = nil
	g.first = g.last + 1
	g.wake()
}

// wake is called with mu held.
func (g *ring) wake() {
	close(g.news)
	g.news = make(chan struct{})
}

// mostAtOnce is how many events since gives at a time.
const mostAtOnce = 1000

// since gives events after the number, oldest first, with the number up to which it went, and a
// channel that is closed when there are more; false where some are not there any more.
func (g *ring) since(seq uint64) (list []*Event, upTo uint64, news <-chan struct{}, whole bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.knows(seq) {
		return nil, g.last, g.news, false
	}
	for upTo = seq; upTo < g.last && len(list) < mostAtOnce; {
		upTo++
		list = append(list, g.events[upTo%uint64(len(g.events))])
	}
	return list, upTo, g.news, true
}

// knows tells whether all after the number is there. mu is held.
func (g *ring) knows(seq uint64) bool { return g.first <= seq+1 && seq <= g.last }

// enter gives the place at which to go on after an id, or the latest without one; false where
// events were missed in between.
func (g *ring) enter(id string) (seq uint64, whole bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if id == "" {
		return g.last, true
	}
	if seq, ok := g.place(id); ok && g.knows(seq) {
		return seq, true
	}
	return g.last, false
}

// id names a place in the ring to those who come back.
func (g *ring) id(seq uint64) string { return fmt.Sprintf("%s-%d", g.epoch, seq) }

// place reads an id; false for one of another ring.
func (g *ring) place(id string) (uint64, bool) {
	number, ok := strings.CutPrefix(id, g.epoch+"-")
	if !ok {
		return 0, false
	}
	seq, err := strconv.ParseUint(number, 10, 64)
	return seq, err == nil
}

package native

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// class says how urgent a piece of work is.
type class int

const (
	loginWork class = iota // somebody waits at the login form
	bulkWork               // new hashes: bulk sets of passwords, and better hashes for old ones
	classes
)

// String names the class as metrics have it.
func (c class) String() string {
	if c == loginWork {
		return "login"
	}
	return "bulk"
}

// bulkShare is how many logins may go ahead of waiting bulk work before one piece
// of it has its turn, so that a flood of logins does not stop it altogether.
const bulkShare = 16

var errQueueFull = errors.New("too many logins wait for the password hasher")

// pool is a semaphore of two classes: a free slot goes to the login that has
// waited longest, and to bulk work where no login waits. It starts no goroutine;
// the work is done in its caller's.
type pool struct {
	maxLogins int // that may wait

	mu      sync.Mutex
	free    int
	waiting [classes]*list.List // of chan struct{}, closed when a slot is theirs
	passed  int                 // logins that went ahead of waiting bulk work
}

func newPool(slots, maxLogins int) *pool {
	return &pool{maxLogins: maxLogins, free: slots, waiting: [classes]*list.List{list.New(), list.New()}}
}

// acquire waits for a slot. Its errors are errQueueFull and those of ctx; then
// there is nothing to release.
func (p *pool) acquire(ctx context.Context, c class) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	if p.free > 0 {
		p.free--
		p.mu.Unlock()
		return nil
	}
	if c == loginWork && p.waiting[loginWork].Len() >= p.maxLogins {
		p.mu.Unlock()
		return errQueueFull
	}
	turn := make(chan struct{})
	place := p.waiting[c].PushBack(turn)
	p.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-turn: // the slot came at the same moment: pass it on
		p.handOver()
	default:
		p.waiting[c].Remove(place)
	}
	return ctx.Err()
}

// queued is how many wait, by class.
func (p *pool) queued(c class) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting[c].Len()
}

// release gives a slot back.
func (p *pool) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handOver()
}

// handOver gives a slot to whoever is next. Nobody waits while a slot is free, so
// waiting queues are looked at here only. mu is held.
func (p *pool) handOver() {
	c := loginWork
	switch {
	case p.waiting[bulkWork].Len() == 0:
		p.passed = 0
	case p.waiting[loginWork].Len() == 0 || p.passed >= bulkShare:
		c, p.passed = bulkWork, 0
	default:
		p.passed++
	}
	first := p.waiting[c].Front()
	if first == nil {
		p.free++
		return
	}
	turn, _ := p.waiting[c].Remove(first).(chan struct{})
	close(turn)
}

package proxy

import (
	"sync"
	"sync/atomic"
)

// exchanges is the set of open exchanges. It is sharded by the users whose credentials they
// are bound to, so that requests do not contend for one mutex.
type exchanges struct {
	shards [64]exchangeShard
	count  atomic.Int64
	empty  atomic.Pointer[chan struct{}] // closed when the set becomes empty; nil: nobody waits for that
}

type exchangeShard struct {
	mu  sync.Mutex
	all map[*exchange]struct{}
	_   [48]byte // keeps shards on separate cache lines
}

func (xs *exchanges) shard(userID int64) *exchangeShard {
	return &xs.shards[uint64(userID)%uint64(len(xs.shards))]
}

// homeShard is the one shard that counts for an exchange that is in several.
func (xs *exchanges) homeShard(x *exchange) *exchangeShard {
	if len(x.identity.bindings) > 0 {
		return xs.shard(x.identity.bindings[0].cred.UserID)
	}
	return xs.shard(x.entry.UserID) // bound to nobody: any shard will do
}

func (xs *exchanges) add(x *exchange) {
	xs.count.Add(1)
	xs.homeShard(x).add(x)
	for i := 1; i < len(x.identity.bindings); i++ {
		xs.shard(x.identity.bindings[i].cred.UserID).add(x)
	}
}

func (xs *exchanges) remove(x *exchange) {
	xs.homeShard(x).remove(x)
	for i := 1; i < len(x.identity.bindings); i++ {
		xs.shard(x.identity.bindings[i].cred.UserID).remove(x)
	}
	if xs.count.Add(-1) == 0 {
		xs.signalEmpty()
	}
}

func (s *exchangeShard) add(x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[*exchange]struct{}{}
	}
	s.all[x] = struct{}{}
}

func (s *exchangeShard) remove(x *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, x)
}

// find returns the exchanges that pick selects: those bound to one user or, with userID 0,
// any.
func (xs *exchanges) find(userID int64, pick func(*exchange) bool) []*exchange {
	if userID != 0 {
		theirs := boundTo(func(cred Credential) bool { return cred.UserID == userID })
		return xs.shard(userID).find(nil, func(x *exchange) bool { return theirs(x) && pick(x) })
	}
	var picked []*exchange
	for i := range xs.shards {
		s := &xs.shards[i]
		// An exchange bound to two users' credentials is in two shards: take it once.
		picked = s.find(picked, func(x *exchange) bool { return xs.homeShard(x) == s && pick(x) })
	}
	return picked
}

func (s *exchangeShard) find(picked []*exchange, pick func(*exchange) bool) []*exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.all {
		if pick(x) {
			picked = append(picked, x)
		}
	}
	return picked
}

// drained returns a channel that is closed once no exchange is left.
func (xs *exchanges) drained() <-chan struct{} {
	empty := make(chan struct{})
	xs.empty.Store(&empty)
	if xs.count.Load() == 0 {
		xs.signalEmpty()
	}
	return empty
}

func (xs *exchanges) signalEmpty() {
	if empty := xs.empty.Swap(nil); empty != nil {
		close(*empty)
	}
}

func endAll(exchanges []*exchange, code uint16) {
	for _, x := range exchanges {
		x.end(code)
	}
}

// boundTo selects the exchanges with a credential that matches.
func boundTo(match func(Credential) bool) func(*exchange) bool {
	return func(x *exchange) bool {
		for _, b := range x.identity.bindings {
			if match(b.cred) {
				return true
			}
		}
		return false
	}
}

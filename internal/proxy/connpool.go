package proxy

import (
	"sync"
	"time"
)

// connPool holds a server's idle connections. The zero value is ready.
type connPool struct {
	mu         sync.Mutex
	idle       []*upstreamConn // the most recently used one is last
	closed     bool
	sweepTimer *time.Timer // runs while there are idle connections
}

const (
	maxIdleConns = 256 // to one server
	// A connection that was idle between two sweeps is closed: after 15 to 30 s.
	sweepInterval = 15 * time.Second
)

// get takes the most recently used connection out of the pool, or returns nil.
func (p *connPool) get() *upstreamConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return c
}

// put keeps a connection for the next request. It returns false if the pool is full or closed.
func (p *connPool) put(c *upstreamConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= maxIdleConns {
		return false
	}
	c.idleSinceSweep = false
	p.idle = append(p.idle, c)
	if p.sweepTimer == nil {
		p.sweepTimer = time.AfterFunc(sweepInterval, p.closeIdle)
	}
	return true
}

// closeIdle closes the connections that were idle since the last sweep.
func (p *connPool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.idle[:0]
	for _, c := range p.idle {
		if c.idleSinceSweep {
			_ = c.netConn.Close()
			continue
		}
		c.idleSinceSweep = true
		kept = append(kept, c)
	}
	clear(p.idle[len(kept):])
	p.idle = kept
	if len(kept) == 0 || p.closed {
		p.sweepTimer = nil
		return
	}
	p.sweepTimer.Reset(sweepInterval)
}

// close closes the idle connections at once, and those in use when they are released.
func (p *connPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, c := range p.idle {
		_ = c.netConn.Close()
	}
	p.idle = nil
	if p.sweepTimer != nil {
		p.sweepTimer.Stop()
	}
}

package ports

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Ports of servers lie below those that systems take for outgoing connections
// (32768 and up on Linux, 49152 elsewhere): the hub itself makes many of those, and
// one could take a port between its choice and the server's listening.
const (
	firstPort = 20000
	lastPort  = 29999
)

// Table is the ports that servers have or are about to have.
type Table struct {
	mu       sync.Mutex
	servers  map[int]int64  // by port
	uids     map[int]uint32 // whose the port is, by port
	byServer map[int64]int
	reached  map[int64]string // nonces of the runs that were verified to listen, by server
	holds    map[int]*hold    // against other hubs of the machine, by port
}

// hold is a port that other hubs give to no server; nil where that cannot be had.
type hold struct{ close func() }

func (h *hold) release() {
	if h != nil {
		h.close()
	}
}

// Pick chooses a loopback port that nobody listens on and no other server has.
func (p *Table) Pick(ctx context.Context, serverID int64, uid uint32) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for attempt := range 400 {
		candidate := firstPort + rand.IntN(lastPort-firstPort+1) //nolint:gosec // only spread, nothing secret
		if attempt >= 300 {
			candidate = 0 // the range is crowded: any
		}
		port, err := tryPort(ctx, candidate)
		if err != nil {
			continue
		}
		if _, taken := p.servers[port]; taken {
			continue
		}
		if held, err := holdPort(port); err == nil {
			p.reserve(port, serverID, uid, held)
			return port, nil
		}
	}
	return 0, errors.New("find a free port on 127.0.0.1: none of 400 was free")
}

func tryPort(ctx context.Context, port int) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	addr, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("listen on %v: not TCP", listener.Addr())
	}
	return addr.Port, nil
}

// IsTaken reports whether no server could listen on the port now.
func IsTaken(ctx context.Context, port int) bool {
	_, err := tryPort(ctx, port)
	return errors.Is(err, syscall.EADDRINUSE)
}

// AnswersAt reports whether somebody listens on the port.
func AnswersAt(ctx context.Context, port int) bool {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// Keep notes that the server has the port already.
func (p *Table) Keep(port int, serverID int64, uid uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letGo(serverID)
	held, _ := holdPort(port) // where another hub gave it away, the server listens there already
	p.reserve(port, serverID, uid, held)
}

// reserve gives the port to the server, which lets go of any other. The caller has
// the mutex.
func (p *Table) reserve(port int, serverID int64, uid uint32, held *hold) {
	if p.servers == nil {
		p.servers, p.uids, p.byServer, p.holds = map[int]int64{}, map[int]uint32{}, map[int64]int{}, map[int]*hold{}
	}
	p.letGo(serverID)
	p.servers[port], p.uids[port], p.byServer[serverID] = serverID, uid, port
	if held != nil {
		p.holds[port] = held
	}
}

// letGo takes the server's port from it. The caller has the mutex.
func (p *Table) letGo(serverID int64) {
	port, ok := p.byServer[serverID]
	if !ok {
		return
	}
	p.holds[port].release()
	delete(p.holds, port)
	delete(p.servers, port)
	delete(p.uids, port)
	delete(p.byServer, serverID)
}

// Free lets go of the server's port.
func (p *Table) Free(serverID int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letGo(serverID)
	delete(p.reached, serverID)
}

// Owner is the uid whose server has the port; false where none has it.
func (p *Table) Owner(port int) (uid uint32, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	uid, ok = p.uids[port]
	return uid, ok
}

// Confirm notes that the run with the nonce was verified to listen on its port.
func (p *Table) Confirm(serverID int64, nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reached == nil {
		p.reached = map[int64]string{}
	}
	p.reached[serverID] = nonce
}

// Confirmed tells whether Confirm noted that of the run.
func (p *Table) Confirmed(serverID int64, nonce string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return nonce != "" && p.reached[serverID] == nonce
}

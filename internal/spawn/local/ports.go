package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"
)

// Ports of servers lie below those that systems take for outgoing connections
// (32768 and up on Linux, 49152 elsewhere): the hub itself makes many of those, and
// one could take a port between its choice and the server's listening.
const (
	firstPort = 20000
	lastPort  = 29999
)

// ports is the ports that servers have or are about to have.
type ports struct {
	mu       sync.Mutex
	servers  map[int]int64  // by port
	uids     map[int]uint32 // whose the port is, by port
	byServer map[int64]int
	reached  map[int64]string // nonces of the runs that were verified to listen, by server
}

// pick chooses a loopback port that nobody listens on and no other server has.
func (p *ports) pick(ctx context.Context, serverID int64, uid uint32) (int, error) {
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
		if _, taken := p.servers[port]; !taken {
			p.reserve(port, serverID, uid)
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

// answersAt reports whether somebody listens on the port.
func answersAt(ctx context.Context, port int) bool {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// reserve returns the port to the server, which lets go of any other. The caller has
// the mutex.
func (p *ports) reserve(port int, serverID int64, uid uint32) {
	if p.servers == nil {
		p.servers, p.uids, p.byServer = map[int]int64{}, map[int]uint32{}, map[int64]int{}
	}
	delete(p.servers, p.byServer[serverID])
	delete(p.uids, p.byServer[serverID])
	p.servers[port], p.uids[port], p.byServer[serverID] = serverID, uid, port
}

func (p *ports) free(serverID int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.servers, p.byServer[serverID])
	delete(p.uids, p.byServer[serverID])
	delete(p.byServer, serverID)
	delete(p.reached, serverID)
}

func (p *ports) owner(port int) (uid uint32, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	uid, ok = p.uids[port]
	return uid, ok
}

// VerifyPeer returns an error if the process that listens at the address of a new connection
// does not belong to the server's user. When a server ends, any process of the machine can
// take its port, and would receive its visitors' cookies until the hub has noticed the end.
func (d *Driver) VerifyPeer(server net.Addr) error {
	if !d.root {
		return nil
	}
	at, ok := server.(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("%v is no TCP address", server)
	}
	uid, ok := d.ports.owner(at.Port)
	if !ok {
		return fmt.Errorf("no server has port %d any more", at.Port)
	}
	if !listensAs(uid, at.Port) {
		return fmt.Errorf("port %d is no longer the server's: uid %d does not listen there", at.Port, uid)
	}
	return nil
}

// confirm notes that the run was verified to listen on its port.
func (p *ports) confirm(rec record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reached == nil {
		p.reached = map[int64]string{}
	}
	p.reached[rec.ServerID] = rec.Nonce
}

func (p *ports) confirmed(rec record) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return rec.Nonce != "" && p.reached[rec.ServerID] == rec.Nonce
}

// loadRecords takes over the servers of a former hub, with their ports, from their records.
func (d *Driver) loadRecords() error {
	records, err := d.files.all()
	if err != nil {
		return err
	}
	d.ports.mu.Lock()
	defer d.ports.mu.Unlock()
	for _, rec := range records {
		d.highest = max(d.highest, rec.ServerID)
		if rec.Port != 0 && (rec.State == starting || rec.State == running) {
			d.ports.reserve(rec.Port, rec.ServerID, rec.UID)
		}
		if p, ok := rec.process(); ok && rec.State == running {
			d.exits.add(rec.ServerID, rec.PID, p.alive)
		}
		if rec.ExclusiveUID && rec.State != stopped {
			d.uidServers.add(rec.UID, rec.ServerID)
		}
	}
	return nil
}

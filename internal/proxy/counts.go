package proxy

import (
	"io"
	"sync/atomic"
)

// Classes counts answers by their status divided by 100; 0 is no answer at all.
type Classes [6]uint64

// Counts is what the proxy has done since it was made, and what is open.
type Counts struct {
	Servers, Services    Classes // requests that were sent on, by their answer's class
	Open                 int64   // requests under way, websockets too
	Websockets           int64
	ToClients, ToServers uint64 // bytes of bodies and websockets
}

// counts is Counts while it grows.
type counts struct {
	servers, services    [6]atomic.Uint64
	websockets           atomic.Int64
	toClients, toServers atomic.Uint64
}

// Counts tells what the proxy has done.
func (p *Proxy) Counts() Counts {
	c := Counts{
		Open: p.flows.count.Load(), Websockets: p.counts.websockets.Load(),
		ToClients: p.counts.toClients.Load(), ToServers: p.counts.toServers.Load(),
	}
	for class := range c.Servers {
		c.Servers[class] = p.counts.servers[class].Load()
		c.Services[class] = p.counts.services[class].Load()
	}
	return c
}

// note counts a flow that is over.
func (c *counts) note(f *flow) {
	class := f.back.status / 100
	if f.upgraded() {
		c.websockets.Add(-1)
		class = 1
	}
	if class < 0 || class > 5 {
		class = 0 // net/http takes statuses up to 999
	}
	if f.entry.ServiceID != 0 {
		c.services[class].Add(1)
		return
	}
	c.servers[class].Add(1)
}

// passed counts bytes of a websocket.
func (c *counts) passed(n int, toServer bool) {
	if n <= 0 {
		return
	}
	if toServer {
		c.toServers.Add(uint64(n))
		return
	}
	c.toClients.Add(uint64(n))
}

// sending counts a request's body on its way to a server.
type sending struct {
	io.ReadCloser
	counts *counts
}

// Read implements io.Reader.
func (s sending) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.counts.passed(n, true)
	return n, err
}

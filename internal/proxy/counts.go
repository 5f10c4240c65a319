package proxy

import (
	"io"
	"sync/atomic"
)

// Classes counts responses by their status divided by 100; 0 is no response at all.
type Classes [6]uint64

// Counts is what the proxy has done since it was made, and what is open.
type Counts struct {
	Servers, Services    Classes // requests that were sent on, by their response's class
	Open                 int64   // open requests, including websockets
	Websockets           int64
	ToClients, ToServers uint64 // bytes of bodies and websockets
}

// counts is Counts in atomic variables.
type counts struct {
	servers, services    [6]atomic.Uint64
	websockets           atomic.Int64
	toClients, toServers atomic.Uint64
}

// Counts returns what the proxy has done so far.
func (p *Proxy) Counts() Counts {
	c := Counts{
		Open: p.exchanges.count.Load(), Websockets: p.counts.websockets.Load(),
		ToClients: p.counts.toClients.Load(), ToServers: p.counts.toServers.Load(),
	}
	for class := range c.Servers {
		c.Servers[class] = p.counts.servers[class].Load()
		c.Services[class] = p.counts.services[class].Load()
	}
	return c
}

// record counts an exchange that is over.
func (c *counts) record(x *exchange) {
	class := x.response.status / 100
	if x.isUpgraded() {
		c.websockets.Add(-1)
		class = 1
	}
	if class < 0 || class > 5 {
		class = 0 // net/http takes statuses up to 999
	}
	if x.entry.ServiceID != 0 {
		c.services[class].Add(1)
		return
	}
	c.servers[class].Add(1)
}

// addBytes counts bytes of a body or a websocket.
func (c *counts) addBytes(n int, toServer bool) {
	if n <= 0 {
		return
	}
	if toServer {
		c.toServers.Add(uint64(n))
		return
	}
	c.toClients.Add(uint64(n))
}

// countingBody is a request's body that counts what a server reads of it.
type countingBody struct {
	io.ReadCloser
	counts *counts
}

// Read implements io.Reader.
func (s countingBody) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.counts.addBytes(n, true)
	return n, err
}

// Package tcptest puts a connection between a test and a server that the test can cut or
// make silent.
package tcptest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy passes TCP connections on to a server. Make it with New.
type Proxy struct {
	Address string // where it listens
	target  string

	mu     sync.Mutex
	down   bool
	silent chan struct{} // nothing passes until it is closed; nil: all does
	conns  []net.Conn
	wg     sync.WaitGroup
}

// New makes a proxy to the target, HOST:PORT, that ends with the test.
func New(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: listener.Addr().String(), target: target}
	p.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.speak()
		p.Cut(true)
		p.wg.Wait()
	})
	return p
}

// ForURL makes a proxy to the server in a URL, and gives the URL that leads through it.
func ForURL(t testing.TB, rawURL string) (p *Proxy, through string) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal("the server's URL cannot be read") // it may hold a password
	}
	p = New(t, u.Host)
	u.Host = p.Address
	return p, u.String()
}

// Cut ends all connections and refuses new ones, or lets them pass again.
func (p *Proxy) Cut(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// Silence holds back what is sent either way, without a word, until the function is called.
func (p *Proxy) Silence() (speak func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = make(chan struct{})
	return p.speak
}

func (p *Proxy) speak() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent != nil {
		close(p.silent)
		p.silent = nil
	}
}

// waits is a writer that holds back what is written while the proxy is silent.
type waits struct {
	*Proxy

	to io.Writer
}

func (w *waits) Write(b []byte) (int, error) {
	w.mu.Lock()
	silent := w.silent
	w.mu.Unlock()
	if silent != nil {
		<-silent
	}
	return w.to.Write(b)
}

func (p *Proxy) serve(near net.Conn) {
	defer func() { _ = near.Close() }()
	far, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	p.mu.Lock()
	if p.down {
		p.mu.Unlock()
		return
	}
	p.conns = append(p.conns, near, far)
	p.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = io.Copy(&waits{p, far}, near); _ = far.Close() })
	wg.Go(func() { _, _ = io.Copy(&waits{p, near}, far); _ = near.Close() })
	wg.Wait()
}

package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// endpoint is one end of a proxied websocket: the client's or the server's. The reverse
// proxy copies between the two.
type endpoint struct {
	conn     io.ReadWriteCloser
	masked   bool // frames written to it are masked: it is the server's
	exchange *exchange
	buffered bytes.Reader // what the client sent before the upgrade; it is read first

	started atomic.Bool // the HTTP upgrade is over: only frames from here on
	closing atomic.Bool // no more data passes

	writeLock chan struct{} // a mutex that can be waited for with a timeout
	frames    frameParser   // of what was written to it
}

func newEndpoint(conn io.ReadWriteCloser, masked bool, x *exchange) *endpoint {
	return &endpoint{conn: conn, masked: masked, exchange: x, writeLock: make(chan struct{}, 1)}
}

// keepAliveConfig makes the kernel detect, within 40 s, a peer that has vanished while no
// data was on its way to it; setUserTimeout is for a client that vanished while some was.
func keepAliveConfig() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 5 * time.Second, Count: 4}
}

// defaultCloseTimeout is how long a peer may take to accept a close frame and to answer it.
const defaultCloseTimeout = 250 * time.Millisecond

// Read reads what this end has sent.
func (ep *endpoint) Read(p []byte) (int, error) {
	ep.started.Store(true)
	if ep.buffered.Len() > 0 {
		return ep.buffered.Read(p)
	}
	n, err := ep.conn.Read(p)
	if ep.closing.Load() {
		return 0, net.ErrClosed
	}
	if n > 0 {
		ep.exchange.touch()
	}
	return n, err
}

// Write sends to this end.
func (ep *endpoint) Write(p []byte) (int, error) {
	ep.writeLock <- struct{}{}
	defer func() { <-ep.writeLock }()
	ep.started.Store(true)
	if ep.closing.Load() {
		return 0, net.ErrClosed
	}
	n, err := ep.conn.Write(p)
	if ep.frames.feed(p[:n]) {
		ep.exchange.use()
	}
	ep.exchange.proxy.counts.addBytes(n, ep.masked)
	return n, err
}

// WriteTo implements io.WriterTo with a small buffer that grows when a read fills it: most
// websockets are idle, and io.Copy's 32 KiB for each direction would be most of a hub's
// memory.
func (ep *endpoint) WriteTo(w io.Writer) (int64, error) {
	const small, large = 2 << 10, 32 << 10
	buf := make([]byte, small)
	var total int64
	for {
		n, err := ep.Read(buf)
		if n > 0 {
			m, werr := w.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				return total, werr
			}
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		if n == len(buf) && n < large {
			buf = make([]byte, large)
		}
	}
}

// Close is called by the reverse proxy at the end of the copying. After stop it does
// nothing: close sends its frame first.
func (ep *endpoint) Close() error {
	if ep.closing.Load() {
		return nil
	}
	return ep.conn.Close()
}

// stop makes reads and writes fail; close has to follow.
func (ep *endpoint) stop() { ep.closing.Store(true) }

// close sends a close frame, if that is possible between two frames, and closes the
// connection, within closeTimeout. stop has been called before.
func (ep *endpoint) close(code uint16) {
	timer := time.AfterFunc(ep.exchange.proxy.closeTimeout, func() { _ = ep.conn.Close() }) // unblocks reads and writes
	defer func() {
		timer.Stop()
		_ = ep.conn.Close()
	}()
	if !ep.started.Load() || !ep.writeFrame(closeFrame(code, ep.masked)) {
		return
	}
	// Closing with unread data in the buffer would reset the connection, and the close frame
	// might be lost: so let a client close first.
	if conn, ok := ep.conn.(net.Conn); ok {
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	}
}

// writeFrame writes a frame between two proxied ones. It returns false if that is not
// possible within closeTimeout.
func (ep *endpoint) writeFrame(frame []byte) bool {
	timer := time.NewTimer(ep.exchange.proxy.closeTimeout)
	defer timer.Stop()
	select {
	case ep.writeLock <- struct{}{}:
		defer func() { <-ep.writeLock }()
	case <-timer.C:
		return false
	}
	if !ep.frames.atBoundary() {
		return false
	}
	_, err := ep.conn.Write(frame)
	return err == nil
}

// newClientEndpoint makes the client's end out of its hijacked connection.
func newClientEndpoint(conn net.Conn, buffered []byte, x *exchange) *endpoint {
	ep := newEndpoint(conn, false, x)
	ep.buffered.Reset(buffered)
	raw := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		raw = t.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(keepAliveConfig())
		setUserTimeout(tcp)
	}
	return ep
}

// hijackedConn is the client's end as the net.Conn that Hijack has to return.
type hijackedConn struct {
	net.Conn
	*endpoint
}

func (b hijackedConn) Read(p []byte) (int, error)         { return b.endpoint.Read(p) }
func (b hijackedConn) Write(p []byte) (int, error)        { return b.endpoint.Write(p) }
func (b hijackedConn) WriteTo(w io.Writer) (int64, error) { return b.endpoint.WriteTo(w) }
func (b hijackedConn) Close() error                       { return b.endpoint.Close() }

var errNoUpgrade = errors.New("server switched protocols without being asked")

// wrapUpgrade makes the server's end out of the body of its 101 response.
func (x *exchange) wrapUpgrade(res *http.Response) error {
	conn, ok := res.Body.(io.ReadWriteCloser)
	if !ok || !x.wantsUpgrade || !isWebsocketUpgrade(res.Header) {
		return errNoUpgrade
	}
	ep := newEndpoint(conn, true, x)
	res.Body = ep
	x.mu.Lock()
	defer x.mu.Unlock()
	x.upstream = ep
	if x.ended {
		return errEnded
	}
	return nil
}

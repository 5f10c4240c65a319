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

// side is one end of a websocket that passes through: the browser's or the
// server's. The reverse proxy copies between the two.
type side struct {
	conn   io.ReadWriteCloser
	masked bool // what is written to it is masked: it is a server
	flow   *flow
	early  bytes.Reader // what the client sent before the switch; it comes first

	begun  atomic.Bool // the handshake is over: only frames from here on
	ending atomic.Bool // nothing passes any more

	writing chan struct{} // holds one while somebody writes: a lock that can be waited for with patience
	frames  frames        // of what was written
}

func newSide(conn io.ReadWriteCloser, masked bool, f *flow) *side {
	return &side{conn: conn, masked: masked, flow: f, writing: make(chan struct{}, 1)}
}

// A peer that vanished without a word is found by these probes, within 40 s where
// nothing is sent to it; giveUp finds a browser to which something is.
func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 5 * time.Second, Count: 4}
}

// defaultClosePatience is how long we wait for a browser to take our close frame and to answer it.
const defaultClosePatience = 250 * time.Millisecond

// Read gives what came from this end.
func (s *side) Read(p []byte) (int, error) {
	s.begun.Store(true)
	if s.early.Len() > 0 {
		return s.early.Read(p)
	}
	n, err := s.conn.Read(p)
	if s.ending.Load() {
		return 0, net.ErrClosed
	}
	if n > 0 {
		s.flow.touch()
	}
	return n, err
}

// Write sends to this end.
func (s *side) Write(p []byte) (int, error) {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.begun.Store(true)
	if s.ending.Load() {
		return 0, net.ErrClosed
	}
	n, err := s.conn.Write(p)
	s.frames.follow(p[:n])
	s.flow.proxy.counts.passed(n, s.masked)
	return n, err
}

// WriteTo copies with a buffer that fits what passes: most websockets are idle most
// of the time, and io.Copy's 32 KiB for each direction would be most of a hub's memory.
func (s *side) WriteTo(w io.Writer) (int64, error) {
	const small, large = 2 << 10, 32 << 10
	buf := make([]byte, small)
	var total int64
	for {
		n, err := s.Read(buf)
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

// Close is how the reverse proxy ends a connection. When we do, we close it after
// the close frame.
func (s *side) Close() error {
	if s.ending.Load() {
		return nil
	}
	return s.conn.Close()
}

func (s *side) shut() { s.ending.Store(true) }

// close sends a close frame, if one can be put in, and closes, within moments.
// shut came before.
func (s *side) close(code uint16) {
	late := time.AfterFunc(s.flow.proxy.closePatience, func() { _ = s.conn.Close() }) // whatever is stuck lets go
	defer func() {
		late.Stop()
		_ = s.conn.Close()
	}()
	if !s.begun.Load() || !s.say(closeFrame(code, s.masked)) {
		return
	}
	// Closing while something unread lies here would reset the connection, and the
	// frame might never be seen: so let a browser go first.
	if conn, ok := s.conn.(net.Conn); ok {
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	}
}

// say puts a frame between two of those that pass, if there is a place.
func (s *side) say(frame []byte) bool {
	patience := time.NewTimer(s.flow.proxy.closePatience)
	defer patience.Stop()
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-patience.C:
		return false
	}
	if !s.frames.between() {
		return false
	}
	_, err := s.conn.Write(frame)
	return err == nil
}

// hijacked makes the browser's side out of its connection.
func hijacked(conn net.Conn, early []byte, f *flow) *side {
	s := newSide(conn, false, f)
	s.early.Reset(early)
	raw := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		raw = t.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(keepAlive())
		giveUp(tcp)
	}
	return s
}

// browserConn is the browser's side as the connection that Hijack has to give.
type browserConn struct {
	net.Conn
	*side
}

func (b browserConn) Read(p []byte) (int, error)         { return b.side.Read(p) }
func (b browserConn) Write(p []byte) (int, error)        { return b.side.Write(p) }
func (b browserConn) WriteTo(w io.Writer) (int64, error) { return b.side.WriteTo(w) }
func (b browserConn) Close() error                       { return b.side.Close() }

var errNoUpgrade = errors.New("server switched protocols without being asked")

// upgradeUpstream wraps the server's side of an upgrade.
func (f *flow) upgradeUpstream(res *http.Response) error {
	conn, ok := res.Body.(io.ReadWriteCloser)
	if !ok || !f.upgrade || !toWebsocket(res.Header) {
		return errNoUpgrade
	}
	s := newSide(conn, true, f)
	res.Body = s
	f.mu.Lock()
	defer f.mu.Unlock()
	f.upstream = s
	if f.ended {
		return errEnded
	}
	return nil
}

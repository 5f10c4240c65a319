package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"syscall"
	"time"
)

// Most requests are a GET without a body. For these, http.Transport spends most of its
// time in passing each request between its two goroutines for a connection. So the proxy
// keeps a pool of its own for them (connPool), whose connections are written and read
// by the goroutine that serves the request; requests are still serialized and responses
// parsed by net/http. All other requests go through the Transport.

// upstreamConn is a pooled connection to a server, used by one request at a time.
type upstreamConn struct {
	netConn        net.Conn
	raw            syscall.RawConn    // of netConn; nil if it has none
	peekFunc       func(uintptr) bool // peek as a func value, made once
	peekBuf        [1]byte
	nothingToRead  bool // set by peek
	br             *bufio.Reader
	bw             *bufio.Writer
	readLimit      int64 // bytes that may still be read; limits headers
	gotBytes       bool  // since the request was sent
	idleSinceSweep bool  // idle at the last sweep of the pool
}

// maxHeaderBytes limits the headers of a server's response.
const maxHeaderBytes = 1 << 20

var errHeaderTooLong = errors.New("the server's response headers are too long")

func newUpstreamConn(conn net.Conn) *upstreamConn {
	c := &upstreamConn{netConn: conn}
	c.br, c.bw = bufio.NewReader(c), bufio.NewWriter(conn)
	if sc, ok := conn.(syscall.Conn); ok {
		c.raw, _ = sc.SyscallConn()
		c.peekFunc = c.peek
	}
	return c
}

// usable reports whether an idle connection can carry another request: the server has not
// closed it and has sent nothing unasked, such as a body after a HEAD, which would be
// taken for the next response.
func (c *upstreamConn) usable() bool {
	return c.raw == nil || c.raw.Read(c.peekFunc) == nil && c.nothingToRead
}

// peek finds out, without blocking, whether there is anything to read. It is raw's callback.
func (c *upstreamConn) peek(fd uintptr) (done bool) {
	_, _, err := syscall.Recvfrom(int(fd), c.peekBuf[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	c.nothingToRead = errors.Is(err, syscall.EAGAIN)
	return true
}

// Read implements io.Reader for br, with the limit on the headers' size.
func (c *upstreamConn) Read(p []byte) (int, error) {
	if c.readLimit <= 0 {
		return 0, errHeaderTooLong
	}
	if int64(len(p)) > c.readLimit {
		p = p[:c.readLimit]
	}
	n, err := c.netConn.Read(p)
	c.readLimit -= int64(n)
	c.gotBytes = c.gotBytes || n > 0
	return n, err
}

// roundTrip sends a request without a body and reads the response's headers.
func (c *upstreamConn) roundTrip(out *http.Request) (*http.Response, error) {
	c.gotBytes, c.readLimit = false, maxHeaderBytes
	if err := out.Write(c.bw); err != nil {
		return nil, err
	}
	if err := c.bw.Flush(); err != nil {
		return nil, err
	}
	for {
		res, err := http.ReadResponse(c.br, out)
		if err != nil {
			return nil, err
		}
		if res.StatusCode >= http.StatusOK || res.StatusCode == http.StatusSwitchingProtocols {
			c.readLimit = math.MaxInt64
			return res, nil
		}
		if trace := httptrace.ContextClientTrace(out.Context()); trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// poolable reports whether a request may use a pooled connection: it sends nothing after
// its headers, and may be sent again if the server has just closed an idle connection.
func (x *exchange) poolable(out *http.Request) bool {
	return (out.Method == http.MethodGet || out.Method == http.MethodHead) && out.Body == nil &&
		!x.wantsUpgrade && x.entry.Upstream.Scheme == "http" && out.Header["Expect"] == nil
}

// sendPooled sends the request over a pooled connection and returns the response; the end
// of its body releases the connection.
func (x *exchange) sendPooled(out *http.Request) (*http.Response, error) {
	x.stopAbort = context.AfterFunc(out.Context(), x.abort)
	for {
		c, fresh, err := x.getConn(out.Context())
		if err != nil {
			return nil, err
		}
		if !x.holdConn(c) {
			return nil, context.Canceled
		}
		res, err := c.roundTrip(out)
		if err == nil {
			x.releaseAtEOF(res, c)
			return res, nil
		}
		if !x.releaseConn(c, false) {
			return nil, context.Canceled
		}
		// A server may close an idle connection at any time: try again with another one,
		// unless it was new or has answered something.
		if fresh || c.gotBytes {
			return nil, err
		}
	}
}

// getConn returns an idle connection to the server, or dials one.
func (x *exchange) getConn(ctx context.Context) (c *upstreamConn, fresh bool, err error) {
	for c = x.entry.pool.get(); c != nil; c = x.entry.pool.get() {
		if c.usable() {
			return c, false, nil
		}
		_ = c.netConn.Close()
	}
	c, err = x.dialConn(ctx)
	return c, true, err
}

// releaseAtEOF makes the end of the response's body release the connection.
func (x *exchange) releaseAtEOF(res *http.Response, c *upstreamConn) {
	body := &connBody{body: res.Body, exchange: x, conn: c}
	body.reuse = !res.Close && res.StatusCode != http.StatusSwitchingProtocols
	if res.Body == http.NoBody {
		body.release(body.reuse)
	}
	res.Body = body
}

// dialConn opens a new connection to the server.
func (x *exchange) dialConn(ctx context.Context) (*upstreamConn, error) {
	ctx, cancel := x.withCancel(ctx)
	defer cancel(nil)
	at := x.entry.Upstream
	port := at.Port()
	if port == "" {
		port = "80"
	}
	conn, err := x.upstreamTransport().dial(ctx, "tcp", net.JoinHostPort(at.Hostname(), port))
	if err != nil {
		return nil, err
	}
	return newUpstreamConn(conn), nil
}

// holdConn makes c the exchange's connection, which end and abort interrupt. It closes c
// and returns false if one of them was called already.
func (x *exchange) holdConn(c *upstreamConn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended || x.aborted {
		_ = c.netConn.Close()
		return false
	}
	x.conn = c
	return true
}

// releaseConn takes the connection from the exchange and puts it back into the pool, or
// closes it. It returns false if the connection was interrupted.
func (x *exchange) releaseConn(c *upstreamConn, reuse bool) bool {
	x.mu.Lock()
	intact := !x.ended && !x.aborted
	x.conn = nil
	x.mu.Unlock()
	// What a server sends unasked must not become the response to the next request.
	if !reuse || !intact || c.br.Buffered() > 0 || !x.entry.pool.put(c) {
		_ = c.netConn.Close()
	}
	return intact
}

// abort interrupts the exchange because the client has closed its connection.
func (x *exchange) abort() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.aborted = true
	x.interruptConn()
}

// interruptConn makes reads and writes on the connection fail. x.mu is held.
func (x *exchange) interruptConn() {
	if x.conn != nil {
		_ = x.conn.netConn.SetDeadline(time.Unix(1, 0))
	}
}

// connBody is the body of a response that arrives over a pooled connection.
type connBody struct {
	body     io.Reader
	exchange *exchange
	conn     *upstreamConn // nil once released
	reuse    bool          // the connection, after the end of the body
}

// Read implements io.Reader.
func (b *connBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil && b.conn != nil && !b.release(b.reuse && errors.Is(err, io.EOF)) {
		return n, context.Canceled
	}
	return n, err
}

// Close implements io.Closer. A body that was not read to its end costs the connection.
func (b *connBody) Close() error {
	b.release(false)
	return nil
}

func (b *connBody) release(reuse bool) bool {
	c := b.conn
	if c == nil {
		return true
	}
	b.conn = nil
	return b.exchange.releaseConn(c, reuse)
}

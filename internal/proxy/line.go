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
	"sync"
	"syscall"
	"time"
)

// Most requests are a GET without a body, and for them http.Transport does too much:
// its two goroutines a connection make three handovers of each request, which is most
// of what a small one costs. So these go over connections of our own, asked and read
// by the goroutine that serves the request; what is written and how answers are read
// is net/http's all the same. Everything else is the Transport's.

// line is a connection to a server, used by one request at a time.
type line struct {
	conn   net.Conn
	raw    syscall.RawConn    // of conn; nil where it has none
	look   func(uintptr) bool // peek, made once
	one    [1]byte
	silent bool // what peek found
	r      *bufio.Reader
	w      *bufio.Writer
	allow  int64 // bytes that may still be read: headers have a limit
	heard  bool  // something came since the request was sent
	rested bool  // it was idle when the pool was swept last
}

var errLongHeader = errors.New("the server's response headers are too long")

func newLine(conn net.Conn) *line {
	l := &line{conn: conn}
	l.r, l.w = bufio.NewReader(l), bufio.NewWriter(conn)
	if c, ok := conn.(syscall.Conn); ok {
		l.raw, _ = c.SyscallConn()
		l.look = l.peek
	}
	return l
}

// quiet tells of an idle line whether it can be used: not closed by the server, and
// nothing came that nobody asked for, as after a HEAD that was answered with a body.
// That would be taken for the next answer.
func (l *line) quiet() bool {
	return l.raw == nil || l.raw.Read(l.look) == nil && l.silent
}

// peek looks whether there is anything to read, and never waits: it is for raw.
func (l *line) peek(fd uintptr) (done bool) {
	_, _, err := syscall.Recvfrom(int(fd), l.one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	l.silent = errors.Is(err, syscall.EAGAIN)
	return true
}

// Read implements io.Reader, for r.
func (l *line) Read(p []byte) (int, error) {
	if l.allow <= 0 {
		return 0, errLongHeader
	}
	if int64(len(p)) > l.allow {
		p = p[:l.allow]
	}
	n, err := l.conn.Read(p)
	l.allow -= int64(n)
	l.heard = l.heard || n > 0
	return n, err
}

// ask sends a request without a body and reads the answer's headers.
func (l *line) ask(out *http.Request) (*http.Response, error) {
	l.heard, l.allow = false, maxHeader
	if err := out.Write(l.w); err != nil {
		return nil, err
	}
	if err := l.w.Flush(); err != nil {
		return nil, err
	}
	for {
		res, err := http.ReadResponse(l.r, out)
		if err != nil {
			return nil, err
		}
		if res.StatusCode >= http.StatusOK || res.StatusCode == http.StatusSwitchingProtocols {
			l.allow = math.MaxInt64
			return res, nil
		}
		if trace := httptrace.ContextClientTrace(out.Context()); trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// fitsLine tells whether a request may go over a line: it has nothing to send after
// its headers, and may be sent again when the connection turns out to be closed.
func (f *flow) fitsLine(out *http.Request) bool {
	return (out.Method == http.MethodGet || out.Method == http.MethodHead) && out.Body == nil &&
		!f.upgrade && f.entry.Upstream.Scheme == "http" && out.Header["Expect"] == nil
}

// exchange sends the request over a line and gives the answer, whose body lets the
// line go.
func (f *flow) exchange(out *http.Request) (*http.Response, error) {
	f.unwatch = context.AfterFunc(out.Context(), f.abandon)
	for {
		l, fresh, err := f.findLine(out.Context())
		if err != nil {
			return nil, err
		}
		if !f.hold(l) {
			return nil, context.Canceled
		}
		res, err := l.ask(out)
		if err == nil {
			f.lendBody(res, l)
			return res, nil
		}
		if !f.letGo(l, false) {
			return nil, context.Canceled
		}
		// A server may close what was idle at any time, so that says nothing about it.
		if fresh || l.heard {
			return nil, err
		}
	}
}

// findLine gives an idle line to the flow's server, or a fresh one.
func (f *flow) findLine(ctx context.Context) (l *line, fresh bool, err error) {
	for l = f.entry.lines.take(); l != nil; l = f.entry.lines.take() {
		if l.quiet() {
			return l, false, nil
		}
		_ = l.conn.Close()
	}
	l, err = f.connect(ctx)
	return l, true, err
}

// lendBody makes the end of the answer's body let the line go.
func (f *flow) lendBody(res *http.Response, l *line) {
	body := &lineBody{body: res.Body, flow: f, line: l}
	body.reuse = !res.Close && res.StatusCode != http.StatusSwitchingProtocols
	if res.Body == http.NoBody {
		body.letGo(body.reuse)
	}
	res.Body = body
}

// connect opens a new line to the flow's server.
func (f *flow) connect(ctx context.Context) (*line, error) {
	ctx, cancel := f.cancellable(ctx)
	defer cancel(nil)
	at := f.entry.Upstream
	port := at.Port()
	if port == "" {
		port = "80"
	}
	conn, err := f.way().dial(ctx, "tcp", net.JoinHostPort(at.Hostname(), port))
	if err != nil {
		return nil, err
	}
	return newLine(conn), nil
}

// hold makes the line the flow's, which whoever ends the flow cuts; false when that
// happened already.
func (f *flow) hold(l *line) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.abandoned {
		_ = l.conn.Close()
		return false
	}
	f.line = l
	return true
}

// letGo takes the line from the flow, to use it again or to close it; false when it
// was cut.
func (f *flow) letGo(l *line, reuse bool) bool {
	f.mu.Lock()
	whole := !f.ended && !f.abandoned
	f.line = nil
	f.mu.Unlock()
	// What a server sends without being asked must not become the next one's answer.
	if !reuse || !whole || l.r.Buffered() > 0 || !f.entry.lines.put(l) {
		_ = l.conn.Close()
	}
	return whole
}

// abandon is called when the client goes.
func (f *flow) abandon() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.abandoned = true
	f.cutLine()
}

// cutLine makes reads and writes of the line fail; mu is held.
func (f *flow) cutLine() {
	if f.line != nil {
		_ = f.line.conn.SetDeadline(time.Unix(1, 0))
	}
}

// lineBody is the body of an answer that comes over a line.
type lineBody struct {
	body  io.Reader
	flow  *flow
	line  *line // nil once it was let go
	reuse bool  // after the end of the body
}

// Read implements io.Reader.
func (b *lineBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil && b.line != nil && !b.letGo(b.reuse && errors.Is(err, io.EOF)) {
		return n, context.Canceled
	}
	return n, err
}

// Close implements io.Closer. What was not read to the end nobody waits for.
func (b *lineBody) Close() error {
	b.letGo(false)
	return nil
}

func (b *lineBody) letGo(reuse bool) bool {
	l := b.line
	if l == nil {
		return true
	}
	b.line = nil
	return b.flow.letGo(l, reuse)
}

// lines are a server's idle connections.
type lines struct {
	mu     sync.Mutex
	idle   []*line // the one used last at the end
	closed bool
	sweep  *time.Timer // runs while there are idle ones
}

const (
	maxHeader    = 1 << 20 // bytes of a server's response headers
	maxIdleLines = 256     // to one server
	// A line that nobody used between two sweeps is closed: after 15 to 30 s.
	sweepLines = 15 * time.Second
)

func (ls *lines) take() *line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	n := len(ls.idle)
	if n == 0 {
		return nil
	}
	l := ls.idle[n-1]
	ls.idle[n-1] = nil
	ls.idle = ls.idle[:n-1]
	return l
}

// put keeps a line for the next request; false when it is not wanted.
func (ls *lines) put(l *line) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.closed || len(ls.idle) >= maxIdleLines {
		return false
	}
	l.rested = false
	ls.idle = append(ls.idle, l)
	if ls.sweep == nil {
		ls.sweep = time.AfterFunc(sweepLines, ls.closeRested)
	}
	return true
}

// closeRested closes the lines that were idle since the last time.
func (ls *lines) closeRested() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	kept := ls.idle[:0]
	for _, l := range ls.idle {
		if l.rested {
			_ = l.conn.Close()
			continue
		}
		l.rested = true
		kept = append(kept, l)
	}
	clear(ls.idle[len(kept):])
	ls.idle = kept
	if len(kept) == 0 || ls.closed {
		ls.sweep = nil
		return
	}
	ls.sweep.Reset(sweepLines)
}

// close closes the idle lines, and those in use once they are let go.
func (ls *lines) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.closed = true
	for _, l := range ls.idle {
		_ = l.conn.Close()
	}
	ls.idle = nil
	if ls.sweep != nil {
		ls.sweep.Stop()
	}
}

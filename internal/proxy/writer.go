package proxy

import (
	"bufio"
	"net"
	"net/http"
)

// writer is the way back to the client. It counts activity, keeps what a server
// says in advance (1xx) to the same rules as its answer, and knows the connection
// once it is upgraded.
type writer struct {
	http.ResponseWriter
	flow   *flow
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if status < 200 {
		w.flow.guard(w.Header())
	} else if w.status == 0 {
		w.status = status
		w.note()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.note()
	n, err := w.ResponseWriter.Write(p)
	w.flow.proxy.counts.passed(n, false)
	return n, err
}

// note counts what succeeds as activity. Redirects and errors do not count, as in
// configurable-http-proxy.
func (w *writer) note() {
	if w.status < 300 {
		w.flow.touch()
	}
}

// Unwrap lets http.ResponseController find what this writer lacks.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker: it hands out the connection with us in between.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	var early []byte
	if n := rw.Reader.Buffered(); n > 0 {
		early, _ = rw.Reader.Peek(n)
	}
	s := hijacked(conn, early, w.flow)
	if !w.flow.proxy.upgraded(w.flow, s) {
		_ = conn.Close()
		return nil, nil, errEnded
	}
	return browserConn{Conn: conn, side: s}, rw, nil
}

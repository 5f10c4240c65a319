package proxy

import (
	"bufio"
	"net"
	"net/http"
)

// responseWriter is the ResponseWriter that the reverse proxy gets. It notes activity,
// filters the headers of informational (1xx) responses like those of the final one, and
// wraps the connection when it is hijacked for a websocket.
type responseWriter struct {
	http.ResponseWriter
	exchange *exchange
	status   int
}

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	if status < 200 {
		w.exchange.filterHeaders(w.Header())
	} else if w.status == 0 {
		w.status = status
		w.countSuccess()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.countSuccess()
	n, err := w.ResponseWriter.Write(p)
	w.exchange.proxy.counts.addBytes(n, false)
	return n, err
}

// countSuccess notes a successful response as activity. Redirects and errors do not count,
// as in configurable-http-proxy.
func (w *responseWriter) countSuccess() {
	if w.status < 300 {
		w.exchange.touch()
		w.exchange.use()
	}
}

// Unwrap lets http.ResponseController find the methods that this type lacks.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker: it returns the connection wrapped in an endpoint.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	var buffered []byte
	if n := rw.Reader.Buffered(); n > 0 {
		buffered, _ = rw.Reader.Peek(n)
	}
	ep := newClientEndpoint(conn, buffered, w.exchange)
	if !w.exchange.proxy.registerUpgrade(w.exchange, ep) {
		_ = conn.Close()
		return nil, nil, errEnded
	}
	return hijackedConn{Conn: conn, endpoint: ep}, rw, nil
}

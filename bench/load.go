package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// exchange is a request, ready to be sent, and what makes its answer a right one.
type exchange struct {
	send   []byte
	status int    // 0 is 200
	want   []byte // in the body
	size   int    // of the body; 0 is any
}

// agent is the browser that exchanges come from. A login form is good for that which opened it.
const agent = "bench"

// get prepares a GET; headers are whole lines without their ends.
func get(host, path string, headers ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n", path, host, agent)
	for _, h := range headers {
		if h != "" {
			fmt.Fprintf(&b, "%s\r\n", h)
		}
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// post prepares a POST of JSON likewise.
func post(host, path, body string, headers ...string) []byte {
	return postOf("application/json", host, path, body, headers...)
}

// postOf is post of another kind of body.
func postOf(kind, host, path, body string, headers ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n", path, host, agent, kind, len(body))
	for _, h := range headers {
		fmt.Fprintf(&b, "%s\r\n", h)
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

func (e *exchange) check(res response) error {
	if want := cmp.Or(e.status, http.StatusOK); res.status != want {
		return fmt.Errorf("status %d: %.300q", res.status, res.body)
	}
	if e.size > 0 && len(res.body) != e.size {
		return fmt.Errorf("a body of %d bytes instead of %d", len(res.body), e.size)
	}
	// A long body is known by its size; searching it would cost more than receiving it.
	if !bytes.Contains(res.body[:min(len(res.body), 64<<10)], e.want) {
		return fmt.Errorf("no %q in %.300q", e.want, res.body)
	}
	return nil
}

// once makes the exchange on a connection of its own, as somebody does who has just come.
func (e *exchange) once(ctx context.Context, addr string) error {
	conn, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = e.over(conn, newResponseReader(conn))
	return err
}

// over makes the exchange on a connection.
func (e *exchange) over(conn net.Conn, answers *responseReader) (response, error) {
	if _, err := conn.Write(e.send); err != nil {
		return response{}, fmt.Errorf("send to %s: %w", conn.RemoteAddr(), err)
	}
	res, err := answers.next()
	if err != nil {
		return res, fmt.Errorf("answer of %s: %w", conn.RemoteAddr(), err)
	}
	if err := e.check(res); err != nil {
		return res, fmt.Errorf("%.100q: %w", e.send, err)
	}
	return res, nil
}

// load is work done by so many connections at once, each asking as soon as it has
// its answer. They stay open, and go round and round the exchanges, each from
// another place on.
type load struct {
	addr      string
	conns     int
	exchanges []exchange
}

// done is what came of it.
type done struct {
	operations int
	took       time.Duration
}

// run works for so long. The first wrong answer ends it.
func (l load) run(ctx context.Context, length time.Duration) (done, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	counts := make([]int, l.conns)
	begun := time.Now()
	for i := range l.conns {
		wg.Go(func() {
			w := worker{load: l, next: i * len(l.exchanges) / l.conns, until: begun.Add(length)}
			n, err := w.work(ctx)
			if err != nil {
				cancel(err)
			}
			counts[i] = n
		})
	}
	wg.Wait()
	result := done{took: time.Since(begun)}
	for _, n := range counts {
		result.operations += n
	}
	return result, context.Cause(ctx)
}

// worker is one of the connections.
type worker struct {
	load
	next  int
	until time.Time
}

func (w *worker) work(ctx context.Context) (operations int, err error) {
	for time.Now().Before(w.until) && ctx.Err() == nil {
		n, err := w.connection(ctx)
		operations += n
		if err != nil {
			return operations, err
		}
	}
	return operations, nil
}

// connection uses one connection until the time is up or the server closes it.
func (w *worker) connection(ctx context.Context) (operations int, err error) {
	conn, err := dial(ctx, w.addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(w.until.Add(patience)); err != nil {
		return 0, err
	}
	answers := newResponseReader(conn)
	for time.Now().Before(w.until) {
		e := &w.exchanges[w.next]
		w.next = (w.next + 1) % len(w.exchanges)
		res, err := e.over(conn, answers)
		if err != nil {
			return operations, err
		}
		operations++
		if res.closes {
			break
		}
	}
	return operations, nil
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

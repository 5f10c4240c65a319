package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/atriumhub/atrium/internal/data"
)

// echo is a notebook server: a websocket that echoes, an event stream that never
// ends, and mirror for the rest.
type echo struct {
	closes chan websocket.StatusCode // how websockets ended, seen from the server
	open   atomic.Int64
}

func newEcho() *echo { return &echo{closes: make(chan websocket.StatusCode, 1000)} }

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/channels"):
		e.channels(w, r)
	case strings.HasSuffix(r.URL.Path, "/events"):
		e.open.Add(1)
		defer e.open.Add(-1)
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		_, _ = fmt.Fprint(w, "data: hello\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		mirror(w, r)
	}
}

func (e *echo) channels(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	c.SetReadLimit(1 << 24)
	e.open.Add(1)
	defer e.open.Add(-1)
	for {
		kind, data, err := c.Read(context.Background())
		if err != nil {
			e.closes <- websocket.CloseStatus(err)
			return
		}
		if err := c.Write(context.Background(), kind, data); err != nil {
			return
		}
	}
}

func (w *world) dial(ctx context.Context, headers ...string) *websocket.Conn {
	w.t.Helper()
	return w.dialAt(ctx, "/user/alice/api/kernels/1/channels", headers...)
}

func (w *world) dialAt(ctx context.Context, path string, headers ...string) *websocket.Conn {
	w.t.Helper()
	h := http.Header{}
	for _, line := range headers {
		k, v, _ := strings.Cut(line, ": ")
		h.Add(k, v)
	}
	c, res, err := websocket.Dial(ctx, w.front.URL+path, &websocket.DialOptions{HTTPHeader: h, HTTPClient: w.client})
	if err != nil {
		w.t.Fatalf("dial: %v", err)
	}
	if res != nil && res.Body != nil {
		_ = res.Body.Close()
	}
	c.SetReadLimit(1 << 24)
	w.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// says sends and waits for the echo.
func says(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		t.Fatalf("write: %v", err)
	}
	_, got, err := c.Read(ctx)
	if err != nil || string(got) != text {
		t.Fatalf("echo of %d bytes: got %d, %v", len(text), len(got), err)
	}
}

// closedWith waits until the hub closes the websocket.
func closedWith(t *testing.T, c *websocket.Conn, want websocket.StatusCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, _, err := c.Read(ctx); websocket.CloseStatus(err) != want {
		t.Fatalf("websocket ended with %v, want a close frame with %d", err, want)
	}
}

const withSession = "Cookie: jupyterhub-session-id=" + aliceSession

func TestWebsocketsPass(t *testing.T) {
	server := newEcho()
	w := newWorld(t, server.ServeHTTP)
	c := w.dial(context.Background(), withSession)
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 3 << 20} {
		says(t, c, strings.Repeat("x", size))
	}
	if err := c.Close(4001, "bye"); err != nil {
		t.Fatal(err)
	}
	if got := <-server.closes; got != 4001 {
		t.Errorf("the server saw %d", got)
	}
}

func TestHalfAbandonedWebsocketsLeaveNothing(t *testing.T) {
	server := newEcho()
	w := newWorld(t, server.ServeHTTP)
	const n = 200
	conns := make([]*websocket.Conn, n)
	var wg sync.WaitGroup
	for i := range conns {
		conns[i] = w.dial(context.Background(), withSession)
	}
	for i, c := range conns {
		wg.Go(func() {
			says(t, c, "hello")
			if i%2 == 0 {
				_ = c.CloseNow() // gone without a word
			}
		})
	}
	wg.Wait()
	eventually(t, "half are gone", func() bool { return w.openExchanges() == n/2 && server.open.Load() == n/2 })
	w.upstream.CloseClientConnections()
	for _, c := range conns {
		_ = c.CloseNow()
	}
	eventually(t, "all are gone", func() bool { return w.openExchanges() == 0 && server.open.Load() == 0 })
	// goleak looks at what is left, see TestMain.
}

func TestBytesSentBeforeTheSwitchArrive(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	conn, err := net.Dial("tcp", w.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// A text frame, masked with zeros, in the same packet as the handshake.
	_, _ = fmt.Fprintf(conn, "GET /user/alice/channels HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\x00\x00\x00\x00hi")
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", res, err)
	}
	_ = res.Body.Close()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	frame := make([]byte, 4)
	if _, err := io.ReadFull(r, frame); err != nil || string(frame) != "\x81\x02hi" {
		t.Errorf("got %q, %v", frame, err)
	}
}

// A server may not switch to a protocol that nobody asked for: nobody would look
// at what passes, and the connection would stay.
func TestOnlyWebsocketsAreUpgraded(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" && r.Header.Get("Upgrade") != "websocket" {
			t.Errorf("the server was asked for %q", r.Header.Get("Upgrade"))
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	for _, headers := range [][]string{
		nil,
		{"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: x"},
		{"Connection: Upgrade", "Upgrade: websocket"},
	} {
		if res, _ := w.get("/user/alice/", headers...); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%v: %d", headers, res.StatusCode)
		}
	}
}

func TestLargeBodiesAreStreamed(t *testing.T) {
	const size = 100 << 20
	block := make([]byte, 64<<10)
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			n, _ := io.Copy(io.Discard, r.Body)
			_, _ = fmt.Fprint(w, n)
			return
		}
		for range size / len(block) {
			_, _ = w.Write(block)
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := w.client.Get(w.front.URL + "/user/alice/big")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if n != size || err != nil {
		t.Fatalf("got %d bytes, %v", n, err)
	}
	_, body := w.do(http.MethodPut, "/user/alice/big", io.LimitReader(zeros{}, size))
	if body != fmt.Sprint(size) {
		t.Errorf("the server received %s bytes", body)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 20<<20 {
		t.Errorf("100 MiB each way allocated %d MiB", grown>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHTTP2In(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(mirror))
	defer server.Close()
	p := New(Options{Hub: http.NotFoundHandler(), Identities: somePeople()})
	p.SetRoutes([]Route{alice(server.URL)})
	front := httptest.NewUnstartedServer(p)
	front.EnableHTTP2 = true
	front.StartTLS()
	defer front.Close()
	defer func() { _ = p.Drain(context.Background()) }()
	req, _ := http.NewRequest(http.MethodGet, front.URL+"/user/alice/a//b%2Fc?x=%zz", nil)
	req.Header.Add("Cookie", "jupyterhub-session-id="+aliceSession)
	req.Header.Add("Cookie", "jupyterhub-hub-login=secret")
	res, err := front.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.ProtoMajor != 2 || !strings.Contains(string(body), `/user/alice/a//b%2Fc?x=%zz`) ||
		!strings.Contains(string(body), aliceSession) || strings.Contains(string(body), "secret") ||
		!strings.Contains(string(body), `"X-Forwarded-Proto":["https"]`) {
		t.Errorf("%s %s", res.Proto, body)
	}
}

func TestActivity(t *testing.T) {
	server := newEcho()
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/redirect"):
			http.Redirect(rw, r, "elsewhere", http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/missing"):
			http.NotFound(rw, r)
		case strings.HasSuffix(r.URL.Path, "/empty"):
			rw.WriteHeader(http.StatusNoContent)
		default:
			server.ServeHTTP(rw, r)
		}
	})
	at := time.Unix(1_700_000_000, 0).UTC()
	seen := map[int64]time.Time{7: at}
	want := func(what string, active, used map[int64]time.Time) {
		t.Helper()
		gotActive, gotUsed := w.proxy.TakeActivity()
		if diff := cmp.Diff(active, gotActive, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: active: %s", what, diff)
		}
		if diff := cmp.Diff(used, gotUsed, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: used: %s", what, diff)
		}
	}
	for _, path := range []string{"lab", "empty", "api/contents/a.ipynb?type=notebook", "api/kernels/7/interrupt", "api/collaboration/session/a", "status"} {
		w.get("/user/alice/" + path)
		want(path, seen, seen)
	}
	for _, path := range []string{"redirect", "missing"} {
		w.get("/user/alice/" + path)
		want(path, nil, nil)
	}
	for _, path := range []string{
		"api/kernels", "api/sessions?1700000000", "api/terminals", "api/kernels/7", "api/status", "api/me", "api/kernelspecs",
		"api/metrics/v1", "api/contents", "api/contents/my%20work?content=1&hash=0", "api/contents/x?type=directory",
		"api/contents/a.ipynb/checkpoints?type=notebook", "ext/poll?no_track_activity=1",
	} {
		w.get("/user/alice/" + path)
		want(path, seen, nil)
	}
	c := w.dial(context.Background(), withSession)
	want("a websocket is opened", nil, nil)
	says(t, c, "hello")
	want("a message", seen, seen)
	want("nothing since", nil, nil)
	reading := c.CloseRead(t.Context()) // pongs are read
	if err := c.Ping(reading); err != nil {
		t.Fatal(err)
	}
	want("ping and pong", seen, nil)
	w.proxy.SetRoutes(nil)
	want("the route went", nil, nil)
}

// What a server tells a page of what the page itself asks for is no use either.
func TestEventsAreNoUse(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	c := w.dialAt(context.Background(), "/user/alice/api/events/channels", withSession)
	says(t, c, "hello")
	if active, used := w.proxy.TakeActivity(); len(active) != 1 || len(used) != 0 {
		t.Errorf("%v, %v", active, used)
	}
}

// The activity of a route that goes is kept.
func TestActivityOutlivesTheRoute(t *testing.T) {
	w := newWorld(t, newEcho().ServeHTTP)
	says(t, w.dial(context.Background(), withSession), "hello")
	w.proxy.SetRoutes(nil)
	if active, used := w.proxy.TakeActivity(); len(active) != 1 || len(used) != 1 {
		t.Errorf("%v, %v", active, used)
	}
}

func TestAClientThatLeavesIsNoFailureOfTheServer(t *testing.T) {
	asked := make(chan struct{})
	gone := make(chan struct{})
	w := newWorld(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(gone)
	}, func(o *Options) {
		o.Unavailable = func(http.ResponseWriter, *http.Request, Route, error) { t.Error("called the server unavailable") }
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.front.URL+"/user/alice/x", nil)
	if res, err := w.client.Do(req); err == nil {
		_ = res.Body.Close()
		t.Error("got an answer")
	}
	<-gone
	eventually(t, "it ends", func() bool { return w.openExchanges() == 0 })
}

func TestWebsocketsOverTLS(t *testing.T) {
	server := httptest.NewServer(newEcho())
	defer server.Close()
	p := New(Options{Hub: http.NotFoundHandler(), Identities: somePeople()})
	p.SetRoutes([]Route{alice(server.URL)})
	front := httptest.NewUnstartedServer(p)
	front.Config.ErrorLog = discard()
	front.StartTLS()
	defer front.Close()
	w := &world{t: t, front: front, client: front.Client()}
	c := w.dial(context.Background(), withSession)
	defer func() { _ = c.CloseNow() }()
	says(t, c, "hello")
	p.Apply(data.Change{Kind: data.SessionRevoked, UserID: 1, Key: "hash-of-session"})
	closedWith(t, c, policyViolation)
	if err := p.Drain(context.Background()); err != nil {
		t.Error(err)
	}
}

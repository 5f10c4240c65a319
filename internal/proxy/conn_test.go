package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// rawServer answers each request on a connection with what answer says, byte by byte.
// An empty answer, or one for which keep is false, closes the connection.
func (w *world) rawServer(answer func(conn, request int, uri string) (text string, keep bool)) *atomic.Int64 {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	var conns, open atomic.Int64
	var wg sync.WaitGroup
	serve := func(conn net.Conn, number int) {
		defer open.Add(-1)
		defer conn.Close()
		r := bufio.NewReader(conn)
		for i := 0; ; i++ {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			text, keep := answer(number, i, req.Method+" "+req.RequestURI)
			_, _ = io.WriteString(conn, text)
			if !keep || text == "" {
				return
			}
		}
	}
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n := int(conns.Add(1))
			open.Add(1)
			wg.Go(func() { serve(conn, n) })
		}
	})
	w.proxy.SetRoutes([]Route{alice("http://" + l.Addr().String())})
	w.t.Cleanup(func() {
		_ = l.Close()
		w.proxy.SetRoutes(nil)
		wg.Wait()
	})
	return &open
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestConnectionsToServersAreUsedAgain(t *testing.T) {
	w := newWorld(t, mirror)
	for name, c := range map[string]struct {
		first string
		keep  bool // by the server
		again bool // used again
	}{
		"with a length":       {okAnswer, true, true},
		"without a body":      {"HTTP/1.1 204 No Content\r\n\r\n", true, true},
		"empty":               {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, true},
		"in chunks":           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true, true},
		"to be closed":        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", true, false},
		"HTTP/1.0":            {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", true, false},
		"until it is closed":  {"HTTP/1.1 200 OK\r\n\r\nok", false, false},
		"closed unannounced":  {okAnswer, false, false},
		"more than was asked": {okAnswer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.rawServer(func(conn, request int, _ string) (string, bool) {
				if conn == 1 && request == 0 {
					return c.first, c.keep
				}
				return fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Conn: %d\r\nContent-Length: 2\r\n\r\nok", conn), true
			})
			if res, body := w.get("/user/alice/a"); body != "" && body != "ok" {
				t.Errorf("first: %d %q", res.StatusCode, body)
			}
			res, body := w.get("/user/alice/b")
			if res.StatusCode != http.StatusOK || body != "ok" || (res.Header.Get("X-Conn") == "1") != c.again {
				t.Errorf("second: %d %q over connection %s", res.StatusCode, body, res.Header.Get("X-Conn"))
			}
		})
	}
}

// What comes after an answer, by mistake or by intent, is nobody's answer.
func TestWhatNobodyAskedForIsDropped(t *testing.T) {
	w := newWorld(t, mirror)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.proxy.SetRoutes([]Route{alice("http://" + l.Addr().String())})
	defer w.proxy.SetRoutes(nil)
	defer l.Close()
	answered := make(chan string, 1)
	go func() { _, body := w.get("/user/alice/a"); answered <- body }()
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, _ = http.ReadRequest(bufio.NewReader(first))
	_, _ = io.WriteString(first, okAnswer)
	if body := <-answered; body != "ok" {
		t.Fatal(body)
	}
	_, _ = io.WriteString(first, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
	go func() { _, body := w.get("/user/alice/b"); answered <- body }()
	second, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	_, _ = http.ReadRequest(bufio.NewReader(second))
	_, _ = io.WriteString(second, okAnswer)
	if body := <-answered; body != "ok" {
		t.Error(body)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	w := newWorld(t, mirror)
	w.rawServer(func(_, request int, asked string) (string, bool) {
		if strings.HasPrefix(asked, "HEAD") {
			return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", true
		}
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Request: %d\r\nContent-Length: 2\r\n\r\nok", request), true
	})
	if res, _ := w.do(http.MethodHead, "/user/alice/a", nil); res.StatusCode != http.StatusOK || res.Header.Get("Content-Length") != "1000" {
		t.Errorf("HEAD: %d %v", res.StatusCode, res.Header)
	}
	if res, body := w.get("/user/alice/a"); body != "ok" || res.Header.Get("X-Request") != "1" {
		t.Errorf("GET: %d %v %q", res.StatusCode, res.Header, body)
	}
}

// What a server sends wrongly is its own trouble, and does not stay.
func TestServersThatSpeakBadly(t *testing.T) {
	w := newWorld(t, mirror)
	for name, c := range map[string]struct {
		answer string
		status int
	}{
		"nothing":          {"", http.StatusServiceUnavailable},
		"no HTTP":          {"220 mail.example\r\n\r\n", http.StatusServiceUnavailable},
		"endless headers":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Pad: "+strings.Repeat("x", 1000)+"\r\n", 1100), http.StatusServiceUnavailable},
		"endless 1xx":      {strings.Repeat("HTTP/1.1 102 Processing\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n", 1100), http.StatusServiceUnavailable},
		"unasked upgrade":  {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", http.StatusServiceUnavailable},
		"early hints":      {"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + okAnswer, http.StatusOK},
		"headers half way": {"HTTP/1.1 200 OK\r\nContent-Le", http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			open := w.rawServer(func(int, int, string) (string, bool) { return c.answer, false })
			if res, body := w.get("/user/alice/a"); res.StatusCode != c.status {
				t.Errorf("%d %q", res.StatusCode, body)
			}
			eventually(t, "the connection is closed", func() bool { return open.Load() == 0 })
		})
	}
}

func TestABodyThatIsCutShortIsNotTakenForWhole(t *testing.T) {
	w := newWorld(t, mirror)
	w.rawServer(func(int, int, string) (string, bool) {
		return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false
	})
	res, err := w.client.Get(w.front.URL + "/user/alice/a")
	if err != nil {
		return // cut before the headers were flushed
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("got %q without an error", body)
	}
}

// A client that leaves in the middle takes the connection to the server with it.
func TestAClientThatLeavesInTheMiddle(t *testing.T) {
	w := newWorld(t, mirror)
	open := w.rawServer(func(int, int, string) (string, bool) {
		return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.front.URL+"/user/alice/a", nil)
		if res, err := w.client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
	eventually(t, "it is on its way", func() bool { return open.Load() == 1 })
	cancel()
	wg.Wait()
	eventually(t, "all is closed", func() bool { return open.Load() == 0 && w.openExchanges() == 0 })
}

func TestIdleConnectionsGoWithTheirRoute(t *testing.T) {
	w := newWorld(t, mirror)
	open := w.rawServer(func(int, int, string) (string, bool) { return okAnswer, true })
	if _, body := w.get("/user/alice/a"); body != "ok" || open.Load() != 1 {
		t.Fatalf("%q, %d connections", body, open.Load())
	}
	w.proxy.SetRoutes(nil)
	eventually(t, "it is closed", func() bool { return open.Load() == 0 })
}

func TestIdleConnectionsAreClosedInTime(t *testing.T) {
	w := newWorld(t, mirror)
	open := w.rawServer(func(int, int, string) (string, bool) { return okAnswer, true })
	if _, body := w.get("/user/alice/a"); body != "ok" {
		t.Fatal(body)
	}
	e, _ := w.proxy.table.Load().match("/user/alice/")
	e.pool.closeIdle()
	w.get("/user/alice/a")
	e.pool.closeIdle()
	if n := open.Load(); n != 1 {
		t.Fatalf("%d connections: one that was used since the last time is closed", n)
	}
	e.pool.closeIdle()
	eventually(t, "it is closed", func() bool { return open.Load() == 0 })
	if _, body := w.get("/user/alice/a"); body != "ok" {
		t.Errorf("afterwards: %q", body)
	}
}

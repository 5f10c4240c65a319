package proxy

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// otherWebsockets is echo, and other handlers of websockets by the last segment: /flood sends
// without end, /silent sends nothing, and /leave closes when leave is closed.
func otherWebsockets(server *echo, leave <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if kind == "channels" {
			server.ServeHTTP(w, r)
			return
		}
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = c.CloseNow() }()
		server.open.Add(1)
		defer server.open.Add(-1)
		switch kind {
		case "leave":
			<-leave
		case "flood":
			for block := make([]byte, 64<<10); err == nil; {
				err = c.Write(r.Context(), websocket.MessageBinary, block)
			}
		default:
			_, _, _ = c.Read(r.Context())
		}
	}
}

// plainWebsocket is a client without a mind of its own: it answers no close frame.
func (w *world) plainWebsocket(path string) *net.TCPConn {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.front.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = fmt.Fprintf(conn, "GET /user/alice/%s HTTP/1.1\r\nHost: x\r\n%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, withSession)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		w.t.Fatalf("%v, %v", res, err)
	}
	_ = res.Body.Close()
	return conn.(*net.TCPConn)
}

// descriptors is how many files and sockets the process has open; 0 where nobody tells.
func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// However the ends of a websocket go, nothing stays of it.
func TestAbandonedWebsocketsLeaveNothing(t *testing.T) {
	const each = 40
	server, leave := newEcho(), make(chan struct{})
	w := newWorld(t, otherWebsockets(server, leave))
	w.get("/user/alice/lab")
	eventually(t, "nothing is on its way", func() bool { return w.openExchanges() == 0 })
	files, goroutines := descriptors(), runtime.NumGoroutine()

	var staying, going []*net.TCPConn // the clients that stay until the server goes, and those that go
	var mu sync.Mutex
	var wg sync.WaitGroup
	open := func(to *[]*net.TCPConn, path string) {
		wg.Go(func() {
			conn := w.plainWebsocket(path)
			mu.Lock()
			defer mu.Unlock()
			*to = append(*to, conn)
		})
	}
	for range each {
		open(&staying, "leave")
		open(&going, "channels")
		open(&going, "silent")
		open(&going, "flood")
		open(&going, "leave")
	}
	wg.Wait()
	defer func() {
		for _, conn := range staying {
			_ = conn.Close()
		}
	}()
	for i, conn := range going {
		switch i % 3 {
		case 0:
			_ = conn.Close()
		case 1:
			_ = conn.SetLinger(0) // a reset
			_ = conn.Close()
		case 2:
			_ = conn.CloseWrite() // it says that it ends, and keeps the connection
			defer conn.Close()
		}
	}
	eventually(t, "those whose client went are gone", func() bool { return w.openExchanges() == each })
	close(leave)
	eventually(t, "all are gone", func() bool { return w.openExchanges() == 0 && server.open.Load() == 0 })
	for _, conn := range append(staying, going...) {
		_ = conn.Close()
	}
	eventually(t, "nothing is left", func() bool {
		w.client.CloseIdleConnections()
		return descriptors() <= files && runtime.NumGoroutine() <= goroutines
	})
}

// A browser that vanishes says nothing at all; the kernel has to find out, in time.
func TestVanishedBrowsersAreLookedFor(t *testing.T) {
	alive := keepAliveConfig()
	if found := alive.Idle + time.Duration(alive.Count)*alive.Interval; !alive.Enable || found > 55*time.Second {
		t.Errorf("a vanished peer is found after %s", found)
	}
}

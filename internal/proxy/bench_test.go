package proxy

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func BenchmarkMatch(b *testing.B) {
	var entries []*entry
	for i := range 10_000 {
		entries = append(entries, &entry{Route: Route{Prefix: "/user/student" + strconv.Itoa(i) + "/"}})
	}
	t := newTable(entries)
	b.ReportAllocs()
	for b.Loop() {
		if e, _ := t.match("/user/student4711/api/contents/a.ipynb"); e == nil {
			b.Fatal("no route")
		}
	}
}

func BenchmarkIdentify(b *testing.B) {
	p := New(Options{Identities: somePeople()})
	r := httptest.NewRequest(http.MethodGet, "/user/alice/api/contents?type=file", nil)
	r.Header.Set("Cookie", "_xsrf=abc; jupyterhub-session-id="+aliceSession+"; jupyterhub-user-alice=\"2|1:0|10:1|21:jupyterhub-user-alice|4:eA==|f\"")
	e := &entry{Route: alice("http://127.0.0.1:1")}
	b.ReportAllocs()
	var id identity
	for b.Loop() {
		p.identify(r, e, &id)
	}
}

// Requests through the proxy as a browser sends them. Client and server do next to
// nothing and allocate nothing, so that what is measured is the proxy's.
func BenchmarkAnswers(b *testing.B) {
	for name, size := range map[string]int{"small": 100, "1MiB": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size))
			front := benchProxy(b, answer)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", front)
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				ask := []byte("GET /user/alice/api/contents?1 HTTP/1.1\r\nHost: " + front + "\r\nUser-Agent: x\r\nAccept: */*\r\n" + withSession + "; _xsrf=2|a|b|1\r\n\r\n")
				r := bufio.NewReaderSize(conn, 64<<10)
				for pb.Next() {
					if _, err := conn.Write(ask); err != nil {
						b.Error(err)
						return
					}
					if err := skip(r, size); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// skip reads headers to their end, and a body of size bytes.
func skip(r *bufio.Reader, size int) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == len("\r\n") {
			_, err := r.Discard(size)
			return err
		}
	}
}

// benchProxy is the address of a proxy to a server that always answers the same.
func benchProxy(b *testing.B, answer []byte) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				for r := bufio.NewReader(conn); skip(r, 0) == nil; {
					if _, err := conn.Write(answer); err != nil {
						return
					}
				}
			})
		}
	})
	p := New(Options{Hub: http.NotFoundHandler(), Identities: somePeople()})
	p.SetRoutes([]Route{alice("http://" + l.Addr().String())})
	front := httptest.NewServer(p)
	b.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		_ = l.Close()
		p.SetRoutes(nil)
		wg.Wait()
	})
	return front.Listener.Addr().String()
}

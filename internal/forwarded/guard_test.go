package forwarded

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
)

// What a peer says of others is taken away unless it is believed. Whether it is, is asked
// once a connection, and only where it matters.
func TestGuard(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	forged := http.Header{"X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}, "X-Forwarded-Port": {"1"}}
	for name, c := range map[string]struct {
		trusted  []netip.Prefix
		header   http.Header
		believe  bool
		want     string // address, scheme, host and port
		asked    int64
		requests int
	}{
		"believed":                 {loopback, forged, true, "192.0.2.1 https evil 1", 1, 3},
		"not believed":             {loopback, forged, false, "127.0.0.1 http hub.example 80", 1, 3},
		"says nothing":             {loopback, http.Header{"X-Other": {"x"}}, false, "127.0.0.1 http hub.example 80", 0, 2},
		"nobody's proxy":           {nil, forged, true, "127.0.0.1 http hub.example 80", 0, 2},
		"one header is as good":    {loopback, http.Header{"X-Forwarded-Port": {"1"}}, false, "127.0.0.1 http hub.example 80", 1, 1},
		"an empty one is a header": {loopback, http.Header{"X-Forwarded-For": {""}}, false, "127.0.0.1 http hub.example 80", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			var server *httptest.Server
			seen := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, ClientAddr(r, c.trusted), " ", Scheme(r, c.trusted), " ", Host(r, c.trusted), " ", Port(r, c.trusted))
			})
			server = httptest.NewUnstartedServer(Guard(seen, c.trusted, func(theirs, ours netip.AddrPort) bool {
				asked.Add(1)
				if !theirs.Addr().IsLoopback() || ours.String() != server.Listener.Addr().String() {
					t.Errorf("the connection is from %s to %s", theirs, ours)
				}
				return c.believe
			}))
			server.Config.ConnContext = ConnContext
			server.Start()
			defer server.Close()
			for range c.requests {
				req, err := http.NewRequest(http.MethodGet, server.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header, req.Host = c.header.Clone(), "hub.example"
				res, err := server.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || string(text) != c.want {
					t.Errorf("it is %q, want %q (%v)", text, c.want, err)
				}
			}
			if n := asked.Load(); n != c.asked {
				t.Errorf("it was asked %d times, want %d", n, c.asked)
			}
		})
	}
}

// Without a context of the connection's own it is asked each time.
func TestGuardOfOneRequest(t *testing.T) {
	asked := 0
	h := Guard(http.NotFoundHandler(), []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, func(theirs, ours netip.AddrPort) bool {
		asked++
		if theirs.String() != "192.0.2.1:1234" || ours.IsValid() {
			t.Errorf("from %s to %s", theirs, ours)
		}
		return false
	})
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1:1234
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if len(r.Header) != 0 {
			t.Errorf("left: %v", r.Header)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

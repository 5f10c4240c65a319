package forwarded

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestBelievesTrustedPeersOnly(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		peer                     string
		header                   map[string][]string
		tls                      bool
		addr, scheme, host, port string
	}{
		"nothing forwarded": {"192.0.2.7:99", nil, false, "192.0.2.7", "http", "hub.example:8000", "8000"},
		"lies of a stranger": {
			"192.0.2.7:99", map[string][]string{"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}, "X-Forwarded-Port": {"1"}},
			false, "192.0.2.7", "http", "hub.example:8000", "8000",
		},
		"one proxy": {
			"127.0.0.1:99", map[string][]string{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"pub.example"}},
			false, "203.0.113.9", "https", "pub.example", "443",
		},
		"two proxies, a lie on the left": {
			"127.0.0.1:99", map[string][]string{"X-Forwarded-For": {"6.6.6.6, 203.0.113.9", "10.1.2.3"}},
			false, "203.0.113.9", "http", "hub.example:8000", "8000",
		},
		"all are trusted":   {"127.0.0.1:99", map[string][]string{"X-Forwarded-For": {"10.1.2.3"}}, false, "10.1.2.3", "http", "hub.example:8000", "8000"},
		"garbage":           {"127.0.0.1:99", map[string][]string{"X-Forwarded-For": {"1.1.1.1, unknown"}}, false, "127.0.0.1", "http", "hub.example:8000", "8000"},
		"with a port":       {"127.0.0.1:99", map[string][]string{"X-Forwarded-For": {"203.0.113.9:4711"}}, false, "203.0.113.9", "http", "hub.example:8000", "8000"},
		"IPv6 with a port":  {"127.0.0.1:99", map[string][]string{"X-Forwarded-For": {"[2001:db8::1]:4711"}}, false, "2001:db8::1", "http", "hub.example:8000", "8000"},
		"mapped IPv4 peer":  {"[::ffff:127.0.0.1]:99", map[string][]string{"X-Forwarded-For": {"203.0.113.9"}}, false, "203.0.113.9", "http", "hub.example:8000", "8000"},
		"TLS here":          {"192.0.2.7:99", nil, true, "192.0.2.7", "https", "hub.example:8000", "8000"},
		"host with a quote": {"127.0.0.1:99", map[string][]string{"X-Forwarded-Host": {`a"b`}}, false, "127.0.0.1", "http", "hub.example:8000", "8000"},
		"port said":         {"127.0.0.1:99", map[string][]string{"X-Forwarded-Port": {"8443"}}, false, "127.0.0.1", "http", "hub.example:8000", "8443"},
		"several protos":    {"127.0.0.1:99", map[string][]string{"X-Forwarded-Proto": {"https, http"}}, false, "127.0.0.1", "https", "hub.example:8000", "8000"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "http://hub.example:8000/", nil)
			r.RemoteAddr = c.peer
			for k, v := range c.header {
				r.Header[k] = v
			}
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			got := [4]string{ClientAddr(r, trusted).String(), Scheme(r, trusted), Host(r, trusted), Port(r, trusted)}
			if want := [4]string{c.addr, c.scheme, c.host, c.port}; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestAUnixSocketHasNoPeer(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "@"
	r.Header.Set("X-Forwarded-For", "1.1.1.1")
	if got := ClientAddr(r, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}); got.IsValid() {
		t.Errorf("got %v, want none", got)
	}
}

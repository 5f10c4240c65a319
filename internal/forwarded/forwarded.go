// Package forwarded tells who asked, over which scheme and for which host, when
// requests may come through proxies of one's own: an ingress, a load balancer. The
// X-Forwarded headers of anybody else are not believed.
package forwarded

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Trusted tells whether the address belongs to one of the networks.
func Trusted(addr netip.Addr, networks []netip.Prefix) bool {
	return addr.IsValid() && slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// Peer is the address at the other end of the connection, not valid where there is
// none (a Unix socket).
func Peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return plain(at.Addr())
}

// ClientAddr is the client's address: the peer's, or behind trusted proxies the
// first one in X-Forwarded-For, read from right to left, that is not theirs. What
// stands further left anybody may have written.
func ClientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	at := Peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !Trusted(at, trusted) {
			break
		}
		next, ok := address(strings.TrimSpace(hop))
		if !ok {
			break
		}
		at = next
	}
	return at
}

// Scheme is "http" or "https", as the client's browser sees it.
func Scheme(r *http.Request, trusted []netip.Prefix) string {
	switch strings.ToLower(first(r, "X-Forwarded-Proto", trusted)) {
	case "https", "wss":
		return "https"
	case "http", "ws":
		return "http"
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// Host is the host, with its port where one was given, that the client asked for.
func Host(r *http.Request, trusted []netip.Prefix) string {
	if host := first(r, "X-Forwarded-Host", trusted); host != "" && !strings.ContainsAny(host, "/\\@?# \t\"'<>") {
		return host
	}
	return r.Host
}

// Port is the port that the client asked for.
func Port(r *http.Request, trusted []netip.Prefix) string {
	if port := first(r, "X-Forwarded-Port", trusted); digits(port) {
		return port
	}
	host := Host(r, trusted)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && digits(host[i+1:]) {
		return host[i+1:]
	}
	if Scheme(r, trusted) == "https" {
		return "443"
	}
	return "80"
}

// first is the leftmost, outermost value of a header that the peer may set.
func first(r *http.Request, name string, trusted []netip.Prefix) string {
	if len(r.Header[name]) == 0 || !Trusted(Peer(r), trusted) {
		return ""
	}
	value, _, _ := strings.Cut(r.Header.Get(name), ",")
	return strings.TrimSpace(value)
}

// address reads one hop: an address, some proxies add the port.
func address(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return plain(a), true
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return plain(a.Addr()), true
	}
	return netip.Addr{}, false
}

// plain brings the several spellings of one address to one.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func digits(s string) bool {
	return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

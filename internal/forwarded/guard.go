package forwarded

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// headers are those that are read here.
func headers() [4]string {
	return [...]string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port"}
}

// Guard takes the X-Forwarded headers away from requests of peers that are not believed,
// although their address is one of those of one's own proxies: on a machine where others
// run programs, loopback is everybody's. believe is asked once a connection, about those
// alone that have such headers and such an address, with both ends' addresses; ours is not
// valid where the server does not know it. The server needs ConnContext.
func Guard(next http.Handler, trusted []netip.Prefix, believe func(theirs, ours netip.AddrPort) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if says(r.Header) && Trusted(Peer(r), trusted) && !believed(r, believe) {
			for _, name := range headers() {
				delete(r.Header, name)
			}
		}
		next.ServeHTTP(w, r)
	})
}

func says(h http.Header) bool {
	for _, name := range headers() {
		if _, ok := h[name]; ok {
			return true
		}
	}
	return false
}

type verdictKey struct{}

// verdict is what was decided of a connection.
type verdict struct {
	once     sync.Once
	believed bool
}

// ConnContext is http.Server's: what Guard has learned of a connection stays with it.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, verdictKey{}, &verdict{})
}

func believed(r *http.Request, believe func(theirs, ours netip.AddrPort) bool) bool {
	v, ok := r.Context().Value(verdictKey{}).(*verdict)
	if !ok {
		v = &verdict{}
	}
	v.once.Do(func() {
		theirs, _ := netip.ParseAddrPort(r.RemoteAddr) // Peer has read it
		var ours netip.AddrPort
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			ours, _ = netip.ParseAddrPort(local.String())
		}
		v.believed = believe(theirs, ours)
	})
	return v.believed
}

package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// trusted tells whether the request came through a proxy whose headers are believed.
func (s *Server) trusted(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(s.opts.TrustedProxies, func(p netip.Prefix) bool {
		return p.Contains(ip.Unmap().WithZone(""))
	})
}

// peer is the address at the other end of the connection.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// address is the client's: the last one in X-Forwarded-For that isn't a trusted
// proxy's, or the peer's.
func (s *Server) address(r *http.Request) string {
	at := peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(at); i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = ip.Unmap().String()
	}
	return at
}

// forwarded is the first value of a header that only a trusted proxy may set.
func (s *Server) forwarded(r *http.Request, name string) string {
	if !s.trusted(peer(r)) {
		return ""
	}
	first, _, _ := strings.Cut(r.Header.Get(name), ",")
	return strings.TrimSpace(first)
}

// host is the host and port that the browser asked for.
func (s *Server) host(r *http.Request) string {
	if host := s.forwarded(r, "X-Forwarded-Host"); host != "" {
		return host
	}
	return r.Host
}

func (s *Server) scheme(r *http.Request) string {
	switch s.forwarded(r, "X-Forwarded-Proto") {
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

// secure tells whether the browser's way here is encrypted, by the public URL where
// one is configured.
func (s *Server) secure(r *http.Request) bool {
	if s.opts.PublicURL != "" {
		return strings.HasPrefix(s.opts.PublicURL, "https://")
	}
	return s.scheme(r) == "https"
}

// origin is scheme://host[:port] as the browser sees it.
func (s *Server) origin(r *http.Request) string { return s.scheme(r) + "://" + s.host(r) }

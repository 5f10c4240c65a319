package httpapi

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/forwarded"
)

// clientAddress is the client's address in canonical form, or the connection's own text if
// that is not an IP address (a Unix socket).
func (s *Server) clientAddress(r *http.Request) string {
	if at := forwarded.ClientAddr(r, s.opts.TrustedProxies); at.IsValid() {
		return at.String()
	}
	return r.RemoteAddr
}

// host is the host and port that the browser asked for.
func (s *Server) host(r *http.Request) string { return forwarded.Host(r, s.opts.TrustedProxies) }

// isHTTPS reports whether the browser uses https, by the public URL if one is configured.
func (s *Server) isHTTPS(r *http.Request) bool {
	if s.opts.PublicURL != "" {
		return strings.HasPrefix(s.opts.PublicURL, "https://")
	}
	return forwarded.Scheme(r, s.opts.TrustedProxies) == "https"
}

// origin is scheme://host[:port] as the browser sees it.
func (s *Server) origin(r *http.Request) string {
	return forwarded.Scheme(r, s.opts.TrustedProxies) + "://" + s.host(r)
}

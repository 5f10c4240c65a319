package httpapi

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/forwarded"
)

// address is the client's, in which no spelling differs; the connection's own text
// where that is none (a Unix socket).
func (s *Server) address(r *http.Request) string {
	if at := forwarded.ClientAddr(r, s.opts.TrustedProxies); at.IsValid() {
		return at.String()
	}
	return r.RemoteAddr
}

// host is the host and port that the browser asked for.
func (s *Server) host(r *http.Request) string { return forwarded.Host(r, s.opts.TrustedProxies) }

// secure tells whether the browser's way here is encrypted, by the public URL where
// one is configured.
func (s *Server) secure(r *http.Request) bool {
	if s.opts.PublicURL != "" {
		return strings.HasPrefix(s.opts.PublicURL, "https://")
	}
	return forwarded.Scheme(r, s.opts.TrustedProxies) == "https"
}

// origin is scheme://host[:port] as the browser sees it.
func (s *Server) origin(r *http.Request) string {
	return forwarded.Scheme(r, s.opts.TrustedProxies) + "://" + s.host(r)
}

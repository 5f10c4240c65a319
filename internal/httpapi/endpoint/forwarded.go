package endpoint

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/forwarded"
)

// ClientAddress is the client's address in canonical form, or the connection's own text if
// that is not an IP address (a Unix socket).
func (e *Env) ClientAddress(r *http.Request) string {
	if at := forwarded.ClientAddr(r, e.opts.TrustedProxies); at.IsValid() {
		return at.String()
	}
	return r.RemoteAddr
}

// Host is the host and port that the browser asked for.
func (e *Env) Host(r *http.Request) string { return forwarded.Host(r, e.opts.TrustedProxies) }

// isHTTPS reports whether the browser uses https, by the public URL if one is configured.
func (e *Env) isHTTPS(r *http.Request) bool {
	if e.opts.PublicURL != "" {
		return strings.HasPrefix(e.opts.PublicURL, "https://")
	}
	return forwarded.Scheme(r, e.opts.TrustedProxies) == "https"
}

// Origin is scheme://host[:port] as the browser sees it.
func (e *Env) Origin(r *http.Request) string {
	return forwarded.Scheme(r, e.opts.TrustedProxies) + "://" + e.Host(r)
}

package endpoint

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// IsOtherHost reports whether the request is for another host than the hub's own, on a site
// where users' servers have hosts of their own. There the hub shows no page and accepts no
// cookie; its API answers on every host, since programs may use other names.
func (e *Env) IsOtherHost(r *http.Request) bool {
	if !e.Site.Subdomains() {
		return false
	}
	name, _, _ := strings.Cut(e.Host(r), ":")
	return !strings.EqualFold(name, e.Site.Hostname())
}

// HubURL is a path of the hub, as an absolute URL if users' servers have hosts of their own.
func (e *Env) HubURL(path string) string {
	if e.Site.Subdomains() {
		return e.Site.Origin + path
	}
	return path
}

// PublicURL is where a path of the site is served: if users and services have hosts of their
// own, an absolute URL there.
func (e *Env) PublicURL(path string) string {
	if !e.Site.Subdomains() {
		return path
	}
	if name, ok := e.SegmentAfter(path, "user/"); ok {
		if name, err := hub.UserName(name); err == nil {
			return e.Site.UserOrigin(name) + path
		}
	}
	if name, ok := e.SegmentAfter(path, "services/"); ok {
		if name, err := hub.ServiceName(name); err == nil {
			return e.Site.ServiceOrigin(name) + path
		}
	}
	return path
}

// SegmentAfter is the unescaped segment that follows a prefix below the site's base.
func (e *Env) SegmentAfter(path, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, e.Base+prefix)
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	name, err := url.PathUnescape(rest)
	return name, err == nil
}

// SubdomainSource is the source of a Content-Security-Policy for all users' hosts.
func (e *Env) SubdomainSource() string {
	scheme, host, _ := strings.Cut(e.Site.Origin, "://")
	return scheme + "://*." + host
}

// isSubdomain reports whether a URL's host is below the hub's own: one for users' servers.
func (e *Env) isSubdomain(host string) bool {
	_, own, _ := strings.Cut(e.Site.Origin, "://")
	return e.Site.Subdomains() && len(host) > len(own)+1 && strings.EqualFold(host[len(host)-len(own)-1:], "."+own)
}

package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// isOtherHost reports whether the request is for another host than the hub's own, on a site
// where users' servers have hosts of their own. There the hub shows no page and accepts no
// cookie; its API answers on every host, since programs may use other names.
func (s *Server) isOtherHost(r *http.Request) bool {
	if !s.site.Subdomains() {
		return false
	}
	name, _, _ := strings.Cut(s.host(r), ":")
	return !strings.EqualFold(name, s.site.Hostname())
}

// hubURL is a path of the hub, as an absolute URL if users' servers have hosts of their own.
func (s *Server) hubURL(path string) string {
	if s.site.Subdomains() {
		return s.site.Origin + path
	}
	return path
}

// redirectIntoHub redirects a path that the hub does not serve to the same below the hub's
// prefix, where a page explains it: /user/ann/lab to /hub/user/ann/lab. Scripts of a notebook
// page cannot follow to another host, and get a response here.
func (s *Server) redirectIntoHub(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if s.redirectToUserName(w, r, path) {
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.writeError(w, r, s.anonymous(r), statusError{status: http.StatusMethodNotAllowed})
		return
	}
	rest, ok := strings.CutPrefix(path, s.base)
	switch {
	case path+"/" == s.hub, path+"/" == s.base:
		rest = ""
	case !ok:
		rest = strings.TrimLeft(path, "/")
	}
	if callOf(r).otherHost && strings.HasPrefix(rest, "user/") && checkNavigation(r, false) != nil && s.wantsJSON(r) {
		s.notRunningJSON(w, r, "")
		return
	}
	target := s.hubURL(s.hub + rest)
	if at := s.publicURL(path); at != path && strings.HasPrefix(rest, "services/") && !callOf(r).otherHost {
		target = at // if it exists, it is there
	}
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

// redirectToUserName redirects to the normalised form of the user's name, /user/ANN/lab to
// /user/ann/lab: the proxy's routes, the server and its cookies have that one only.
func (s *Server) redirectToUserName(w http.ResponseWriter, r *http.Request, path string) (sent bool) {
	raw, ok := s.segmentAfter(path, "user/")
	name, err := hub.UserName(raw)
	if !ok || err != nil || name == raw {
		return false
	}
	s.redirectToServerPath(w, r, replacePrefix(path[len(s.base+"user"):], 1, s.base+"user/"+hub.EscapeName(name)))
	return true
}

// replacePrefix replaces the first n segments of an escaped path by a prefix.
func replacePrefix(path string, n int, prefix string) string {
	for range n {
		_, rest, below := strings.Cut(strings.TrimLeft(path, "/"), "/")
		if path = rest; below {
			path = "/" + rest
		}
	}
	return strings.TrimSuffix(prefix, "/") + path
}

// redirectToServerPath redirects to a path of a server, with the same method.
func (s *Server) redirectToServerPath(w http.ResponseWriter, r *http.Request, path string) {
	status := http.StatusFound
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		status = http.StatusTemporaryRedirect
	}
	redirect(w, status, withQuery(s.publicURL(path), r.URL.RawQuery))
}

// redirectToHubHost redirects from another host to the same page on the hub's host.
func (s *Server) redirectToHubHost(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		at := s.site.Origin + s.hub
		s.writeError(w, r, s.anonymous(r), hub.Errorf(hub.Forbidden, "The hub's pages are at %s.", at).Plainly("The hub's pages are at %s.", at))
		return
	}
	redirect(w, http.StatusFound, s.hubURL(r.URL.RequestURI()))
}

// publicURL is where a path of the site is served: if users and services have hosts of their
// own, an absolute URL there.
func (s *Server) publicURL(path string) string {
	if !s.site.Subdomains() {
		return path
	}
	if name, ok := s.segmentAfter(path, "user/"); ok {
		if name, err := hub.UserName(name); err == nil {
			return s.site.UserOrigin(name) + path
		}
	}
	if name, ok := s.segmentAfter(path, "services/"); ok {
		if name, err := hub.ServiceName(name); err == nil {
			return s.site.ServiceOrigin(name) + path
		}
	}
	return path
}

// segmentAfter is the unescaped segment that follows a prefix below the site's base.
func (s *Server) segmentAfter(path, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, s.base+prefix)
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	name, err := url.PathUnescape(rest)
	return name, err == nil
}

// subdomainSource is the source of a Content-Security-Policy for all users' hosts.
func (s *Server) subdomainSource() string {
	scheme, host, _ := strings.Cut(s.site.Origin, "://")
	return scheme + "://*." + host
}

// isSubdomain reports whether a URL's host is below the hub's own: one for users' servers.
func (s *Server) isSubdomain(host string) bool {
	_, own, _ := strings.Cut(s.site.Origin, "://")
	return s.site.Subdomains() && len(host) > len(own)+1 && strings.EqualFold(host[len(host)-len(own)-1:], "."+own)
}

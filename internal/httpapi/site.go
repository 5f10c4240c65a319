package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// elsewhere tells whether the request is for another host than the hub's own, where
// that matters: people's servers have theirs. There the hub shows no page and knows
// no cookie; its API answers everywhere, since programs come by other names.
func (s *Server) elsewhere(r *http.Request) bool {
	if !s.site.Subdomains() {
		return false
	}
	name, _, _ := strings.Cut(s.host(r), ":")
	return !strings.EqualFold(name, s.site.Hostname())
}

// atHub is a path of the hub's, as a whole URL where that matters.
func (s *Server) atHub(path string) string {
	if s.site.Subdomains() {
		return s.site.Origin + path
	}
	return path
}

// outside sends browsers that ask for something the hub doesn't serve to the hub's
// own page of that name, where they learn why: /user/ann/lab to /hub/user/ann/lab.
// Programs of a notebook page could not follow to another host, and learn it here.
func (s *Server) outside(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if s.toOwnName(w, r, path) {
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.writeError(w, r, s.nobody(r), statusError{status: http.StatusMethodNotAllowed})
		return
	}
	rest, ok := strings.CutPrefix(path, s.base)
	switch {
	case path+"/" == s.hub, path+"/" == s.base:
		rest = ""
	case !ok:
		rest = strings.TrimLeft(path, "/")
	}
	if callOf(r).elsewhere && strings.HasPrefix(rest, "user/") && navigation(r, false) != nil && s.wantsJSON(r) {
		s.notRunningJSON(w, r, "")
		return
	}
	target := s.atHub(s.hub + rest)
	if at := s.place(path); at != path && strings.HasPrefix(rest, "services/") && !callOf(r).elsewhere {
		target = at // there it is, or it is nowhere
	}
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

// toOwnName sends requests for a server to its owner's name as it is: /user/ANN/lab to
// /user/ann/lab. The proxy knows that one alone, and so do the server and its cookies.
func (s *Server) toOwnName(w http.ResponseWriter, r *http.Request, path string) (sent bool) {
	raw, ok := s.segmentAfter(path, "user/")
	name, err := hub.UserName(raw)
	if !ok || err != nil || name == raw {
		return false
	}
	s.toServerPath(w, r, instead(path[len(s.base+"user"):], 1, s.base+"user/"+hub.EscapeName(name)))
	return true
}

// instead puts a prefix in place of the first n segments of an escaped path.
func instead(path string, n int, prefix string) string {
	for range n {
		_, rest, below := strings.Cut(strings.TrimLeft(path, "/"), "/")
		if path = rest; below {
			path = "/" + rest
		}
	}
	return strings.TrimSuffix(prefix, "/") + path
}

// toServerPath repeats the request, whatever its method, at a server's path.
func (s *Server) toServerPath(w http.ResponseWriter, r *http.Request, path string) {
	status := http.StatusFound
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		status = http.StatusTemporaryRedirect
	}
	redirect(w, status, withQuery(s.place(path), r.URL.RawQuery))
}

// toHub sends a browser that asks for a page of the hub on another host to the same
// on the hub's.
func (s *Server) toHub(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		at := s.site.Origin + s.hub
		s.writeError(w, r, s.nobody(r), hub.Errorf(hub.Forbidden, "The hub's pages are at %s.", at).Plainly("The hub's pages are at %s.", at))
		return
	}
	redirect(w, http.StatusFound, s.atHub(r.URL.RequestURI()))
}

// place is where a path of the site is served: a server's at its owner's host, a
// service's at its own, where there is one for each.
func (s *Server) place(path string) string {
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

// segmentAfter is the segment, unescaped, that follows a prefix below the site's base.
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

// below is the source of a Content-Security-Policy for everybody's domains.
func (s *Server) below() string {
	scheme, host, _ := strings.Cut(s.site.Origin, "://")
	return scheme + "://*." + host
}

// endsBelow tells whether a URL's host is one below the hub's own, of somebody's
// servers.
func (s *Server) endsBelow(host string) bool {
	_, own, _ := strings.Cut(s.site.Origin, "://")
	return s.site.Subdomains() && len(host) > len(own)+1 && strings.EqualFold(host[len(host)-len(own)-1:], "."+own)
}

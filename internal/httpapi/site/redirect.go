package site

import (
	"net/http"
	"strings"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// RedirectIntoHub redirects a path that the hub does not serve to the same below the hub's
// prefix, where a page explains it: /user/ann/lab to /hub/user/ann/lab. Scripts of a notebook
// page cannot follow to another host, and get a response here.
func (s *Handlers) RedirectIntoHub(w http.ResponseWriter, r *http.Request) error {
	path := r.URL.EscapedPath()
	if s.redirectToUserName(w, r, path) {
		return nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return endpoint.StatusError{Status: http.StatusMethodNotAllowed}
	}
	rest, ok := strings.CutPrefix(path, s.env.Base)
	switch {
	case path+"/" == s.env.Hub, path+"/" == s.env.Base:
		rest = ""
	case !ok:
		rest = strings.TrimLeft(path, "/")
	}
	if endpoint.CallOf(r).OtherHost && strings.HasPrefix(rest, "user/") && endpoint.CheckNavigation(r, false) != nil && s.wantsJSON(r) {
		s.notRunningJSON(w, r, "")
		return nil
	}
	target := s.env.HubURL(s.env.Hub + rest)
	if at := s.env.PublicURL(path); at != path && strings.HasPrefix(rest, "services/") && !endpoint.CallOf(r).OtherHost {
		target = at // if it exists, it is there
	}
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
	return nil
}

// redirectToUserName redirects to the normalised form of the user's name, /user/ANN/lab to
// /user/ann/lab: the proxy's routes, the server and its cookies have that one only.
func (s *Handlers) redirectToUserName(w http.ResponseWriter, r *http.Request, path string) (sent bool) {
	raw, ok := s.env.SegmentAfter(path, "user/")
	name, err := hub.UserName(raw)
	if !ok || err != nil || name == raw {
		return false
	}
	s.redirectToServerPath(w, r, replacePrefix(path[len(s.env.Base+"user"):], 1, s.env.Base+"user/"+hub.EscapeName(name)))
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
func (s *Handlers) redirectToServerPath(w http.ResponseWriter, r *http.Request, path string) {
	status := http.StatusFound
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		status = http.StatusTemporaryRedirect
	}
	endpoint.Redirect(w, status, endpoint.WithQuery(s.env.PublicURL(path), r.URL.RawQuery))
}

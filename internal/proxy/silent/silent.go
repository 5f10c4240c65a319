// Package silent tells requests that an open page makes by itself from those of its user.
package silent

import (
	"net/http"
	"net/url"
	"strings"
)

// Request reports whether a request is one of those that an open page of Jupyter's makes by itself, again and
// again: it does not count as use of the server. path is the escaped one below the server's prefix.
//
// JupyterLab asks every few seconds which kernels, sessions and terminals there are, and what lies in the folder that
// it shows, which only a request without a type is for; and whenever that comes it writes down how its windows are arranged. Each of these is
// told of at api/events, too.
func Request(r *http.Request, path string) bool {
	if strings.Contains(r.URL.RawQuery, "no_track_activity") { // jupyter_server's own word for it
		return true
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if below, ok := strings.CutPrefix(path, "lab/api/workspaces"); ok && (below == "" || below[0] == '/') {
		return reads || r.Method == http.MethodPut
	}
	if !reads {
		return false
	}
	rest, ok := strings.CutPrefix(path, "api/")
	if !ok {
		return false
	}
	kind, below, _ := strings.Cut(rest, "/")
	switch kind {
	case "status", "me", "kernelspecs", "metrics", "events":
		return true
	case "kernels", "sessions", "terminals":
		return !strings.Contains(below, "/") // below one, channels are what somebody works through
	case "contents":
		return strings.HasSuffix(below, "/checkpoints") || !hasType(r.URL.RawQuery)
	}
	return false
}

// hasType reports whether a query says as what a file is to be opened.
func hasType(query string) bool {
	if !strings.Contains(query, "type=") {
		return false
	}
	values, err := url.ParseQuery(query)
	kind := values.Get("type")
	return err != nil || kind != "" && kind != "directory"
}

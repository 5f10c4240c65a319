// Package secfetch tells what a browser is going to do with a response, by the Sec-Fetch
// headers of the request. Scripts cannot set these, but not all browsers send them: without
// one nothing is known.
package secfetch

import "net/http"

// IsForFrame reports whether the browser will show the response in a frame, to which
// frame-ancestors of a Content-Security-Policy applies.
func IsForFrame(r *http.Request) bool {
	dest := destination(r)
	return dest == "iframe" || dest == "frame"
}

// IsEmbedded reports whether the response would be shown inside another page in any way. That
// page might be able to read it.
func IsEmbedded(r *http.Request) bool {
	switch destination(r) {
	case "object", "embed", "fencedframe":
		return true
	}
	return IsForFrame(r)
}

func destination(r *http.Request) string { return r.Header.Get("Sec-Fetch-Dest") }

package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNext is the most bytes that the place to go on to may have.
const maxNext = 8 << 10

// safeNext makes a path on this site of where a request says to go on to, with its
// query and fragment; empty for what would lead anywhere else, or is malformed. The
// rules are JupyterHub's, and control characters, which browsers drop from URLs,
// are refused besides.
func (s *Server) safeNext(r *http.Request, raw string) string {
	if raw == "" || len(raw) > maxNext || !utf8.ValidString(raw) || strings.ContainsFunc(raw, unicode.IsControl) {
		return ""
	}
	next := strings.ReplaceAll(raw, `\`, "%5C")
	if rest := strings.TrimLeft(next, "/"); len(next)-len(rest) > 2 {
		next = "//" + rest
	}
	if path, ok := s.belowPath(next); ok {
		next = "/" + strings.TrimLeft(path, "/")
	}
	if path, ok := s.ownPath(r, next); ok {
		next = "/" + strings.TrimLeft(path, "/")
	}
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return ""
	}
	return next
}

// ownPath takes this site's own scheme and host off a URL.
func (s *Server) ownPath(r *http.Request, target string) (string, bool) {
	origins := []string{s.origin(r), strings.TrimSuffix(s.opts.PublicURL, "/")}
	for _, origin := range origins {
		scheme, host, ok := strings.Cut(origin, "://")
		if !ok || scheme == "" || host == "" {
			continue
		}
		for _, prefix := range []string{scheme + "://" + host, "//" + host} {
			if len(target) < len(prefix) || !strings.EqualFold(target[:len(prefix)], prefix) {
				continue
			}
			if rest := target[len(prefix):]; rest == "" || strings.ContainsRune("/?#", rune(rest[0])) {
				return rest, true
			}
		}
	}
	return "", false
}

// belowPath takes scheme and host off a URL of somebody's server, which has its own
// host: what is meant is the server, wherever that is. place knows where.
func (s *Server) belowPath(target string) (string, bool) {
	scheme, rest, ok := strings.Cut(target, "//")
	if !ok || scheme != "" && !strings.EqualFold(scheme, "https:") && !strings.EqualFold(scheme, "http:") {
		return "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return rest[end:], s.endsBelow(rest[:end])
}

// nextOf is where the request's query says to go on to, if that is on this site.
func (s *Server) nextOf(r *http.Request) string { return s.safeNext(r, last(r.URL.Query(), "next")) }

// onward is where to go after this request: what its query says, else fallback with
// the query's other parameters.
func (s *Server) onward(r *http.Request, fallback string) string {
	if next := s.nextOf(r); next != "" {
		return s.place(next)
	}
	return withQuery(fallback, r.URL.RawQuery, "next", xsrfCookie)
}

// withQuery adds the parameters of a query, except some, to a URL without a fragment.
func withQuery(target, query string, except ...string) string {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if pair == "" || err != nil || slices.Contains(except, name) {
			continue
		}
		kept = append(kept, pair)
	}
	if len(kept) == 0 {
		return target
	}
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + strings.Join(kept, "&")
}

// withNext adds the place to go on to; none is left out.
func withNext(target, next string) string {
	if next == "" {
		return target
	}
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + url.Values{"next": {next}}.Encode()
}

// redirect sends the browser elsewhere. The target is kept as it is, but for bytes
// that a header cannot hold.
func redirect(w http.ResponseWriter, status int, target string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Location", asciiURL(target))
	w.WriteHeader(status)
}

// asciiURL percent-encodes what isn't printable ASCII.
func asciiURL(target string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(target) {
		if c := target[i]; c > ' ' && c < 0x7f {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', hex[c>>4], hex[c&15]}))
		}
	}
	return b.String()
}

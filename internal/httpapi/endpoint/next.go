package endpoint

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNext limits "next", where to continue after a login, in bytes.
const maxNext = 8 << 10

// SafeNext turns the value of "next" into a path on this site, with its query and fragment;
// "" if it leads anywhere else or is malformed. The rules are JupyterHub's; in addition,
// control characters are refused, which browsers drop from URLs.
func (e *Env) SafeNext(r *http.Request, raw string) string {
	if raw == "" || len(raw) > maxNext || !utf8.ValidString(raw) || strings.ContainsFunc(raw, unicode.IsControl) {
		return ""
	}
	next := strings.ReplaceAll(raw, `\`, "%5C")
	if rest := strings.TrimLeft(next, "/"); len(next)-len(rest) > 2 {
		next = "//" + rest
	}
	if path, ok := e.trimSubdomain(next); ok {
		next = "/" + strings.TrimLeft(path, "/")
	}
	if path, ok := e.trimOwnOrigin(r, next); ok {
		next = "/" + strings.TrimLeft(path, "/")
	}
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return ""
	}
	return next
}

// trimOwnOrigin removes this site's own scheme and host from a URL.
func (e *Env) trimOwnOrigin(r *http.Request, target string) (string, bool) {
	origins := []string{e.Origin(r), strings.TrimSuffix(e.opts.PublicURL, "/")}
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

// trimSubdomain removes scheme and host from a URL on a host for users' servers; PublicURL
// adds those of the server that the path belongs to.
func (e *Env) trimSubdomain(target string) (string, bool) {
	scheme, rest, ok := strings.Cut(target, "//")
	if !ok || scheme != "" && !strings.EqualFold(scheme, "https:") && !strings.EqualFold(scheme, "http:") {
		return "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return rest[end:], e.isSubdomain(rest[:end])
}

// NextParam is "next" in the request's query, if that is on this site; else "".
func (e *Env) NextParam(r *http.Request) string {
	return e.SafeNext(r, LastValue(r.URL.Query(), "next"))
}

// NextURL is where to continue after this request: at "next" in its query, else at fallback
// with the query's other parameters.
func (e *Env) NextURL(r *http.Request, fallback string) string {
	if next := e.NextParam(r); next != "" {
		return e.PublicURL(next)
	}
	return WithQuery(fallback, r.URL.RawQuery, "next", XSRFCookie)
}

// WithQuery adds the parameters of a query, except some, to a URL without a fragment.
func WithQuery(target, query string, except ...string) string {
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

// WithNext adds a parameter "next", unless that is empty.
func WithNext(target, next string) string {
	if next == "" {
		return target
	}
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + url.Values{"next": {next}}.Encode()
}

// Redirect sends the browser elsewhere. The target is kept as it is, but for bytes
// that a header cannot hold.
func Redirect(w http.ResponseWriter, status int, target string) {
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

package proxy

import (
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// Route maps a path prefix to an upstream.
type Route struct {
	Host      string   // without a port, in lower case; empty: any, so that all routes share one origin
	Prefix    string   // escaped, with slashes at both ends: /user/alice/ or /user/alice/gpu/
	ServerID  int64    // 0 for a service's
	UserID    int64    // whose server it is
	ServiceID int64    // 0 for a server's
	Upstream  *url.URL // scheme and host:port; the path is not used
	ClientID  string   // its OAuth client, also the name of its own cookie: jupyterhub-user-alice, service-wiki
}

// entry is a route in use, with its state. As long as a route stays the same it keeps its
// entry, to which open exchanges refer.
type entry struct {
	Route
	seen          *lastSeen   // shared by all entries of a server
	pool          connPool    // idle connections to the server
	loggedCookies loggedNames // the server's cookies that logCookie has logged
}

// isFor reports whether the entry's route is r.
func (e *entry) isFor(r Route) bool {
	return e.Host == r.Host && e.Prefix == r.Prefix && e.ServerID == r.ServerID && e.UserID == r.UserID && e.ServiceID == r.ServiceID &&
		e.ClientID == r.ClientID && e.Upstream.String() == r.Upstream.String()
}

// servedAt reports whether the route is for requests to this host[:port].
func (e *entry) servedAt(host string) bool {
	if e.Host == "" {
		return true
	}
	name, _, _ := strings.Cut(host, ":")
	return strings.EqualFold(name, e.Host)
}

// rewritePrefix gives a matching path the route's own spelling of its prefix: a server that
// serves /user/ann@example.org/ finds nothing at /user/ann%40example.org/.
func (e *entry) rewritePrefix(path string) string {
	if strings.HasPrefix(path, e.Prefix) {
		return path
	}
	rest := path
	for range strings.Count(e.Prefix, "/") { // whole segments match, so both have as many
		_, rest, _ = strings.Cut(rest, "/")
	}
	return e.Prefix + rest
}

// table finds routes by path. It is immutable.
type table struct {
	byKey map[string]*entry // by routeKey of the prefix
	depth int               // segments of the longest prefix
}

func newTable(entries []*entry) *table {
	t := &table{byKey: make(map[string]*entry, len(entries))}
	for _, e := range entries {
		key := routeKey(e.Prefix)
		t.byKey[key] = e
		t.depth = max(t.depth, strings.Count(key, "/"))
	}
	return t
}

// has reports whether the entry is still in use.
func (t *table) has(e *entry) bool { return t.byKey[routeKey(e.Prefix)] == e }

// routeKey is the normalised prefix without the last slash.
func routeKey(prefix string) string {
	var key []byte
	for seg := range strings.SplitSeq(strings.Trim(prefix, "/"), "/") {
		key = appendSegment(append(key, '/'), seg)
	}
	return string(key)
}

// match finds the route with the longest prefix, by whole segments, of an escaped path.
// noSlash is true for a prefix without its last slash. Dot segments are not resolved here:
// see resolvesOnlyTo.
func (t *table) match(path string) (found *entry, noSlash bool) {
	var buf [128]byte
	key := buf[:0]
	for depth := 0; depth < t.depth && strings.HasPrefix(path, "/"); depth++ {
		seg, rest := path[1:], ""
		if i := strings.IndexByte(seg, '/'); i >= 0 {
			seg, rest = seg[:i], seg[i:]
		}
		key = appendSegment(append(key, '/'), seg)
		if e := t.byKey[string(key)]; e != nil {
			found, noSlash = e, rest == ""
		}
		path = rest
	}
	return found, noSlash
}

// resolvesOnlyTo reports whether the path leads to the entry in every way in which a server
// may resolve its dot segments: /user/alice/../bob/ does not, /user/alice/a/../b does.
func (t *table) resolvesOnlyTo(path string, e *entry) bool {
	if !strings.Contains(path, "/.") && !strings.Contains(path, "%") {
		return true
	}
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return false
	}
	if !hasDots(decoded) {
		return true
	}
	for _, reading := range []string{
		resolve(path, false),
		resolve(escapePath(decoded), false),
		resolve(escapePath(decoded), true),
	} {
		if other, _ := t.match(reading); other != e {
			return false
		}
	}
	return true
}

func hasDots(decoded string) bool {
	for seg := range strings.SplitSeq(decoded, "/") {
		if seg == "." || seg == ".." {
			return true
		}
	}
	return false
}

func escapePath(decoded string) string {
	segs := strings.Split(decoded, "/")
	for i, seg := range segs {
		segs[i] = hub.EscapeName(seg)
	}
	return strings.Join(segs, "/")
}

// resolve removes dot segments from an escaped path as RFC 3986 says; with collapse
// empty segments go first, as file systems and muxes have it.
func resolve(path string, collapse bool) string {
	var out []string
	dir := false
	for seg := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		name, err := url.PathUnescape(seg)
		if err != nil {
			name = seg
		}
		dir = name == "" || name == "." || name == ".."
		switch {
		case name == "." || name == "" && collapse:
		case name == "..":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, seg)
		}
	}
	resolved := "/" + strings.Join(out, "/")
	if dir && !strings.HasSuffix(resolved, "/") {
		resolved += "/"
	}
	return resolved
}

// appendSegment appends a segment in normalised form, in which ~, %7E and %7e are the same.
func appendSegment(key []byte, seg string) []byte {
	if strings.IndexFunc(seg, needsEscape) < 0 {
		return append(key, seg...)
	}
	name, err := url.PathUnescape(seg)
	if err != nil {
		return append(key, seg...)
	}
	return append(key, hub.EscapeName(name)...)
}

// needsEscape reports whether hub.EscapeName escapes the character; true for % too.
func needsEscape(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.-~@", r)
}

// isBelow reports whether an escaped path lies at or below a route's prefix for
// everybody who reads it: without dot segments, by whole segments.
func isBelow(path, prefix string) bool {
	if decoded, err := url.PathUnescape(path); err != nil || hasDots(decoded) {
		return false
	}
	t := newTable([]*entry{{Route: Route{Prefix: prefix}}})
	found, _ := t.match(path)
	return found != nil
}

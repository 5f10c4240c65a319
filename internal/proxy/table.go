package proxy

import (
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/atriumhub/atrium/internal/hub"
)

// Route says where requests below a path go.
type Route struct {
	Host      string   // without a port, in lower case; empty: any, so that all routes share one origin
	Prefix    string   // escaped, with slashes at both ends: /user/alice/ or /user/alice/gpu/
	ServerID  int64    // 0 for a service's
	UserID    int64    // whose server it is
	ServiceID int64    // 0 for a server's
	Upstream  *url.URL // scheme and host:port; the path is not used
	ClientID  string   // its OAuth client, also the name of its own cookie: jupyterhub-user-alice, service-wiki
}

// entry is a route in use. As long as a route stays the same, so does its entry,
// which open connections hold on to.
type entry struct {
	Route
	seen  *atomic.Int64 // when it was last active, in microseconds; shared by all entries of a server
	lines lines         // idle connections to the server
	told  told          // which of its cookies the log has spoken of
}

func (e *entry) same(r Route) bool {
	return e.Host == r.Host && e.Prefix == r.Prefix && e.ServerID == r.ServerID && e.UserID == r.UserID && e.ServiceID == r.ServiceID &&
		e.ClientID == r.ClientID && e.Upstream.String() == r.Upstream.String()
}

// servedAt tells whether the route is for requests to this host[:port].
func (e *entry) servedAt(host string) bool {
	if e.Host == "" {
		return true
	}
	name, _, _ := strings.Cut(host, ":")
	return strings.EqualFold(name, e.Host)
}

// spell writes the prefix of a path that leads here as the server knows it: a server
// that serves /user/ann@example.org/ finds nothing at /user/ann%40example.org/.
func (e *entry) spell(path string) string {
	if strings.HasPrefix(path, e.Prefix) {
		return path
	}
	rest := path
	for range strings.Count(e.Prefix, "/") { // whole segments match, so that there are as many
		_, rest, _ = strings.Cut(rest, "/")
	}
	return e.Prefix + rest
}

// table finds routes by path. It never changes once made.
type table struct {
	by    map[string]*entry // by the normalised prefix without the last slash
	depth int               // segments of the longest prefix
}

func newTable(entries []*entry) *table {
	t := &table{by: make(map[string]*entry, len(entries))}
	for _, e := range entries {
		key := routeKey(e.Prefix)
		t.by[key] = e
		t.depth = max(t.depth, strings.Count(key, "/"))
	}
	return t
}

// has tells whether the entry is still in use.
func (t *table) has(e *entry) bool { return t.by[routeKey(e.Prefix)] == e }

func routeKey(prefix string) string {
	var key []byte
	for seg := range strings.SplitSeq(strings.Trim(prefix, "/"), "/") {
		key = appendSegment(append(key, '/'), seg)
	}
	return string(key)
}

// match finds the route with the longest prefix, by whole segments, of an escaped
// path. bare is true for the prefix without its last slash. Dots are segments like
// any other here: see agree.
func (t *table) match(path string) (found *entry, bare bool) {
	var room [128]byte
	key := room[:0]
	for depth := 0; depth < t.depth && strings.HasPrefix(path, "/"); depth++ {
		seg, rest := path[1:], ""
		if i := strings.IndexByte(seg, '/'); i >= 0 {
			seg, rest = seg[:i], seg[i:]
		}
		key = appendSegment(append(key, '/'), seg)
		if e := t.by[string(key)]; e != nil {
			found, bare = e, rest == ""
		}
		path = rest
	}
	return found, bare
}

// agree tells whether the path leads to the entry in every way in which somebody
// behind us may read its dot segments: /user/alice/../bob/ must be nobody's, and
// /user/alice/a/../b is alice's in any reading.
func (t *table) agree(path string, e *entry) bool {
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

// appendSegment appends a segment in the one spelling that the table uses, so that
// ~ and %7E and %7e are the same name.
func appendSegment(key []byte, seg string) []byte {
	if strings.IndexFunc(seg, special) < 0 {
		return append(key, seg...)
	}
	name, err := url.PathUnescape(seg)
	if err != nil {
		return append(key, seg...)
	}
	return append(key, hub.EscapeName(name)...)
}

// special is true for what hub.EscapeName escapes, and the escape itself.
func special(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.-~@", r)
}

// inside tells whether an escaped path lies at or below a route's prefix for
// everybody who reads it: without dot segments, by whole segments.
func inside(path, prefix string) bool {
	if decoded, err := url.PathUnescape(path); err != nil || hasDots(decoded) {
		return false
	}
	t := newTable([]*entry{{Route: Route{Prefix: prefix}}})
	found, _ := t.match(path)
	return found != nil
}

package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
)

// hostPrefix begins the names of cookies that browsers accept for a whole host only.
const hostPrefix = "__Host-"

// cookieVerdict is what the proxy makes of a server's Set-Cookie.
type cookieVerdict struct {
	line   string // the value to send; empty: drop it
	name   string
	reason string // why it was dropped or changed; empty: it is unchanged
}

// Reasons of verdicts, as the log has them.
const (
	reasonTooWide       = "it was meant for more than the server's own address"
	reasonHubName       = "the name is the hub's own"
	reasonHostPrefix    = "the name is for a whole host, which the server does not have to itself"
	reasonForeignDomain = "it was meant for another domain"
	reasonOutsidePath   = "it was meant for a path that is not the server's"
	reasonAmbiguous     = "browsers would not agree on what it says"
)

// checkSetCookie decides on a Set-Cookie of the server at prefix, which the browser asked at
// host. A cookie for a path above the server's, as "Path=/", is narrowed to the server's:
// programs that do not know their prefix send that. A cookie with one of the hub's names,
// for another domain, or for a path outside of the server's is dropped. Where browsers
// parse a value differently, every reading has to be harmless.
func (c cookieRules) checkSetCookie(line, prefix, host string) cookieVerdict {
	pair, attributes, _ := strings.Cut(line, ";")
	name, _, found := strings.Cut(pair, "=")
	name = trimName(name)
	drop := func(reason string) cookieVerdict { return cookieVerdict{name: name, reason: reason} }
	switch {
	case strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return drop(reasonAmbiguous)
	case !found || name == "":
		// Browsers send such a cookie as its value alone, which may look like a whole cookie.
		return cookieVerdict{reason: reasonAmbiguous}
	case c.isHubCookie(name):
		return drop(reasonHubName)
	case hasPrefixFold(name, hostPrefix):
		return drop(reasonHostPrefix) // no browser would accept it with a longer path
	}
	narrowed, path, others := false, "", ""
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(attribute, "=")
		value = strings.Trim(value, " \t\"")
		switch strings.ToLower(trimName(key)) {
		case "domain":
			narrowed = true
			if !domainCovers(value, host) {
				return drop(reasonForeignDomain)
			}
		case "path":
			switch {
			case value == "" || value == prefix || isBelow(value, prefix):
				path = value // without a value it is the request's directory, which is below prefix
			case pathCovers(value, prefix):
				narrowed, path = true, prefix
			default:
				return drop(reasonOutsidePath)
			}
		case "":
		default:
			others += ";" + attribute
		}
	}
	if !narrowed {
		return cookieVerdict{line: line, name: name}
	}
	if path != "" {
		others += "; Path=" + path
	}
	return cookieVerdict{line: pair + others, name: name, reason: reasonTooWide}
}

// trimName is a name without what some parsers strip from its ends.
func trimName(name string) string {
	return strings.TrimFunc(name, func(r rune) bool { return isStripped(r) || r == '"' })
}

// pathCovers reports whether a cookie for this path would be sent to the server at prefix
// and to others. A path that does not begin with a slash counts as none.
func pathCovers(path, prefix string) bool {
	return !strings.HasPrefix(path, "/") || strings.HasPrefix(routeKey(prefix)+"/", strings.TrimSuffix(routeKey(path), "/")+"/")
}

// domainCovers reports whether a cookie for this domain would be sent to the host.
func domainCovers(domain, host string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	host = strings.ToLower((&url.URL{Host: host}).Hostname())
	return domain == "" || domain == host || strings.HasSuffix(host, "."+domain)
}

// filterSetCookies keeps the cookies that the server may set, and logs those that it drops
// or changes.
func (x *exchange) filterSetCookies(h http.Header) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	host := forwarded.Host(x.in, x.proxy.opts.TrustedProxies)
	kept := make([]string, 0, len(lines)+1)
	for _, line := range lines {
		v := x.proxy.cookies.checkSetCookie(line, x.entry.Prefix, host)
		if v.reason != "" {
			x.logCookie(v)
		}
		if v.line != "" && x.identity.inFrame {
			v.line = partitionedCookie(v.line)
		}
		if v.line != "" {
			kept = append(kept, v.line)
		}
	}
	h["Set-Cookie"] = kept
	if len(kept) == 0 {
		delete(h, "Set-Cookie")
	}
}

// logCookie logs, once for each name, that a cookie was dropped or narrowed.
func (x *exchange) logCookie(v cookieVerdict) {
	isNew, isLast := x.entry.loggedCookies.add(hub.Clip(v.name))
	if !isNew {
		return
	}
	log := x.proxy.opts.Logger.With("prefix", x.entry.Prefix)
	if v.line != "" {
		log.InfoContext(x.in.Context(), "a cookie was narrowed to the server's path", "cookie_name", hub.Clip(v.name), "why", v.reason)
	} else {
		log.InfoContext(x.in.Context(), "a cookie was dropped", "cookie_name", hub.Clip(v.name), "why", v.reason)
	}
	if isLast {
		log.InfoContext(x.in.Context(), "cookies of further names are not spoken of")
	}
}

// maxLoggedNames limits how many cookie names of a server are logged.
const maxLoggedNames = 16

// loggedNames is the set of names that were logged. The zero value is ready.
type loggedNames struct {
	mu    sync.Mutex
	names []string
}

// add reports whether the name is new and to be logged, and whether it is the last one that
// is.
func (l *loggedNames) add(name string) (isNew, isLast bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.names) == maxLoggedNames {
		return false, false
	}
	for _, n := range l.names {
		if n == name {
			return false, false
		}
	}
	l.names = append(l.names, name)
	return true, len(l.names) == maxLoggedNames
}

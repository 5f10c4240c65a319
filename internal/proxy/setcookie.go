package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/hub"
)

// hostOnly begins the names of cookies that browsers take for a whole host alone.
const hostOnly = "__Host-"

// ruling is what becomes of a server's Set-Cookie.
type ruling struct {
	line string // what the browser gets; empty: nothing
	name string
	why  string // why that is not what the server sent; empty: it is
}

// Reasons of rulings, as the log has them.
const (
	becauseWide    = "it was meant for more than the server's own address"
	becauseHubs    = "the name is the hub's own"
	becauseHost    = "the name is for a whole host, which the server does not have to itself"
	becauseForeign = "it was meant for another domain"
	becauseBeside  = "it was meant for a path that is not the server's"
	becauseOdd     = "browsers would not agree on what it says"
)

// confine rules on a Set-Cookie of the server at prefix, to which the browser spoke at
// host. What is meant for more than the server, as by "Path=/", is narrowed to it:
// programs that know nothing of their place send that, and mean themselves. One of the
// hub's names, for another domain, or for a path beside the server's, is dropped. Where
// browsers differ in reading a line, each reading has to be harmless.
func (c cookieRules) confine(line, prefix, host string) ruling {
	pair, attributes, _ := strings.Cut(line, ";")
	name, _, found := strings.Cut(pair, "=")
	name = bare(name)
	drop := func(why string) ruling { return ruling{name: name, why: why} }
	switch {
	case strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return drop(becauseOdd)
	case !found || name == "":
		// It is sent as its bare value, which may look like a name and a value.
		return ruling{why: becauseOdd}
	case c.isHubs(name):
		return drop(becauseHubs)
	case hasPrefixFold(name, hostOnly):
		return drop(becauseHost) // with a longer path no browser would take it
	}
	wide, path, others := false, "", ""
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(attribute, "=")
		value = strings.Trim(value, " \t\"")
		switch strings.ToLower(bare(key)) {
		case "domain":
			wide = true
			if !covers(value, host) {
				return drop(becauseForeign)
			}
		case "path":
			switch {
			case value == "" || value == prefix || inside(value, prefix):
				path = value // none at all means that of the request, which is inside
			case above(value, prefix):
				wide, path = true, prefix
			default:
				return drop(becauseBeside)
			}
		case "":
		default:
			others += ";" + attribute
		}
	}
	if !wide {
		return ruling{line: line, name: name}
	}
	if path != "" {
		others += "; Path=" + path
	}
	return ruling{line: pair + others, name: name, why: becauseWide}
}

// bare is a name without what one or the other takes from its ends.
func bare(name string) string {
	return strings.TrimFunc(name, func(r rune) bool { return odd(r) || r == '"' })
}

// above tells whether a cookie for this path would reach the server at prefix and
// others. One that does not begin with a slash is as good as none.
func above(path, prefix string) bool {
	return !strings.HasPrefix(path, "/") || strings.HasPrefix(routeKey(prefix)+"/", strings.TrimSuffix(routeKey(path), "/")+"/")
}

// covers tells whether a cookie for this domain would reach the host.
func covers(domain, host string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	host = strings.ToLower((&url.URL{Host: host}).Hostname())
	return domain == "" || domain == host || strings.HasSuffix(host, "."+domain)
}

// confineCookies lets through what the server may set, and tells the log of the rest.
func (f *flow) confineCookies(h http.Header) {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return
	}
	host := forwarded.Host(f.in, f.proxy.opts.TrustedProxies)
	kept := make([]string, 0, len(lines)+1)
	for _, line := range lines {
		r := f.proxy.cookies.confine(line, f.entry.Prefix, host)
		if r.why != "" {
			f.tellCookie(r)
		}
		if r.line != "" && f.identity.frame {
			r.line = partitioned(r.line)
		}
		if r.line != "" {
			kept = append(kept, r.line)
		}
	}
	h["Set-Cookie"] = kept
	if len(kept) == 0 {
		delete(h, "Set-Cookie")
	}
}

// tellCookie writes down, once for each name, that a cookie is not what the server sent.
func (f *flow) tellCookie(r ruling) {
	say, last := f.entry.told.first(hub.Clip(r.name))
	if !say {
		return
	}
	log := f.proxy.opts.Logger.With("prefix", f.entry.Prefix)
	if r.line != "" {
		log.InfoContext(f.in.Context(), "a cookie was narrowed to the server's path", "cookie_name", hub.Clip(r.name), "why", r.why)
	} else {
		log.InfoContext(f.in.Context(), "a cookie was dropped", "cookie_name", hub.Clip(r.name), "why", r.why)
	}
	if last {
		log.InfoContext(f.in.Context(), "cookies of further names are not spoken of")
	}
}

// maxTold is of how many of a server's cookies the log speaks.
const maxTold = 16

// told remembers of which names somebody was told. The zero value is ready.
type told struct {
	mu    sync.Mutex
	names []string
}

// first tells whether the name is to be spoken of, for the first time, and whether it
// is the last for which that is so.
func (t *told) first(name string) (say, last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.names) == maxTold {
		return false, false
	}
	for _, n := range t.names {
		if n == name {
			return false, false
		}
	}
	t.names = append(t.names, name)
	return true, len(t.names) == maxTold
}

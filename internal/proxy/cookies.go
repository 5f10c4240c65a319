package proxy

import (
	"slices"
	"strings"
)

// Prefixes of the cookies that notebook servers and services set for themselves: a
// service's is named after its OAuth client, in older clients with a prefix.
const (
	userCookies    = "jupyterhub-user-"
	serviceCookies = "jupyterhub-service-"
	clientCookies  = "service-"
	hostCookies    = "__Host-jupyterhub-"
	stateSuffix    = "-oauth-state"
)

// cookieRules decides which cookies a server may receive and set.
type cookieRules struct {
	session string   // the name of the cookie with the session's id
	hub     []string // the names of cookies that only the hub may receive and set
}

// cookiePairs appends the "name=value" texts of Cookie headers to pairs. It is as lenient as
// servers are: Go's parser skips malformed cookies, which then could not be removed.
func cookiePairs(pairs, headers []string) []string {
	for _, h := range headers {
		for pair := range strings.SplitSeq(h, ";") {
			if pair = strings.Trim(pair, " \t"); pair != "" {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs
}

// splitCookie splits a "name=value" text.
func splitCookie(pair string) (name, value string) {
	name, value, _ = strings.Cut(pair, "=")
	return strings.Trim(name, " \t"), strings.Trim(value, " \t")
}

// cookieValues appends the different values of one of the hub's cookies, at most four: a
// script of a notebook server can add more of that name, to hide the right one.
func cookieValues(cookie string, values, pairs []string) []string {
	for _, pair := range pairs {
		name, value := splitCookie(pair)
		if name == cookie && value != "" && len(values) < 4 && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// upstreamCookies is the Cookie header for a server: without the hub's cookies and those of
// other servers, but with the session's id if that is valid. The server's own cookie stays
// only if a credential grants access, the state of its OAuth login always.
func (c cookieRules) upstreamCookies(pairs []string, ownCookie, validSession string, hasAccess bool) string {
	var buf [16]string
	kept := buf[:0]
	hasSession := false
	for _, pair := range pairs {
		name, value := splitCookie(pair)
		switch {
		case strings.ContainsFunc(name, isStripped), c.hidesGuarded(pair, ownCookie):
			continue
		case name == c.session:
			if hasSession || validSession == "" || value != validSession {
				continue
			}
			hasSession = true
		case c.isHubCookie(name):
			continue
		case ownCookie != "" && name == ownCookie:
			if !hasAccess {
				continue
			}
		case ownCookie != "" && strings.HasPrefix(name, ownCookie) && strings.HasPrefix(name[len(ownCookie):], stateSuffix):
		case strings.HasPrefix(name, userCookies), strings.HasPrefix(name, serviceCookies), strings.HasPrefix(name, clientCookies):
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "; ")
}

// isStripped reports whether some parser may strip the character from the ends of a name:
// Tornado strips all of Python's white space in Latin-1, including 0x85 and 0xA0.
func isStripped(r rune) bool { return r <= ' ' || r >= 0x7f }

// hidesGuarded reports whether another parser may find one of the filtered cookies further
// inside the pair: Python's also separates cookies at a space, older ones at a comma.
func (c cookieRules) hidesGuarded(pair, own string) bool {
	for i := 1; i < len(pair); i++ {
		if b := pair[i-1]; b != ',' && b != '"' && !isStripped(rune(b)) {
			continue
		}
		rest := pair[i:]
		if own != "" && strings.HasPrefix(rest, own) || strings.HasPrefix(rest, userCookies) ||
			strings.HasPrefix(rest, serviceCookies) || c.hasHubPrefix(rest) {
			return true
		}
	}
	return false
}

// hasHubPrefix reports whether s begins with the name of one of the hub's cookies.
func (c cookieRules) hasHubPrefix(s string) bool {
	if hasPrefixFold(s, hostCookies) || hasPrefixFold(s, c.session) {
		return true
	}
	for _, name := range c.hub {
		if hasPrefixFold(s, name) {
			return true
		}
	}
	return false
}

// isHubCookie reports whether a cookie of this name is the hub's own. It ignores case,
// because nobody else needs a name that similar.
func (c cookieRules) isHubCookie(name string) bool {
	if strings.EqualFold(name, c.session) || hasPrefixFold(name, hostCookies) {
		return true
	}
	for _, h := range c.hub {
		if strings.EqualFold(name, h) {
			return true
		}
	}
	return false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

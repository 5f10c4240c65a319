package proxy

import (
	"slices"
	"strings"
)

// Every notebook server's and service's own cookie begins with one of these: a
// service's has the name of its OAuth client, in older clients with a prefix.
const (
	userCookies    = "jupyterhub-user-"
	serviceCookies = "jupyterhub-service-"
	clientCookies  = "service-"
	hostCookies    = "__Host-jupyterhub-"
	stateSuffix    = "-oauth-state"
)

// cookieRules says which cookies go where.
type cookieRules struct {
	session string   // the name of the session's id
	hub     []string // names of cookies that only the hub may see and set
}

// cookiePairs splits Cookie headers into "name=value" texts. It is lenient where
// servers are: Go's own parser would drop what it dislikes, and what it does not
// see it cannot take away. It appends them to pairs.
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

func cookieName(pair string) (name, value string) {
	name, value, _ = strings.Cut(pair, "=")
	return strings.Trim(name, " \t"), strings.Trim(value, " \t")
}

// valuesOf appends the different values of a cookie of the hub's, at most a few: a page
// of a notebook server can add some for its own paths, to hide the right one.
func valuesOf(cookie string, values, pairs []string) []string {
	for _, pair := range pairs {
		name, value := cookieName(pair)
		if name == cookie && value != "" && len(values) < 4 && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// upstream is the Cookie header for a server: without the hub's cookies and other
// servers', with the session's id if that is live. The server's own cookie stays
// only where somebody is known who has access; its login in progress always.
func (c cookieRules) upstream(pairs []string, own, liveSession string, reaches bool) string {
	var room [16]string
	kept := room[:0]
	hasSession := false
	for _, pair := range pairs {
		name, value := cookieName(pair)
		switch {
		case strings.ContainsFunc(name, odd), c.hides(pair, own):
			continue
		case name == c.session:
			if hasSession || liveSession == "" || value != liveSession {
				continue
			}
			hasSession = true
		case c.isHubs(name):
			continue
		case own != "" && name == own:
			if !reaches {
				continue
			}
		case own != "" && strings.HasPrefix(name, own) && strings.HasPrefix(name[len(own):], stateSuffix):
		case strings.HasPrefix(name, userCookies), strings.HasPrefix(name, serviceCookies), strings.HasPrefix(name, clientCookies):
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "; ")
}

// odd is true for what some parser may take from the ends of a name: Tornado strips
// all that Python has for white space in Latin-1, 0x85 and 0xA0 among it.
func odd(r rune) bool { return r <= ' ' || r >= 0x7f }

// hides tells whether some other parser may find a guarded cookie further inside
// the pair: Python's takes a space for a separator, older ones a comma.
func (c cookieRules) hides(pair, own string) bool {
	for i := 1; i < len(pair); i++ {
		if b := pair[i-1]; b != ',' && b != '"' && !odd(rune(b)) {
			continue
		}
		rest := pair[i:]
		if own != "" && strings.HasPrefix(rest, own) || strings.HasPrefix(rest, userCookies) ||
			strings.HasPrefix(rest, serviceCookies) || c.beginsLikeHubs(rest) {
			return true
		}
	}
	return false
}

func (c cookieRules) beginsLikeHubs(s string) bool {
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

// isHubs tells whether a cookie of this name is the hub's own. Case is ignored:
// nobody else has business with a name that close.
func (c cookieRules) isHubs(name string) bool {
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

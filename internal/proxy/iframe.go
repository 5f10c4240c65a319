package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/forwarded"
	"github.com/atriumhub/atrium/internal/secfetch"
)

// From a frame in a page of another site, browsers send neither the session cookie nor the
// cookies of notebook servers. So a login inside a frame has a cookie of its own, and the
// cookies that servers set there become Partitioned, with which the browser keeps them
// apart for each site around the frame, and SameSite=None, with which it sends them at all.

// bindFrameSession binds the request to the session of a login inside a frame and returns
// its cookie's value, or "". It also sets id.inFrame.
func (p *Proxy) bindFrameSession(r *http.Request, e *entry, id *identity, pairs []string) (session string) {
	if !p.mayUseFrameCookie(r) {
		return ""
	}
	var buf [4]string
	for _, value := range cookieValues(p.opts.FrameCookie, buf[:0], pairs) {
		if !access.IsFrameSecret(value) {
			continue
		}
		if cred, ok := id.resolved(p.opts.Identities.Session(r.Context(), value)); ok {
			id.bindings = append(id.bindings, binding{secret: value, cred: cred, grantsAccess: p.mayAccess(r.Context(), cred, e)})
			id.inFrame = true
			return value
		}
	}
	id.inFrame = secfetch.IsForFrame(r) && r.Header.Get("Sec-Fetch-Site") == "cross-site"
	return ""
}

// mayUseFrameCookie reports whether the cookie of a login inside a frame is valid for this
// request: for what a frame shows, and for requests of its page to its own origin. A browser
// without partitioned cookies would send it with requests of any site. For websockets, not
// all browsers send Sec-Fetch headers, but they do send Origin.
func (p *Proxy) mayUseFrameCookie(r *http.Request) bool {
	if secfetch.IsForFrame(r) {
		return true
	}
	if r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return r.Header.Get("Sec-Fetch-Dest") != "document"
	}
	if !wantsWebsocket(r) {
		return false
	}
	trusted := p.opts.TrustedProxies
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Scheme == forwarded.Scheme(r, trusted) && strings.EqualFold(origin.Host, forwarded.Host(r, trusted))
}

// partitionedCookie turns a Set-Cookie into one that browsers accept in a frame of another
// site.
func partitionedCookie(line string) string {
	pair, attributes, _ := strings.Cut(line, ";")
	kept := pair
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, _, _ := strings.Cut(attribute, "=")
		switch strings.ToLower(trimName(key)) {
		case "samesite", "secure", "partitioned", "":
		default:
			kept += ";" + attribute
		}
	}
	return kept + "; SameSite=None; Secure; Partitioned"
}

// allowFrameAncestors adds the ancestors to a response's frame-ancestors where those are a
// Jupyter server's default: 'self', or 'none' under jupyterhub-singleuser (notebook). Any
// other policy is the server's own and stays.
func allowFrameAncestors(h http.Header, ancestors []string, notebook bool) {
	const name = "Content-Security-Policy"
	for i, policy := range h[name] {
		directives := strings.Split(policy, ";")
		for n, directive := range directives {
			words := strings.Fields(directive)
			if len(words) != 2 || !strings.EqualFold(words[0], "frame-ancestors") {
				continue
			}
			switch strings.ToLower(words[1]) {
			case "'self'":
				directives[n] = directive + " " + strings.Join(ancestors, " ")
			case "'none'":
				if notebook {
					directives[n] = words[0] + " " + strings.Join(ancestors, " ")
				}
			}
		}
		h[name][i] = strings.Join(directives, ";")
	}
}

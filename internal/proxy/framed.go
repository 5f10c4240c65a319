package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/forwarded"
)

// Where the hub may be shown in frames of other sites, browsers send from there neither
// the session's cookie nor those of notebook servers. So the login there has a cookie
// of its own, and what servers set is made fit for a frame: kept apart by the browser
// for each site around it (Partitioned), and sent there at all (SameSite=None).

// bindFrame binds the request to the session of a login inside a frame, and gives its
// cookie's value; and notes whether the browser shows what is here in such a frame.
func (p *Proxy) bindFrame(r *http.Request, e *entry, id *identity, pairs []string) (session string) {
	if !p.fromFrame(r) {
		return ""
	}
	var few [4]string
	for _, value := range valuesOf(p.opts.FrameCookie, few[:0], pairs) {
		if !app.IsFrameSecret(value) {
			continue
		}
		if cred, ok := id.known(p.opts.Identities.Session(r.Context(), value)); ok {
			id.bonds = append(id.bonds, bond{secret: value, cred: cred, reach: p.mayReach(r.Context(), cred, e)})
			id.frame = true
			return value
		}
	}
	id.frame = intoFrame(r) && r.Header.Get("Sec-Fetch-Site") == "cross-site"
	return ""
}

// intoFrame tells whether the answer is for a frame.
func intoFrame(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return dest == "iframe" || dest == "frame"
}

// fromFrame tells whether the cookie of a login inside a frame counts: for what is
// shown in one, and for what a page there asks of its own origin. A browser that keeps
// it like others would send it with any site's requests. Not all browsers say with
// websockets what else they say; but where they come from.
func (p *Proxy) fromFrame(r *http.Request) bool {
	if intoFrame(r) {
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

// partitioned makes of a Set-Cookie one that a browser takes inside a frame of another
// site.
func partitioned(line string) string {
	pair, attributes, _ := strings.Cut(line, ";")
	kept := pair
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, _, _ := strings.Cut(attribute, "=")
		switch strings.ToLower(bare(key)) {
		case "samesite", "secure", "partitioned", "":
		default:
			kept += ";" + attribute
		}
	}
	return kept + "; SameSite=None; Secure; Partitioned"
}

// admitAncestors lets those who may frame the hub frame what a server has said nothing of
// its own about: Jupyter's servers allow frames of their own origin by default, and
// none when jupyterhub-singleuser runs them. What a server says otherwise stays.
func admitAncestors(h http.Header, list []string, notebook bool) {
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
				directives[n] = directive + " " + strings.Join(list, " ")
			case "'none'":
				if notebook {
					directives[n] = words[0] + " " + strings.Join(list, " ")
				}
			}
		}
		h[name][i] = strings.Join(directives, ";")
	}
}

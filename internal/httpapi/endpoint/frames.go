package endpoint

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/secfetch"
)

// The cookies of a login inside a frame in a page of another site. Browsers keep them apart
// for each such site, and they are valid in frames only.
const (
	FrameSessionCookie   = "atrium-frame-session"
	FrameLoginCookie     = "atrium-frame-login"
	FrameHostLoginCookie = "__Host-" + FrameLoginCookie
	frameXSRFCookie      = "atrium-frame-xsrf"
)

// Framing says which pages may show a route's pages in a frame.
type Framing int

const (
	// FrameNever is none. For all pages where a click can give away rights: authorizations,
	// tokens, passwords, shares, other people's accounts.
	FrameNever Framing = iota
	// FrameListed is those of Options.FrameAncestors.
	FrameListed
	// FrameSubdomains is those on users' own domains too, for pages that only redirect. A page
	// there cannot read where a frame of another origin is redirected to.
	FrameSubdomains
)

// FramingEnabled reports whether other sites may show the hub in frames.
func (e *Env) FramingEnabled() bool { return len(e.opts.FrameAncestors) > 0 }

// MayBeFramed reports whether any page may show the route's pages in a frame. Which ones the
// server cannot see: the browser enforces FrameAncestors.
func (e *Env) MayBeFramed(f Framing) bool {
	switch f {
	case FrameListed:
		return e.FramingEnabled()
	case FrameSubdomains:
		return e.Site.Subdomains()
	case FrameNever:
	}
	return false
}

// FrameAncestors is the sources of pages that may show the response in a frame.
func (e *Env) FrameAncestors(r *http.Request) []string {
	switch f := CallOf(r).Framing; {
	case f == FrameListed:
		return e.opts.FrameAncestors
	case f == FrameSubdomains && e.MayBeFramed(f) && secfetch.IsForFrame(r):
		return e.AllFrameAncestors()
	}
	return nil
}

// AllFrameAncestors is the sources of pages in whose frames the hub shows at least that it
// cannot be shown there.
func (e *Env) AllFrameAncestors() []string {
	own := "'self'"
	if e.Site.Subdomains() {
		own = e.SubdomainSource()
	}
	return append([]string{own}, e.opts.FrameAncestors...)
}

// EmbeddedError refuses a page that would be shown inside another.
type EmbeddedError struct{}

func (EmbeddedError) Error() string { return "This page cannot be shown inside another" }

// mayUseFrameCookies reports whether the cookies of a login inside a frame are valid for this
// request: for what a frame shows, and for requests of the hub's own page there. A browser
// without partitioned cookies sends them with other requests too.
func (e *Env) mayUseFrameCookies(r *http.Request) bool {
	if !e.FramingEnabled() {
		return false
	}
	return secfetch.IsForFrame(r) || r.Header.Get("Sec-Fetch-Site") == "same-origin" && r.Header.Get("Sec-Fetch-Dest") != "document"
}

// isFrameLogin reports whether the cookies that this request sets are for a login inside a
// frame.
func (e *Env) isFrameLogin(r *http.Request) bool {
	return e.FramingEnabled() && e.isHTTPS(r) && secfetch.IsForFrame(r)
}

// sessions are the values of the session cookies that are valid for the request; each has
// to have the name that it was set with.
func (e *Env) sessions(r *http.Request) []string {
	values := slices.DeleteFunc(cookies(r, SessionCookie), access.IsFrameSecret)
	if e.mayUseFrameCookies(r) {
		values = append(values, slices.DeleteFunc(cookies(r, FrameSessionCookie), isNotFrameSecret)...)
	}
	return values
}

func isNotFrameSecret(value string) bool { return !access.IsFrameSecret(value) }

// frameLoginName is the name and path for the login cookie of a login inside a frame.
func (e *Env) frameLoginName() (name, path string) {
	if e.Base == "/" {
		return FrameHostLoginCookie, "/"
	}
	return FrameLoginCookie, e.Hub
}

// isFrameCookie reports whether a cookie is one of those of a login inside a frame.
func isFrameCookie(name string) bool {
	switch name {
	case FrameSessionCookie, FrameLoginCookie, FrameHostLoginCookie, frameXSRFCookie:
		return true
	}
	return false
}

// checkAncestors checks that what frames of other sites need is configured.
func checkAncestors(o Options, site hub.Site) error {
	if len(o.FrameAncestors) == 0 {
		return nil
	}
	if u, err := url.Parse(site.Origin); err != nil || u.Scheme != "https" || !site.Subdomains() {
		return errors.New("frames of other sites need HTTPS, and domains for each person")
	}
	return nil
}

package httpapi

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

// framePolicy says which pages may show a route's pages in a frame.
type framePolicy int

const (
	// frameNever: none. For all pages where a click can give away rights: authorizations,
	// tokens, passwords, shares, other people's accounts.
	frameNever framePolicy = iota
	// frameListed: those of Options.FrameAncestors.
	frameListed
	// frameSubdomains: those on users' own domains too, for pages that only redirect. A page
	// there cannot read where a frame of another origin is redirected to.
	frameSubdomains
)

// framingEnabled reports whether other sites may show the hub in frames.
func (e *Env) framingEnabled() bool { return len(e.opts.FrameAncestors) > 0 }

// mayBeFramed reports whether any page may show the route's pages in a frame. Which ones the
// server cannot see: the browser enforces frameAncestors.
func (e *Env) mayBeFramed(f framePolicy) bool {
	switch f {
	case frameListed:
		return e.framingEnabled()
	case frameSubdomains:
		return e.site.Subdomains()
	case frameNever:
	}
	return false
}

// frameAncestors is the sources of pages that may show the response in a frame.
func (e *Env) frameAncestors(r *http.Request) []string {
	switch f := callOf(r).framing; {
	case f == frameListed:
		return e.opts.FrameAncestors
	case f == frameSubdomains && e.mayBeFramed(f) && secfetch.IsForFrame(r):
		return e.allFrameAncestors()
	}
	return nil
}

// allFrameAncestors is the sources of pages in whose frames the hub shows at least that it
// cannot be shown there.
func (e *Env) allFrameAncestors() []string {
	own := "'self'"
	if e.site.Subdomains() {
		own = e.subdomainSource()
	}
	return append([]string{own}, e.opts.FrameAncestors...)
}

// embeddedError refuses a page that would be shown inside another.
type embeddedError struct{}

func (embeddedError) Error() string { return "This page cannot be shown inside another" }

// mayUseFrameCookies reports whether the cookies of a login inside a frame are valid for this
// request: for what a frame shows, and for requests of the hub's own page there. A browser
// without partitioned cookies sends them with other requests too.
func (e *Env) mayUseFrameCookies(r *http.Request) bool {
	if !e.framingEnabled() {
		return false
	}
	return secfetch.IsForFrame(r) || r.Header.Get("Sec-Fetch-Site") == "same-origin" && r.Header.Get("Sec-Fetch-Dest") != "document"
}

// isFrameLogin reports whether the cookies that this request sets are for a login inside a
// frame.
func (e *Env) isFrameLogin(r *http.Request) bool {
	return e.framingEnabled() && e.isHTTPS(r) && secfetch.IsForFrame(r)
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
	if e.base == "/" {
		return FrameHostLoginCookie, "/"
	}
	return FrameLoginCookie, e.hub
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
func checkAncestors(o envOptions, site hub.Site) error {
	if len(o.FrameAncestors) == 0 {
		return nil
	}
	if u, err := url.Parse(site.Origin); err != nil || u.Scheme != "https" || !site.Subdomains() {
		return errors.New("frames of other sites need HTTPS, and domains for each person")
	}
	return nil
}

package httpapi

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
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
func (s *Server) framingEnabled() bool { return len(s.opts.FrameAncestors) > 0 }

// mayBeFramed reports whether any page may show the route's pages in a frame. Which ones the
// server cannot see: the browser enforces frameAncestors.
func (s *Server) mayBeFramed(f framePolicy) bool {
	switch f {
	case frameListed:
		return s.framingEnabled()
	case frameSubdomains:
		return s.site.Subdomains()
	case frameNever:
	}
	return false
}

// frameAncestors is the sources of pages that may show the response in a frame.
func (s *Server) frameAncestors(r *http.Request) []string {
	switch f := callOf(r).framing; {
	case f == frameListed:
		return s.opts.FrameAncestors
	case f == frameSubdomains && s.mayBeFramed(f) && secfetch.IsForFrame(r):
		return s.allFrameAncestors()
	}
	return nil
}

// allFrameAncestors is the sources of pages in whose frames the hub shows at least that it
// cannot be shown there.
func (s *Server) allFrameAncestors() []string {
	own := "'self'"
	if s.site.Subdomains() {
		own = s.subdomainSource()
	}
	return append([]string{own}, s.opts.FrameAncestors...)
}

// errEmbedded refuses a page that would be shown inside another.
func errEmbedded() error { return embeddedError{} }

type embeddedError struct{}

func (embeddedError) Error() string { return "This page cannot be shown inside another" }

// refuseFrame responds, in a frame that must not show the page itself, with a link to it. The
// response has no XSRF token and does not say who is logged in.
func (s *Server) refuseFrame(w http.ResponseWriter, r *http.Request) error {
	at := s.hubURL(s.hub + "home")
	if r.Method == http.MethodGet {
		at = s.hubURL(withQuery(r.URL.EscapedPath(), r.URL.RawQuery, xsrfCookie))
	}
	return s.pages.Render(w, http.StatusForbidden, pages.Framed{
		Common: pages.Common{Version: s.opts.Version, FramedBy: s.allFrameAncestors()}, URL: at,
	})
}

// mayUseFrameCookies reports whether the cookies of a login inside a frame are valid for this
// request: for what a frame shows, and for requests of the hub's own page there. A browser
// without partitioned cookies sends them with other requests too.
func (s *Server) mayUseFrameCookies(r *http.Request) bool {
	if !s.framingEnabled() {
		return false
	}
	return secfetch.IsForFrame(r) || r.Header.Get("Sec-Fetch-Site") == "same-origin" && r.Header.Get("Sec-Fetch-Dest") != "document"
}

// isFrameLogin reports whether the cookies that this request sets are for a login inside a
// frame.
func (s *Server) isFrameLogin(r *http.Request) bool {
	return s.framingEnabled() && s.isHTTPS(r) && secfetch.IsForFrame(r)
}

// sessions are the values of the session cookies that are valid for the request; each has
// to have the name that it was set with.
func (s *Server) sessions(r *http.Request) []string {
	values := slices.DeleteFunc(cookies(r, SessionCookie), access.IsFrameSecret)
	if s.mayUseFrameCookies(r) {
		values = append(values, slices.DeleteFunc(cookies(r, FrameSessionCookie), isNotFrameSecret)...)
	}
	return values
}

func isNotFrameSecret(value string) bool { return !access.IsFrameSecret(value) }

// frameLoginName is the name and path for the login cookie of a login inside a frame.
func (s *Server) frameLoginName() (name, path string) {
	if s.base == "/" {
		return FrameHostLoginCookie, "/"
	}
	return FrameLoginCookie, s.hub
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

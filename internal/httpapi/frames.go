package httpapi

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// The cookies of a login inside a frame of a page of another site. Browsers keep them
// apart for each site whose page shows the frame, and they count in frames alone.
const (
	FrameSessionCookie   = "atrium-frame-session"
	FrameLoginCookie     = "atrium-frame-login"
	FrameHostLoginCookie = "__Host-" + FrameLoginCookie
	frameXSRFCookie      = "atrium-frame-xsrf"
)

// framing is by whose pages a route's pages may be shown in a frame.
type framing int

const (
	// unframed: nobody's. So it is wherever a click gives away rights: what a client
	// gets, tokens, passwords, shares, other people's accounts.
	unframed framing = iota
	// listed: those of Options.FrameAncestors.
	listed
	// unasked: those of people's own domains too, as long as it asks nothing. What is
	// at one of them cannot read where a frame of another origin is sent.
	unasked
)

// frames tells whether other sites may show the hub in frames.
func (s *Server) frames() bool { return len(s.opts.FrameAncestors) > 0 }

// framed tells whether the answer would be shown inside another page, which could
// look into it.
func framed(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "iframe", "frame", "object", "embed", "fencedframe":
		return true
	}
	return false
}

// inFrame tells whether a page is asked for to be shown in a frame, of which kind the
// Content-Security-Policy rules.
func inFrame(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return dest == "iframe" || dest == "frame"
}

// mayFrame tells whether somebody's pages may show the route's in a frame. The server
// cannot see whose it is: the browser keeps to framedBy.
func (s *Server) mayFrame(f framing) bool {
	switch f {
	case listed:
		return s.frames()
	case unasked:
		return s.site.Subdomains()
	case unframed:
	}
	return false
}

// framedBy is whose pages may show the answer in a frame. What an authorization shows
// in one is only what is wrong with it.
func (s *Server) framedBy(r *http.Request) []string {
	switch f := callOf(r).framing; {
	case f == listed:
		return s.opts.FrameAncestors
	case f == unasked && s.mayFrame(f) && inFrame(r):
		return s.ownAndListed()
	}
	return nil
}

// ownAndListed is everybody in whose frames the hub says that it is not shown in them.
func (s *Server) ownAndListed() []string {
	own := "'self'"
	if s.site.Subdomains() {
		own = s.below()
	}
	return append([]string{own}, s.opts.FrameAncestors...)
}

// errFramed refuses a page that would be shown inside another.
func errFramed() error { return framedError{} }

type framedError struct{}

func (framedError) Error() string { return "This page cannot be shown inside another" }

// refuseFrame answers in a frame where the page itself must not be, with the way to it.
// It holds no token and says nothing of who looks at it.
func (s *Server) refuseFrame(w http.ResponseWriter, r *http.Request) error {
	at := s.atHub(s.hub + "home")
	if r.Method == http.MethodGet {
		at = s.atHub(withQuery(r.URL.EscapedPath(), r.URL.RawQuery, xsrfCookie))
	}
	return s.pages.Render(w, http.StatusForbidden, pages.Framed{
		Common: pages.Common{Version: s.opts.Version, FramedBy: s.ownAndListed()}, URL: at,
	})
}

// fromFrame tells whether the cookies of a login inside a frame count: for what is
// shown in a frame, and for what the hub's own page there asks for. A browser that
// keeps them like others sends them elsewhere too.
func (s *Server) fromFrame(r *http.Request) bool {
	if !s.frames() {
		return false
	}
	return inFrame(r) || r.Header.Get("Sec-Fetch-Site") == "same-origin" && r.Header.Get("Sec-Fetch-Dest") != "document"
}

// loginInFrame tells whether what this request sets is for a login inside a frame.
func (s *Server) loginInFrame(r *http.Request) bool { return s.frames() && s.secure(r) && inFrame(r) }

// sessions are the values of the session cookies that count for the request, each
// under the name that it was set with.
func (s *Server) sessions(r *http.Request) []string {
	values := slices.DeleteFunc(cookies(r, SessionCookie), access.IsFrameSecret)
	if s.fromFrame(r) {
		values = append(values, slices.DeleteFunc(cookies(r, FrameSessionCookie), notOfFrame)...)
	}
	return values
}

func notOfFrame(value string) bool { return !access.IsFrameSecret(value) }

// frameLoginName is the name and path for the login cookie of a login inside a frame.
func (s *Server) frameLoginName() (name, path string) {
	if s.base == "/" {
		return FrameHostLoginCookie, "/"
	}
	return FrameLoginCookie, s.hub
}

// ofFrame tells whether a cookie is one of those of a login inside a frame.
func ofFrame(name string) bool {
	switch name {
	case FrameSessionCookie, FrameLoginCookie, FrameHostLoginCookie, frameXSRFCookie:
		return true
	}
	return false
}

// checkAncestors says what is wrong with those who may show the hub in frames.
func checkAncestors(o Options, site hub.Site) error {
	if len(o.FrameAncestors) == 0 {
		return nil
	}
	if u, err := url.Parse(site.Origin); err != nil || u.Scheme != "https" || !site.Subdomains() {
		return errors.New("frames of other sites need HTTPS, and domains for each person")
	}
	return nil
}

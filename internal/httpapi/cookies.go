package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

// The cookies by which a browser is known. Notebook servers see the first, which
// is their key to what they remember of the hub's word; the hub asks for both.
const (
	SessionCookie = "jupyterhub-session-id"
	LoginCookie   = "jupyterhub-hub-login"
	xsrfCookie    = "_xsrf"
)

// HostLoginCookie is the login cookie where the browser came by HTTPS and the hub has
// the whole host: browsers take a name with this prefix from the host itself only,
// so no other site, nor a page of a notebook server, can plant one of its own.
const HostLoginCookie = "__Host-" + LoginCookie

// loginCookieName is the name and path for this browser's login cookie.
func (s *Server) loginCookieName(r *http.Request) (name, path string) {
	if s.base == "/" && s.secure(r) {
		return HostLoginCookie, "/"
	}
	return LoginCookie, s.hub
}

// logins are the values of the login cookies that were set under the names they come
// with: sessions from before HTTPS go on, and one whose cookie had the prefix cannot
// be planted without.
func (s *Server) logins(r *http.Request) []string {
	var values []string
	names := []string{HostLoginCookie, LoginCookie}
	if s.fromFrame(r) {
		name, _ := s.frameLoginName()
		names = append(names, name)
	}
	for _, name := range names {
		for _, value := range cookies(r, name) {
			if isLogin(name, value) {
				values = append(values, value)
			}
		}
	}
	return values
}

func isLogin(name, value string) bool {
	switch name {
	case HostLoginCookie:
		return strings.HasPrefix(value, login.HostLogin)
	case LoginCookie:
		return !strings.HasPrefix(value, login.HostLogin) && !access.IsFrameSecret(value)
	case FrameLoginCookie, FrameHostLoginCookie:
		return access.IsFrameSecret(value)
	}
	return false
}

// browser is where a login comes from. A session that it replaces must be shown by
// both cookies: the first alone is known to every notebook server visited, whose
// owner could end the session with it.
func (s *Server) browser(r *http.Request, who *access.Requester) login.Browser {
	name, _ := s.loginCookieName(r)
	b := login.Browser{Address: who.Address, UserAgent: r.UserAgent(), RequestID: who.RequestID, HostLogin: name == HostLoginCookie, Framed: s.loginInFrame(r)}
	if who.Session == nil {
		return b
	}
	for _, value := range s.sessions(r) {
		if hub.HashSecret(value) == who.Session.ID {
			b.Former = value
		}
	}
	return b
}

// setSession gives the browser the cookies of a fresh session, and the XSRF token
// that goes with it. They last as long as the session may.
func (s *Server) setSession(w http.ResponseWriter, r *http.Request, in login.LoggedIn) {
	age := s.app.Config().SessionAge
	if s.loginInFrame(r) {
		name, path := s.frameLoginName()
		s.setCookie(w, r, FrameSessionCookie, in.SessionCookie, s.base, age)
		s.setCookie(w, r, name, in.LoginCookie, path, age)
	} else {
		name, path := s.loginCookieName(r)
		s.setCookie(w, r, SessionCookie, in.SessionCookie, s.base, age)
		s.setCookie(w, r, name, in.LoginCookie, path, age)
		if name != LoginCookie {
			s.dropCookie(w, r, LoginCookie, s.hub)
		}
	}
	s.setXSRF(w, r, &in.Requester, s.mintXSRF(r, &in.Requester, s.clock()))
}

// clearSession takes the cookies away.
func (s *Server) clearSession(w http.ResponseWriter, r *http.Request) {
	s.dropCookie(w, r, SessionCookie, s.base)
	s.dropCookie(w, r, LoginCookie, s.hub)
	if name, path := s.loginCookieName(r); name != LoginCookie {
		s.dropCookie(w, r, name, path)
	}
	s.dropCookie(w, r, xsrfCookie, s.hub)
	if s.frames() {
		name, path := s.frameLoginName()
		s.dropCookie(w, r, FrameSessionCookie, s.base)
		s.dropCookie(w, r, name, path)
		s.dropCookie(w, r, frameXSRFCookie, s.hub)
	}
	if s.site.Subdomains() { // what was set before there were domains
		http.SetCookie(w, &http.Cookie{Name: SessionCookie, Path: s.base, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode, MaxAge: -1}) //nolint:gosec // as setCookie
	}
}

func (s *Server) dropCookie(w http.ResponseWriter, r *http.Request, name, path string) {
	s.setCookie(w, r, name, "", path, -1)
}

// setCookie sets one cookie; age 0 is until the browser closes, below 0 is gone.
func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, name, value, path string, age time.Duration) {
	c := &http.Cookie{ //nolint:gosec // Secure wherever the browser came encrypted
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
		MaxAge: int(age.Seconds()),
	}
	if age < 0 {
		c.MaxAge = -1
	}
	if ofFrame(name) { // a frame of another site gets no others
		c.SameSite, c.Partitioned = http.SameSiteNoneMode, true
	}
	if (name == SessionCookie || name == FrameSessionCookie) && s.site.Subdomains() {
		c.Domain = s.site.Hostname() // people's servers, below it, ask for it too
	}
	http.SetCookie(w, c)
}

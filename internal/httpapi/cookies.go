package httpapi

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

// The cookies by which a browser is known. Notebook servers see the first, which
// is their key to what they remember of the hub's word; the hub asks for both.
const (
	SessionCookie = "jupyterhub-session-id"
	LoginCookie   = "jupyterhub-hub-login"
	xsrfCookie    = "_xsrf"
)

// browser is where a login comes from. A session that it replaces must be shown by
// both cookies: the first alone is known to every notebook server visited, whose
// owner could end the session with it.
func (s *Server) browser(r *http.Request, who *app.Requester) app.Browser {
	b := app.Browser{Address: who.Address, UserAgent: r.UserAgent(), RequestID: who.RequestID}
	if who.Session == nil {
		return b
	}
	for _, value := range cookies(r, SessionCookie) {
		if hub.HashSecret(value) == who.Session.ID {
			b.Former = value
		}
	}
	return b
}

// setSession gives the browser the cookies of a fresh session, and the XSRF token
// that goes with it. They last as long as the session may.
func (s *Server) setSession(w http.ResponseWriter, r *http.Request, in app.LoggedIn) {
	age := s.app.Config().SessionAge
	s.setCookie(w, r, SessionCookie, in.SessionCookie, s.base, age)
	s.setCookie(w, r, LoginCookie, in.LoginCookie, s.hub, age)
	s.setXSRF(w, r, &in.Requester, s.mintXSRF(r, &in.Requester, s.clock()))
}

// clearSession takes the cookies away.
func (s *Server) clearSession(w http.ResponseWriter, r *http.Request) {
	s.setCookie(w, r, SessionCookie, "", s.base, -1)
	s.setCookie(w, r, LoginCookie, "", s.hub, -1)
	s.setCookie(w, r, xsrfCookie, "", s.hub, -1)
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
	http.SetCookie(w, c)
}

package endpoint

import (
	"net/http"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

// The cookies of a session. Notebook servers get the first, which is their key for cached
// responses of the hub; the hub itself requires both.
const (
	SessionCookie = "jupyterhub-session-id"
	LoginCookie   = "jupyterhub-hub-login"
	XSRFCookie    = "_xsrf"
)

// HostLoginCookie is the login cookie where the browser came by HTTPS and the hub has
// the whole host: browsers take a name with this prefix from the host itself only,
// so no other site, nor a page of a notebook server, can plant one of its own.
const HostLoginCookie = "__Host-" + LoginCookie

// loginCookieName is the name and path for this browser's login cookie.
func (e *Env) loginCookieName(r *http.Request) (name, path string) {
	if e.Base == "/" && e.isHTTPS(r) {
		return HostLoginCookie, "/"
	}
	return LoginCookie, e.Hub
}

// loginCookies are the values of the login cookies, each only if it was set under the name
// that it has now: sessions from before HTTPS stay valid, and a value that was set with the
// __Host- prefix cannot be planted without it.
func (e *Env) loginCookies(r *http.Request) []string {
	var values []string
	names := []string{HostLoginCookie, LoginCookie}
	if e.mayUseFrameCookies(r) {
		name, _ := e.frameLoginName()
		names = append(names, name)
	}
	for _, name := range names {
		for _, value := range cookies(r, name) {
			if IsLoginCookie(name, value) {
				values = append(values, value)
			}
		}
	}
	return values
}

// IsLoginCookie reports whether a cookie is one of a login, with a value that was set under
// that name.
func IsLoginCookie(name, value string) bool {
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

// BrowserOf describes where a login comes from. A session that it replaces must be proved by
// both cookies: every notebook server visited knows the first one, and its owner could
// otherwise end the session.
func (e *Env) BrowserOf(r *http.Request, who *access.Requester) login.Browser {
	name, _ := e.loginCookieName(r)
	b := login.Browser{Address: who.Address, UserAgent: r.UserAgent(), RequestID: who.RequestID, HostLogin: name == HostLoginCookie, Framed: e.isFrameLogin(r)}
	if who.Session == nil {
		return b
	}
	for _, value := range e.sessions(r) {
		if hub.HashSecret(value) == who.Session.ID {
			b.Former = value
		}
	}
	return b
}

// SetSession returns the browser the cookies of a fresh session, and the XSRF token
// that goes with it. They last as long as the session may.
func (e *Env) SetSession(w http.ResponseWriter, r *http.Request, in login.LoggedIn) {
	age := e.App.Config().SessionAge
	if e.isFrameLogin(r) {
		name, path := e.frameLoginName()
		e.setCookie(w, r, FrameSessionCookie, in.SessionCookie, e.Base, age)
		e.setCookie(w, r, name, in.LoginCookie, path, age)
	} else {
		name, path := e.loginCookieName(r)
		e.setCookie(w, r, SessionCookie, in.SessionCookie, e.Base, age)
		e.setCookie(w, r, name, in.LoginCookie, path, age)
		if name != LoginCookie {
			e.deleteCookie(w, r, LoginCookie, e.Hub)
		}
	}
	e.SetXSRF(w, r, &in.Requester, e.newXSRFToken(r, &in.Requester, e.clock()))
}

// ClearSession deletes the session's cookies.
func (e *Env) ClearSession(w http.ResponseWriter, r *http.Request) {
	e.deleteCookie(w, r, SessionCookie, e.Base)
	e.deleteCookie(w, r, LoginCookie, e.Hub)
	if name, path := e.loginCookieName(r); name != LoginCookie {
		e.deleteCookie(w, r, name, path)
	}
	e.deleteCookie(w, r, XSRFCookie, e.Hub)
	if e.FramingEnabled() {
		name, path := e.frameLoginName()
		e.deleteCookie(w, r, FrameSessionCookie, e.Base)
		e.deleteCookie(w, r, name, path)
		e.deleteCookie(w, r, frameXSRFCookie, e.Hub)
	}
	if e.Site.Subdomains() { // what was set before there were domains
		http.SetCookie(w, &http.Cookie{Name: SessionCookie, Path: e.Base, HttpOnly: true, Secure: e.isHTTPS(r), SameSite: http.SameSiteLaxMode, MaxAge: -1}) //nolint:gosec // as setCookie
	}
}

func (e *Env) deleteCookie(w http.ResponseWriter, r *http.Request, name, path string) {
	e.setCookie(w, r, name, "", path, -1)
}

// setCookie sets one cookie; age 0 is until the browser closes, below 0 is gone.
func (e *Env) setCookie(w http.ResponseWriter, r *http.Request, name, value, path string, age time.Duration) {
	c := &http.Cookie{ //nolint:gosec // Secure wherever the browser came encrypted
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: e.isHTTPS(r), SameSite: http.SameSiteLaxMode,
		MaxAge: int(age.Seconds()),
	}
	if age < 0 {
		c.MaxAge = -1
	}
	if isFrameCookie(name) { // browsers send no others in a frame of another site
		c.SameSite, c.Partitioned = http.SameSiteNoneMode, true
	}
	if (name == SessionCookie || name == FrameSessionCookie) && e.Site.Subdomains() {
		c.Domain = e.Site.Hostname() // people's servers, below it, ask for it too
	}
	http.SetCookie(w, c)
}

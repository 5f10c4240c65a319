package site

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/secfetch"
)

// maxShownName is how much of a mistyped name the login page gives back, in bytes.
const maxShownName = 255

// root sends people where they want to go, or to the login.
func (s *Handlers) root(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	endpoint.Redirect(w, http.StatusFound, s.env.NextURL(r, s.env.Hub+"home"))
	return nil
}

func (s *Handlers) showLogin(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if who.Known() {
		endpoint.Redirect(w, http.StatusFound, s.env.NextURL(r, s.env.Hub+"home"))
		return nil
	}
	return s.loginForm(w, r, who, http.StatusOK, pages.Login{Username: r.URL.Query().Get("username")})
}

// loginForm shows the form. who is known where a browser with a session sends a form that is no longer valid.
func (s *Handlers) loginForm(w http.ResponseWriter, r *http.Request, who *access.Requester, status int, p pages.Login) error {
	p.Common = s.commonForLogin(w, r, who)
	p.Next = s.env.NextParam(r)
	p.Username = strings.ToValidUTF8(p.Username[:min(len(p.Username), maxShownName)], "")
	p.Dummy = s.app.Config().Logins.Trial()
	return s.pages.Render(w, status, p)
}

// commonForLogin is common for the forms of a login. It renews the cookie with the XSRF
// token, so that it lasts as long as possible.
func (s *Handlers) commonForLogin(w http.ResponseWriter, r *http.Request, who *access.Requester) pages.Common {
	nobody := s.env.Anonymous(r)
	c := s.common(r, nobody)
	c.Announcements = s.toldTo(r, nobody)
	c.XSRF = s.env.XSRFToken(r, who)
	s.env.SetXSRF(w, r, who, c.XSRF)
	return c
}

// LogIn checks name and password, and answers with the session's cookies.
func (s *Handlers) logIn(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := endpoint.ParseForm(r); err != nil {
		return err
	}
	name := strings.TrimSpace(r.PostForm.Get("username"))
	if err := s.env.CheckXSRF(r, who); err != nil {
		s.log.InfoContext(r.Context(), "login form refused", "error", err)
		return s.loginForm(w, r, who, http.StatusForbidden, pages.Login{
			Username: name, Error: "This form was open for too long. Try again.",
		})
	}
	began, password := s.clock(), r.PostForm.Get("password")
	logIn := s.app.Login
	if ticket := r.PostForm.Get("claim"); ticket != "" {
		if problem := s.checkClaim(ticket, name, password); problem != "" {
			return s.loginForm(w, r, who, http.StatusBadRequest, pages.Login{Username: name, Error: problem})
		}
		logIn = s.app.Claim
	}
	in, err := logIn(r.Context(), name, password, s.env.BrowserOf(r, who))
	unclaimed, ok := errors.AsType[*login.UnclaimedError](err)
	if ok && secfetch.IsEmbedded(r) {
		return endpoint.EmbeddedError{}
	}
	if ok {
		return s.renderClaim(w, r, who, unclaimed, password)
	}
	s.observer.Login(err == nil, s.clock().Sub(began))
	if err != nil {
		return s.loginFailed(w, r, who, name, err)
	}
	s.env.SetRequester(w, r, &in.Requester)
	s.env.SetSession(w, r, in)
	if in.MustChange {
		endpoint.Redirect(w, http.StatusFound, endpoint.WithNext(s.env.Hub+"change-password", s.env.NextParam(r)))
		return nil
	}
	endpoint.Redirect(w, http.StatusFound, s.env.NextURL(r, s.env.Hub+"home"))
	return nil
}

// loginFailed shows the form again where another try can help.
func (s *Handlers) loginFailed(w http.ResponseWriter, r *http.Request, who *access.Requester, name string, err error) error {
	e, ok := errors.AsType[*hub.Error](err)
	if !ok {
		return err
	}
	p := pages.Login{Username: name, Error: endpoint.PageMessage(e, endpoint.StatusOf(e.Code))}
	switch e.Code {
	case hub.Unauthenticated:
		p.AskAdmin = s.app.Config().Logins.OnlyNative()
		return s.loginForm(w, r, who, http.StatusForbidden, p)
	case hub.Limit:
		p.Error = "Too many failed attempts." // the page says how long to wait
		p.RetryAfter = max(1, int(math.Ceil(e.RetryAfter.Seconds())))
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
		return s.loginForm(w, r, who, http.StatusTooManyRequests, p)
	default:
		return err
	}
}

// logOut ends the session and takes its cookies away, also those that nobody knows.
func (s *Handlers) logOut(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	began := s.clock()
	if err := s.app.Logout(r.Context(), who); err != nil {
		return err
	}
	s.env.ClearSession(w, r)
	s.observer.Logout(s.clock().Sub(began))
	endpoint.Redirect(w, http.StatusFound, s.env.Hub+"login")
	return nil
}

func (s *Handlers) logOutEverywhere(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if err := s.app.LogoutEverywhere(r.Context(), who); err != nil {
		return err
	}
	s.env.ClearSession(w, r)
	endpoint.Redirect(w, http.StatusSeeOther, s.env.Hub+"login")
	return nil
}

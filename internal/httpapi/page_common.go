package httpapi

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// common is what every page shows about the hub and the user. It has no XSRF token: only
// pages with a form get one, by commonWithXSRF. It does not tell a script that fetches the
// page who is logged in.
func (s *Server) common(r *http.Request, who *access.Requester) pages.Common {
	c := pages.Common{Version: s.opts.Version, RequestID: callOf(r).id, FramedBy: s.frameAncestors(r)}
	if who.Known() && checkNavigation(r, len(c.FramedBy) > 0) == nil {
		c.User, c.Admin = who.User.Name, who.User.Admin && !who.Framed
	}
	return c
}

// commonWithXSRF is common with the XSRF token for the page's forms. It may set a cookie, so
// it has to be called before the response begins. Only routes of the kind page may use it.
func (s *Server) commonWithXSRF(w http.ResponseWriter, r *http.Request, who *access.Requester) pages.Common {
	c := s.common(r, who)
	c.XSRF = s.refreshXSRF(w, r, who)
	return c
}

// visitor is the requester for an error page outside of a route: anonymous on the API, and if
// the credentials cannot be looked up.
func (s *Server) visitor(r *http.Request) *access.Requester {
	if callOf(r).api {
		return s.anonymous(r)
	}
	who, err := s.identify(r, page)
	if err != nil {
		return s.anonymous(r)
	}
	return who
}

// renderError writes an error as a page.
func (s *Server) renderError(w http.ResponseWriter, r *http.Request, who *access.Requester, status int, message string) {
	p := pages.ErrorPage{Status: status, Message: message}
	if status == http.StatusForbidden && !who.Known() {
		p.LoginURL = withNext(s.hub+"login", s.hub+"home")
	}
	s.renderErrorPage(w, r, who, p)
}

// statusMessage explains a status to a person.
func statusMessage(status int) string {
	switch status {
	case http.StatusForbidden:
		return "You may not see or do this. If you should, ask an administrator of this hub."
	case http.StatusNotFound:
		return "No page has this address, or it is not yours to see. Check the address, or begin at the home page."
	case http.StatusMethodNotAllowed:
		return "This page cannot be used in this way. Begin at the home page."
	case http.StatusRequestEntityTooLarge:
		return "What was sent is larger than the hub takes. Send less."
	case http.StatusTooManyRequests:
		return "Wait a moment, then try again."
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "The hub cannot answer right now. Load this page again in a moment."
	case http.StatusInsufficientStorage:
		return "The hub's disk is full, so nothing can be saved. Tell an administrator of this hub."
	case http.StatusInternalServerError:
		return "This should not have happened. Load this page again in a moment."
	}
	if status >= http.StatusInternalServerError {
		return "Something failed on the hub. Load this page again in a moment."
	}
	return "The hub could not make sense of what it was asked. Begin at the home page."
}

func (s *Server) renderErrorPage(w http.ResponseWriter, r *http.Request, who *access.Requester, p pages.ErrorPage) {
	p.Common = s.common(r, who)
	if err := s.pages.Render(w, p.Status, p); err != nil {
		s.log.ErrorContext(r.Context(), "cannot render the error page", "error", err)
		http.Error(w, p.Message, p.Status)
	}
}

// loggedIn is false when it has answered: nobody is logged in, so the browser was
// sent to the login page, and from there it comes back; or the person has to change
// their password before anything else.
func (s *Server) loggedIn(w http.ResponseWriter, r *http.Request, who *access.Requester) (bool, error) {
	if !who.Known() {
		if r.Method != http.MethodGet {
			return false, hub.Errorf(hub.Forbidden, "Log in first.").Plainly(
				"You are not logged in any more, so nothing was changed. Log in, and repeat what you did.")
		}
		redirect(w, http.StatusFound, withNext(s.hub+"login", r.URL.RequestURI()))
		return false, nil
	}
	if !who.MustChange {
		return true, nil
	}
	next := ""
	if r.Method == http.MethodGet {
		next = r.URL.RequestURI()
	}
	redirect(w, http.StatusSeeOther, withNext(s.hub+"change-password", next))
	return false, nil
}

// serverURL is a hub page about a server: {hub}spawn/ann, {hub}spawn/ann/lab.
func (s *Server) serverURL(page, user, server string) string {
	u := s.hub + page + "/" + hub.EscapeName(user)
	if server != "" {
		u += "/" + hub.EscapeName(server)
	}
	return u
}

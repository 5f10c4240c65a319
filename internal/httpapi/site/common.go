package site

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// common is what every page shows about the hub and the user. It has no XSRF token: only
// pages with a form get one, by commonWithXSRF. It does not tell a script that fetches the
// page who is logged in.
func (s *Handlers) common(r *http.Request, who *access.Requester) pages.Common {
	c := pages.Common{Version: s.opts.Version, Language: language.Of(r), RequestID: endpoint.CallOf(r).ID, FramedBy: s.env.FrameAncestors(r)}
	if who.Known() && endpoint.CheckNavigation(r, len(c.FramedBy) > 0) == nil {
		c.User, c.Admin = who.User.Name, who.User.Admin && !who.Framed
		c.Panel = mayAdminister(who)
	}
	return c
}

// commonWithXSRF is common with the XSRF token for the page's forms. It may set a cookie, so
// it has to be called before the response begins. Only routes of the kind page may use it.
func (s *Handlers) commonWithXSRF(w http.ResponseWriter, r *http.Request, who *access.Requester) pages.Common {
	c := s.common(r, who)
	c.XSRF = s.env.RefreshXSRF(w, r, who)
	c.Announcements = s.toldTo(r, who)
	return c
}

// toldTo is what who is told on their pages.
func (s *Handlers) toldTo(r *http.Request, who *access.Requester) (told []pages.Announcement) {
	for _, a := range s.app.ToldTo(r.Context(), who) {
		told = append(told, pages.Announcement{Level: string(a.Level), Text: a.Text})
	}
	return told
}

// RenderError writes an error as a page.
func (s *Handlers) RenderError(w http.ResponseWriter, r *http.Request, who *access.Requester, status int, message string) {
	p := pages.ErrorPage{Status: status, Message: message}
	if status == http.StatusForbidden && !who.Known() {
		p.LoginURL = endpoint.WithNext(s.env.Hub+"login", s.env.Hub+"home")
	}
	s.renderErrorPage(w, r, who, p)
}

func (s *Handlers) renderErrorPage(w http.ResponseWriter, r *http.Request, who *access.Requester, p pages.ErrorPage) {
	p.Common = s.common(r, who)
	if err := s.pages.Render(w, p.Status, p); err != nil {
		s.log.ErrorContext(r.Context(), "cannot render the error page", "error", err)
		http.Error(w, p.Message, p.Status)
	}
}

// LoggedIn is false when it has answered: nobody is logged in, so the browser was
// sent to the login page, and from there it comes back; or the person has to change
// their password before anything else.
func (s *Handlers) loggedIn(w http.ResponseWriter, r *http.Request, who *access.Requester) (bool, error) {
	if !who.Known() {
		if r.Method != http.MethodGet {
			return false, hub.Errorf(hub.Forbidden, "Log in first.").Plainly(
				"You are not logged in any more, so nothing was changed. Log in, and repeat what you did.")
		}
		endpoint.Redirect(w, http.StatusFound, endpoint.WithNext(s.env.Hub+"login", r.URL.RequestURI()))
		return false, nil
	}
	if !who.MustChange {
		return true, nil
	}
	next := ""
	if r.Method == http.MethodGet {
		next = r.URL.RequestURI()
	}
	endpoint.Redirect(w, http.StatusSeeOther, endpoint.WithNext(s.env.Hub+"change-password", next))
	return false, nil
}

// serverURL is a hub page about a server: {hub}spawn/ann, {hub}spawn/ann/lab.
func (s *Handlers) serverURL(page, user, server string) string {
	u := s.env.Hub + page + "/" + hub.EscapeName(user)
	if server != "" {
		u += "/" + hub.EscapeName(server)
	}
	return u
}

// RefuseFrame responds, in a frame that must not show the page itself, with a link to it. The
// response has no XSRF token and does not say who is logged in.
func (s *Handlers) RefuseFrame(w http.ResponseWriter, r *http.Request) error {
	at := s.env.HubURL(s.env.Hub + "home")
	if r.Method == http.MethodGet {
		at = s.env.HubURL(endpoint.WithQuery(r.URL.EscapedPath(), r.URL.RawQuery, endpoint.XSRFCookie))
	}
	return s.pages.Render(w, http.StatusForbidden, pages.Framed{
		Common: pages.Common{Version: s.opts.Version, Language: language.Of(r), FramedBy: s.env.AllFrameAncestors()}, URL: at,
	})
}

package httpapi

import (
	"net/http"
	"net/url"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// spawnPending shows how far a start is, and never starts anything itself.
func (s *Server) spawnPending(w http.ResponseWriter, r *http.Request, who *app.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	t := targetOf(r, who)
	start, err := s.app.ShowStart(r.Context(), who, t.user, t.server)
	if err != nil {
		return err
	}
	server := start.Server
	ready := s.site.ServerURL(server.UserName, server.Name)
	switch {
	case server.Running():
		redirect(w, http.StatusFound, s.onward(r, ready))
		return nil
	case server.Pending() != "spawn" && !server.Failing():
		return s.pages.Render(w, http.StatusOK, pages.NotRunning{
			Common: s.common(r, who), Server: label(server), Owner: server.UserName,
			LaunchURL: withNext(s.serverURL("spawn", server.UserName, server.Name), s.nextOf(r)),
		})
	}
	p := s.starting(r, start)
	p.Common = s.withToken(w, r, who)
	p.ReadyURL = s.onward(r, ready)
	status := http.StatusOK
	if server.Failing() {
		p.Failure, status = server.Failure, http.StatusInternalServerError
		if p.Failure == "" {
			p.Failure = "It ended before it answered."
		}
		p.Log = start.Log
	} else {
		p.StreamURL = s.progressURL(server) + "?" + url.Values{xsrfCookie: {p.XSRF}}.Encode()
	}
	return s.pages.Render(w, status, p)
}

// starting is the page without what depends on how the start stands.
func (s *Server) starting(r *http.Request, start app.StartView) pages.Starting {
	server := start.Server
	p := pages.Starting{
		ServerName: label(server), Owner: server.UserName, Place: start.Place,
		RetryURL: withNext(s.serverURL("spawn", server.UserName, server.Name), s.nextOf(r)),
	}
	if start.MayStop {
		p.CancelURL = s.serverURL("stop", server.UserName, server.Name)
	}
	for _, e := range start.Events {
		p.Events = append(p.Events, pages.Event{
			At: e.At, Message: e.Message, Progress: e.Progress, Failed: e.Kind == hub.EventFailed || e.Kind == hub.EventLost,
		})
	}
	return p
}

func label(server hub.Server) string {
	if server.DisplayName != "" {
		return server.DisplayName
	}
	return server.Name
}

// progressURL is the API's stream of a start's steps.
func (s *Server) progressURL(server hub.Server) string {
	u := s.hub + "api/users/" + hub.EscapeName(server.UserName) + "/server"
	if server.Name != "" {
		u += "s/" + hub.EscapeName(server.Name)
	}
	return u + "/progress"
}

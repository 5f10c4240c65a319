package site

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// spawnPending shows how far a start is, and never starts anything itself.
func (s *Handlers) spawnPending(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	t := targetOf(r, who)
	start, err := s.app.ShowStart(r.Context(), who, t.user, t.server)
	if err != nil {
		return err
	}
	server := start.Server
	ready := s.env.Site.ServerURL(server.UserName, server.Name)
	switch {
	case server.Running():
		endpoint.Redirect(w, http.StatusFound, s.env.NextURL(r, ready))
		return nil
	case server.Pending() != "spawn" && !server.Failing():
		p := notRunning(server)
		p.Common, p.Stopping = s.common(r, who), server.Phase == hub.Stopping
		if !p.Stopping {
			p.LaunchURL = endpoint.WithNext(s.serverURL("spawn", server.UserName, server.Name), s.env.NextParam(r))
		}
		return s.pages.Render(w, http.StatusOK, p)
	}
	p := s.starting(r, start)
	p.Common = s.commonWithXSRF(w, r, who)
	p.ReadyURL = s.env.NextURL(r, ready)
	if server.Failing() {
		p.Failure = cmp.Or(server.FailureFor(start.Inside), "It ended before it answered. Try again; if that does not help, ask an administrator of this hub.")
		return s.pages.Render(w, http.StatusInternalServerError, p)
	}
	token := "?" + url.Values{endpoint.XSRFCookie: {p.XSRF}}.Encode()
	p.StreamURL = s.apiURL(server) + "/progress" + token
	if start.MayLog {
		p.LogURL = s.apiURL(server) + "/log" + token
	}
	return s.pages.Render(w, http.StatusOK, p)
}

// notRunning is the page about a server that does not run, without a way to start it.
func notRunning(server hub.Server) pages.NotRunning {
	p := pages.NotRunning{
		Server: label(server), Owner: server.UserName,
		Fresh: server.Fence == 0, // no run was ever asked for
	}
	p.Stopped = server.Ended().Text()
	return p
}

// starting is the page without what depends on how the start stands.
func (s *Handlers) starting(r *http.Request, start servers.StartView) pages.Starting {
	server := start.Server
	p := pages.Starting{
		ServerName: label(server), Owner: server.UserName, Place: start.Place, For: hub.CountText(server.Devices.Wants), Log: endpoint.Readable(start.Log),
		RetryURL: endpoint.WithNext(s.serverURL("spawn", server.UserName, server.Name), s.env.NextParam(r)),
	}
	if start.MayStop {
		p.CancelURL = s.serverURL("stop", server.UserName, server.Name)
	}
	for _, e := range start.Events {
		shown := pages.Event{At: e.At, Message: e.Message, Progress: e.Progress}
		if e.Kind == hub.EventFailed { // why, the page says above
			shown.Message, shown.Failed = "Could not start", true
		} else if e.Kind == hub.EventLost {
			shown.Message, shown.Failed = "Ended by itself", true
		}
		p.Ran = e.Kind == hub.EventLost
		p.Events = append(p.Events, shown)
	}
	return p
}

func label(server hub.Server) string {
	if server.DisplayName != "" {
		return server.DisplayName
	}
	return server.Name
}

// apiURL is where the API has a server.
func (s *Handlers) apiURL(server hub.Server) string {
	u := s.env.Hub + "api/users/" + hub.EscapeName(server.UserName) + "/server"
	if server.Name != "" {
		u += "s/" + hub.EscapeName(server.Name)
	}
	return u
}

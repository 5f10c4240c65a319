package site

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// home is the shell of the React app; its noscript part lists the person's servers.
func (s *Handlers) home(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	me, err := s.app.Me(r.Context(), who)
	if err != nil {
		return err
	}
	p := s.shell(w, r, who)
	for _, v := range s.app.OpenTo(who) {
		p.Services = append(p.Services, pages.ServiceLink{Name: v.Name, URL: s.env.Site.ServiceURL(v.Name)})
	}
	for _, server := range me.Servers {
		row := s.serverRow(server)
		if server.Name == "" {
			row.HiddenBy = namesHidingDefault(me.Servers)
		}
		p.Servers = append(p.Servers, row)
	}
	return s.pages.Render(w, http.StatusOK, p)
}

// ownQuota is the shell of the page that tells somebody what they have, and how it came to that.
func (s *Handlers) ownQuota(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if !s.app.QuotaRules().Enabled {
		return hub.Errorf(hub.NotFound, "Not Found")
	}
	p := s.shell(w, r, who)
	p.QuotaPage = true
	return s.pages.Render(w, http.StatusOK, p)
}

// shell is the React app without what a page has of its own.
func (s *Handlers) shell(w http.ResponseWriter, r *http.Request, who *access.Requester) pages.App {
	p := pages.App{
		Common: s.commonWithXSRF(w, r, who), Notice: s.app.Notice(who),
		NamedLimit: s.app.Config().NamedLimit, ReservedNames: hub.DefaultServerPaths(),
	}
	if c := s.app.QuotaRules(); c.Enabled {
		p.Quota = &pages.QuotaRules{Least: c.MinimumToStart}
	}
	if p.User != "" { // else a script fetches the page, and is not told who is logged in
		p.Scopes = who.ScopeNames()
	}
	return p
}

// namesHidingDefault returns the names of servers that hide pages of the default one.
func namesHidingDefault(servers []hub.Server) (names []string) {
	for _, s := range servers {
		if hub.HidesDefault(s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

func (s *Handlers) serverRow(server hub.Server) pages.ServerRow {
	row := pages.ServerRow{Name: server.Name, DisplayName: server.DisplayName, State: stateText(server)}
	switch {
	case server.Running():
		row.URL = s.env.Site.ServerURL(server.UserName, server.Name)
	case server.Pending() == "spawn":
		row.URL = s.serverURL("spawn-pending", server.UserName, server.Name)
	case !server.Active():
		row.StartURL = s.serverURL("spawn", server.UserName, server.Name)
	}
	if server.Active() && server.Phase != hub.Stopping {
		row.StopURL = s.serverURL("stop", server.UserName, server.Name)
	}
	return row
}

// stateText is a server's phase for people.
func stateText(server hub.Server) string {
	switch server.Phase {
	case hub.Queued:
		return "Waiting in queue"
	case hub.Starting, hub.Waiting:
		return "Starting"
	case hub.Ready:
		return "Running"
	case hub.Stopping:
		return "Stopping"
	case hub.Failed:
		return "Failed"
	case hub.Stopped:
	}
	return "Stopped"
}

// stopFromPage is the stop button of pages without JavaScript.
func (s *Handlers) stopFromPage(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if _, err := s.app.StopServer(r.Context(), who, r.PathValue("user"), r.PathValue("server"), false); err != nil {
		return err
	}
	endpoint.Redirect(w, http.StatusSeeOther, s.env.Hub+"home")
	return nil
}

// userRedirect leads a link that anybody may have been given, /user-redirect/lab, to
// the same place on the server of whoever follows it.
func (s *Handlers) userRedirect(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	_, rest, _ := strings.Cut(r.URL.EscapedPath(), "user-redirect")
	next := hub.ServerPath(s.env.Base, who.User.Name, "") + strings.TrimLeft(rest, "/")
	if r.URL.RawQuery != "" {
		next += "?" + r.URL.RawQuery
	}
	target := s.serverURL("spawn", who.User.Name, "") + "?" + url.Values{"next": {next}}.Encode()
	endpoint.Redirect(w, http.StatusFound, target)
	return nil
}

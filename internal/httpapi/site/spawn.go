package site

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/servers"
)

// target is the server that a page under /spawn or /stop is about.
type target struct{ user, server string }

func targetOf(r *http.Request, who *access.Requester) target {
	t := target{r.PathValue("user"), r.PathValue("server")}
	if t.user == "" {
		t.user = who.User.Name
	}
	if name, err := hub.UserName(t.user); err == nil {
		t.user = name
	}
	return t
}

// showSpawn starts the person's own server, which is what a link to this page asks
// for. Somebody else's server, or options that a link brings along, need a click:
// whoever made the link shall not decide about them.
func (s *Handlers) showSpawn(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	t := targetOf(r, who)
	s.app.LookFirst(r.Context(), who, servers.ServerRow{Username: t.user, ServerName: t.server})
	server, err := s.mayStart(r, who, t)
	if err != nil {
		return err
	}
	options, err := queryOptions(r.URL.Query())
	if err != nil {
		return err
	}
	switch {
	case wouldHideDefault(server):
		return errHidesDefault(server)
	case server.Running():
		endpoint.Redirect(w, http.StatusFound, s.env.NextURL(r, s.env.Site.ServerURL(server.UserName, server.Name)))
		return nil
	case server.Active():
		endpoint.Redirect(w, http.StatusFound, s.pendingURL(r, t))
		return nil
	}
	offer, err := s.app.OfferedProfiles(r.Context(), who, t.user, t.server)
	if err != nil {
		return err
	}
	if t.user != who.User.Name || options != nil || toChoose(offer) {
		return s.startForm(w, r, who, t, options, problem{status: http.StatusOK})
	}
	return s.start(w, r, who, t, nil)
}

// wouldHideDefault reports whether a new server would hide pages of the default one.
func wouldHideDefault(server hub.Server) bool {
	name, err := hub.ServerName(server.Name)
	return server.ID == 0 && err == nil && hub.HidesDefault(name)
}

func errHidesDefault(server hub.Server) error {
	return hub.Errorf(hub.Invalid, "A new server cannot be called %[1]s: the default server has its own pages below %[1]s/, which would be hidden. "+
		"Choose another name, such as %[1]s-2.", strings.ToLower(strings.TrimSpace(server.Name)))
}

// mayStart finds the server; one that doesn't exist yet is stopped.
func (s *Handlers) mayStart(r *http.Request, who *access.Requester, t target) (hub.Server, error) {
	server, err := s.app.GetServer(r.Context(), who, t.user, t.server, "start:servers")
	if !hub.Is(err, hub.NotFound) {
		return server, err
	}
	if err := s.app.MayServer(r.Context(), who, t.user, t.server, "start:servers"); err != nil {
		return server, err
	}
	return hub.Server{UserName: t.user, Name: t.server, Phase: hub.Stopped}, nil
}

// spawn is the form of the start page, or one that an old page or a script sends
// with options of its own.
func (s *Handlers) spawn(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if r.MultipartForm != nil && len(r.MultipartForm.File) > 0 {
		return hub.Errorf(hub.Invalid, "Files cannot be sent along with a start.")
	}
	link, err := queryOptions(r.URL.Query())
	if err != nil {
		return err
	}
	options := formOptions(r.PostForm)
	t := targetOf(r, who)
	switch profiled := s.app.HasProfiles(); {
	case options == nil && profiled:
		if sent, err := s.sendToChoose(w, r, who, t); sent || err != nil {
			return err
		}
		options = link
	case options == nil:
		options = link
	case profiled:
		options = profiles.Merged(link, options)
	}
	if wouldHideDefault(hub.Server{Name: t.server}) { // if there is none yet
		server, err := s.mayStart(r, who, t)
		if err != nil {
			return err
		}
		if wouldHideDefault(server) {
			return errHidesDefault(server)
		}
	}
	return s.start(w, r, who, t, options)
}

// start asks for the server and goes to the page on which the start is seen. What
// the person can mend is told on the start page.
func (s *Handlers) start(w http.ResponseWriter, r *http.Request, who *access.Requester, t target, options url.Values) error {
	var req servers.StartRequest
	if options != nil {
		raw, err := s.userOptions(options)
		if err != nil {
			return err
		}
		req.Options = raw
	}
	if name := r.FormValue("display_name"); name != "" && t.server != "" {
		req.DisplayName = &name
	}
	started, err := s.app.StartServer(r.Context(), who, t.user, t.server, req)
	if err == nil {
		t = target{started.UserName, started.Name}
		endpoint.Redirect(w, http.StatusSeeOther, s.pendingURL(r, t))
		return nil
	}
	e, ok := errors.AsType[*hub.Error](err)
	if !ok || e.Code != hub.Invalid && e.Code != hub.Conflict && !(e.Code == hub.Forbidden && s.app.HasProfiles()) {
		return err
	}
	if server, err := s.mayStart(r, who, t); err == nil && server.Active() {
		endpoint.Redirect(w, http.StatusSeeOther, s.pendingURL(r, t)) // somebody was quicker, or it is just stopping
		return nil
	}
	status := endpoint.StatusOf(e.Code)
	return s.startForm(w, r, who, t, options, problem{status, endpoint.PageMessage(e, status)})
}

// userOptions makes user options of fields.
func (s *Handlers) userOptions(fields url.Values) (json.RawMessage, error) {
	raw, err := json.Marshal(s.app.FormOptions(fields))
	if err != nil { // a map of texts
		return nil, hub.Wrap(hub.Invalid, err, "The options cannot be read")
	}
	return raw, nil
}

// pendingURL is the page on which a start is seen, which goes on to next.
func (s *Handlers) pendingURL(r *http.Request, t target) string {
	next := s.env.NextParam(r)
	if next == "" && r.PostForm != nil {
		next = s.env.SafeNext(r, endpoint.LastValue(r.PostForm, "next"))
	}
	u := endpoint.WithQuery(s.serverURL("spawn-pending", t.user, t.server), r.URL.RawQuery, "next", "display_name", endpoint.XSRFCookie)
	return endpoint.WithNext(u, next)
}

// formOptions is a form as user options, as JupyterHub has them where no form of
// its own is configured: every field with the list of its values. nil for a form
// that holds no options.
func formOptions(form url.Values) url.Values {
	var options url.Values
	for name, values := range form {
		if name == endpoint.XSRFCookie || name == "next" || name == "display_name" {
			continue
		}
		if options == nil {
			options = url.Values{}
		}
		options[name] = values
	}
	return options
}

// queryOptions is what a start page's query says of the options: parameters that
// begin with "opt-", or, where none does, all that have no other meaning.
func queryOptions(query url.Values) (url.Values, error) {
	options, prefixed := formOptions(query), url.Values{}
	for name, values := range options {
		short, ok := strings.CutPrefix(name, "opt-")
		if ok && short == "" {
			return nil, endpoint.StatusError{Status: http.StatusUnprocessableEntity, Msg: "The address has an option without a name: opt-."}
		}
		if ok {
			prefixed[short] = values
		}
	}
	if len(prefixed) > 0 {
		return prefixed, nil
	}
	return options, nil
}

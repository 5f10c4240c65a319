package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// maxRedirects is how often somebody is sent to a server that is ready by the
	// database and has no route; it is said aloud before browsers give up at 20.
	maxRedirects = 4
	// redirectPause is the first of the growing pauses in between, in which another
	// replica can learn of the server.
	redirectPause = 100 * time.Millisecond
)

// notRunning handles requests for a server that has no route, mostly a stopped one:
// /hub/user/ann/lab for /user/ann/lab.
func (s *Handlers) notRunning(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if s.redirectToUserName(w, r, s.serverPath(r)) {
		return nil
	}
	if !who.Known() {
		endpoint.Redirect(w, http.StatusFound, endpoint.WithNext(s.env.Hub+"login", r.URL.RequestURI()))
		return nil
	}
	if who.MustChange && !s.wantsJSON(r) {
		_, err := s.loggedIn(w, r, who)
		return err
	}
	server, err := s.findAccessible(r, who)
	if err != nil {
		return err
	}
	if s.redirectToServerName(w, r, server) {
		return nil
	}
	next := r.URL.RequestURI()
	switch {
	case server.Running():
		host, elsewhere, err := s.app.RunsElsewhere(r.Context(), server)
		if err != nil {
			return err
		}
		if elsewhere {
			s.unavailable(w, r, "The server runs on another machine", "It runs on "+host+", and can be reached through the hub there.")
			return nil
		}
		return s.retryServer(w, r)
	case s.wantsJSON(r):
		s.notRunningJSON(w, r, server.Name)
		return nil
	}
	p := notRunning(server)
	p.Common = s.common(r, who)
	err = s.app.MayServer(r.Context(), who, server.UserName, server.Name, "start:servers")
	switch {
	case hub.Is(err, hub.NotFound) || hub.Is(err, hub.Forbidden): // it was shared with them, no more
		p.Starting = server.Pending() == "spawn"
	case err != nil:
		return err
	case server.Active() || server.Phase == hub.Failed:
		endpoint.Redirect(w, http.StatusSeeOther, endpoint.WithNext(s.serverURL("spawn-pending", server.UserName, server.Name), next))
		return nil
	default:
		p.LaunchURL = endpoint.WithNext(s.serverURL("spawn", server.UserName, server.Name), next)
	}
	return s.pages.Render(w, http.StatusFailedDependency, p)
}

// findAccessible finds the server of the path: the named one of its first segment, if there
// is one, else the default one. Without access the error is hub.NotFound.
func (s *Handlers) findAccessible(r *http.Request, who *access.Requester) (hub.Server, error) {
	user := r.PathValue("user")
	first, _, _ := strings.Cut(r.PathValue("path"), "/")
	if first != "" && s.app.Config().NamedLimit != 0 {
		server, err := s.app.GetServer(r.Context(), who, user, first, "access:servers")
		if err == nil || !hub.Is(err, hub.NotFound) && !hub.Is(err, hub.Forbidden) {
			return server, err
		}
	}
	server, err := s.app.GetServer(r.Context(), who, user, "", "access:servers")
	if hub.Is(err, hub.Forbidden) || hub.Is(err, hub.NotFound) {
		err = hub.Wrap(hub.NotFound, err, "No access to resources or resources not found").Plainly(
			"There is no notebook server here, or it is not shared with you. Check the address, or ask %s to share it.", hub.Clip(user))
	}
	return server, err
}

// serverPath is the path on the proxy for which the request came here.
func (s *Handlers) serverPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	rest, ok := strings.CutPrefix(path, s.env.Hub)
	if !ok {
		rest = strings.TrimPrefix(path, s.env.Base)
	}
	rest = strings.TrimPrefix(strings.TrimLeft(rest, "/"), "user")
	return s.env.Base + "user/" + strings.TrimLeft(rest, "/") // no route has two slashes before the name
}

// redirectToServerName redirects to the normalised form of a server's name:
// /user/ann/GPU/lab to /user/ann/gpu/lab.
func (s *Handlers) redirectToServerName(w http.ResponseWriter, r *http.Request, server hub.Server) (sent bool) {
	if first, _, _ := strings.Cut(r.PathValue("path"), "/"); server.Name == "" || first == server.Name {
		return false
	}
	rest := s.serverPath(r)[len(s.env.Base+"user"):]
	s.redirectToServerPath(w, r, replacePrefix(rest, 2, hub.ServerPath(s.env.Base, server.UserName, server.Name)))
	return true
}

// retryServer redirects to the server's own address again. It counts the redirects in the
// query, since without a route the proxy sends the browser back here.
func (s *Handlers) retryServer(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(endpoint.LastValue(r.URL.Query(), "redirects"))
	if err != nil || n < 0 {
		n = 0
	}
	if n >= maxRedirects {
		return endpoint.StatusError{
			Status: http.StatusInternalServerError,
			Msg:    "The server is running, but the hub does not reach it. Stop it at the home page and start it again.",
		}
	}
	if n > 0 {
		if err := hub.Sleep(r.Context(), redirectPause<<n); err != nil {
			return err
		}
	}
	target := endpoint.WithQuery(s.serverPath(r), r.URL.RawQuery, "redirects")
	endpoint.Redirect(w, http.StatusFound, s.env.PublicURL(endpoint.WithQuery(target, "redirects="+strconv.Itoa(n+1))))
	return nil
}

// notRunningCall answers what isn't a GET: a program's call, which must not be
// redirected to something that it doesn't expect.
func (s *Handlers) notRunningCall(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if s.redirectToUserName(w, r, s.serverPath(r)) {
		return nil
	}
	name := ""
	if who.Known() {
		server, err := s.findAccessible(r, who)
		if err != nil && !hub.Is(err, hub.NotFound) {
			return err
		}
		if err == nil && s.redirectToServerName(w, r, server) {
			return nil
		}
		name = server.Name
	}
	s.notRunningJSON(w, r, name)
	return nil
}

// notRunningJSON is JupyterHub's answer about a stopped server, which JupyterLab
// knows and asks the person to start it again.
func (s *Handlers) notRunningJSON(w http.ResponseWriter, r *http.Request, server string) {
	path := s.serverPath(r)
	spawn := s.env.Site.Origin
	if spawn == "" {
		spawn = s.env.Origin(r)
	}
	spawn += s.serverURL("spawn", s.userOf(r), server)
	w.Header().Set("Cache-Control", "no-store")
	endpoint.WriteJSON(w, http.StatusFailedDependency, map[string]any{
		"message": "JupyterHub server no longer running at " + path + ". Restart the server at " + spawn,
	})
}

// userOf is whose server the path is about.
func (s *Handlers) userOf(r *http.Request) string {
	if user := r.PathValue("user"); user != "" {
		return user
	}
	user, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, s.env.Base+"user/"), "/")
	return user
}

// Unavailable responds in place of a server that has a route but does not answer. It is for
// requests outside the hub's prefix, which do not pass through ServeHTTP.
func (s *Handlers) Unavailable(w http.ResponseWriter, r *http.Request) {
	s.unavailable(w, r, "The server does not answer", "It is running, but it did not answer. Load this page again in a moment; "+
		"if that does not help, stop it at the home page and start it again.")
}

// IdentityUnavailable responds to a request whose credentials cannot be looked up now.
func (s *Handlers) IdentityUnavailable(w http.ResponseWriter, r *http.Request) {
	s.unavailable(w, r, "The hub is busy", "It cannot tell right now who you are. Load this page again in a moment.")
}

// ServiceUnavailable responds in place of a service that is down.
func (s *Handlers) ServiceUnavailable(w http.ResponseWriter, r *http.Request) {
	s.unavailable(w, r, "The service does not answer", "It is not running, or did not answer. Load this page again in a moment; "+
		"if that does not help, tell an administrator of this hub.")
}

func (s *Handlers) unavailable(w http.ResponseWriter, r *http.Request, heading, message string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", "5")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet || s.wantsJSON(r) {
		endpoint.WriteJSON(w, http.StatusServiceUnavailable, endpoint.ErrorBody{Status: http.StatusServiceUnavailable, Message: heading + ". " + message})
		return
	}
	if s.env.FramingEnabled() { // where the server would be shown, this may be
		r = r.WithContext(endpoint.WithCall(r.Context(), &endpoint.Call{URL: r.URL, Framing: endpoint.FrameListed}))
	}
	s.renderErrorPage(w, r, &access.Requester{}, pages.ErrorPage{
		Status: http.StatusServiceUnavailable, Heading: heading, Message: message,
	})
}

// wantsJSON reports whether a program asks rather than a person: by what it accepts,
// or by a segment "api" in the path on the server, as JupyterHub decides it for
// stopped servers.
func (s *Handlers) wantsJSON(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.EscapedPath(), strings.TrimSuffix(s.env.Base, "/"))
	path = strings.TrimPrefix(path, "/hub")
	segments := strings.Split(strings.TrimLeft(path, "/"), "/") // user, its name, the path on the server
	return prefersJSON(r.Header.Values("Accept")) || len(segments) > 2 && slices.Contains(segments[2:], "api")
}

// prefersJSON reports whether an Accept header puts JSON before HTML. Neither, or only
// a wildcard, is no preference.
func prefersJSON(accept []string) bool {
	var asJSON, asHTML float64
	jsonFirst := false
	for item := range strings.SplitSeq(strings.ToLower(strings.Join(accept, ",")), ",") {
		kind, params, _ := strings.Cut(item, ";")
		switch kind = strings.TrimSpace(kind); kind {
		case "application/json":
			asJSON = max(asJSON, weight(params))
			jsonFirst = jsonFirst || asHTML == 0
		case "text/html":
			asHTML = max(asHTML, weight(params))
		}
	}
	return asJSON > asHTML || asJSON > 0 && asJSON == asHTML && jsonFirst
}

// weight is the q of one item of an Accept header.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		if q, ok := strings.CutPrefix(strings.ReplaceAll(param, " ", ""), "q="); ok {
			w, err := strconv.ParseFloat(q, 64)
			if err != nil {
				return 0
			}
			return w
		}
	}
	return 1
}

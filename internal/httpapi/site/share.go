package site

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// showShare asks somebody who was given a share code whether they take it.
func (s *Handlers) showShare(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	code, err := shareCodeOf(r)
	if err != nil {
		return err
	}
	v, err := s.app.OfferedShare(r.Context(), who, code)
	if err != nil {
		return err
	}
	p := pages.AcceptShare{Common: s.commonWithXSRF(w, r, who), Owner: v.OwnerName, Server: v.ServerName, Running: v.Server.Running()}
	for _, name := range endpoint.OnServer(v.Scopes, v.Server) {
		p.Scopes = append(p.Scopes, pages.Scope{Name: name, Description: s.describeScope(p.Language, name, who.User.Name)})
	}
	return s.pages.Render(w, http.StatusOK, p)
}

// acceptShare returns what the code stands for, and sends the browser to the server.
func (s *Handlers) acceptShare(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	code, err := shareCodeOf(r)
	if err != nil {
		return err
	}
	v, err := s.app.AcceptShare(r.Context(), who, code)
	if hub.Is(err, hub.NotFound) || hub.Is(err, hub.Forbidden) {
		return hub.Errorf(hub.Invalid, "%w", err).Plainly("%s", endpoint.PageMessage(err, http.StatusForbidden))
	}
	if err != nil {
		return err
	}
	target := s.env.NextParam(r)
	if target == "" {
		target = s.env.SafeNext(r, endpoint.LastValue(r.PostForm, "next"))
	}
	if target == "" {
		target = s.env.Site.ServerURL(v.OwnerName, v.ServerName)
	}
	endpoint.Redirect(w, http.StatusFound, target)
	return nil
}

func shareCodeOf(r *http.Request) (string, error) {
	code := endpoint.LastValue(r.URL.Query(), "code")
	if code == "" {
		code = endpoint.LastValue(r.PostForm, "code")
	}
	if code == "" {
		return "", hub.Errorf(hub.Invalid, "Missing argument code").Plainly("This link to a shared server is not whole: its code is missing. Ask for it once more.")
	}
	return code, nil
}

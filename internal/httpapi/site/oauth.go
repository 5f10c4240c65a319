package site

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/secfetch"
	"github.com/atriumhub/atrium/internal/tokens"
)

// OAuth is the provider that notebook servers log people in through.
type OAuth interface {
	// Authorize answers an authorization request: either the address to send the
	// browser to, or what the person must be asked to confirm first.
	Authorize(ctx context.Context, who *access.Requester, q url.Values) (redirect string, confirm *tokens.Grant, err error)
	// Approve is the person's consent to the scopes chosen.
	Approve(ctx context.Context, who *access.Requester, q url.Values, chosen []string) (redirect string, err error)
	// Token answers the token endpoint with a status and a JSON body (RFC 6749 §5).
	Token(ctx context.Context, form url.Values) (status int, body any)
}

// authorize is where notebook servers send browsers to log in.
func (s *Handlers) authorize(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if s.opts.OAuth == nil {
		return endpoint.StatusError{Status: http.StatusNotFound}
	}
	target, confirm, err := s.opts.OAuth.Authorize(r.Context(), who, r.URL.Query())
	switch {
	case err != nil:
		return err
	case confirm != nil && secfetch.IsEmbedded(r):
		return endpoint.EmbeddedError{}
	case confirm != nil:
		return s.confirmForm(w, r, who, *confirm)
	}
	endpoint.Redirect(w, http.StatusFound, target)
	return nil
}

// approve is the form that confirmForm shows.
func (s *Handlers) approve(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if s.opts.OAuth == nil {
		return endpoint.StatusError{Status: http.StatusNotFound}
	}
	target, err := s.opts.OAuth.Approve(r.Context(), who, r.URL.Query(), r.PostForm["scopes"])
	if err != nil {
		return err
	}
	endpoint.Redirect(w, http.StatusFound, target)
	return nil
}

func (s *Handlers) confirmForm(w http.ResponseWriter, r *http.Request, who *access.Requester, g tokens.Grant) error {
	p := pages.Confirm{
		Common: s.commonWithXSRF(w, r, who), ServerOwner: g.Owner,
		ClientName: s.clientText(g.Client.Description, g.Client.ID, "the "),
	}
	if u, err := url.Parse(g.Client.RedirectURI); err == nil && u.Host != "" && u.Host != s.env.Host(r) {
		p.RedirectHost = u.Host
	}
	list := g.Scopes
	if slices.Contains(list, scopes.Inherit) {
		list = []string{scopes.Inherit} // it says all of the rest
	}
	for _, name := range list {
		p.Scopes = append(p.Scopes, pages.Scope{Name: name, Description: s.describeScope(p.Language, name, who.User.Name)})
	}
	return s.pages.Render(w, http.StatusOK, p)
}

// clientText is what people call an application: "service wiki", "notebook server of
// ann", with an article before it; others are called as they call themselves.
func (s *Handlers) clientText(description, id, article string) string {
	if name, ok := strings.CutPrefix(description, "Service "); ok {
		return article + "service " + name
	}
	path, ok := strings.CutPrefix(description, "Server at ")
	owner, named := s.env.SegmentAfter(path, "user/")
	if !ok || !named {
		return cmp.Or(description, id)
	}
	_, server, _ := strings.Cut(strings.Trim(strings.TrimPrefix(path, s.env.Base+"user/"), "/"), "/")
	if server == "" {
		return article + "notebook server of " + owner
	}
	return article + "server " + server + " of " + owner
}

// describeScope says in a sentence what a scope allows and on whom.
func (s *Handlers) describeScope(tag language.Tag, name, self string) string {
	base, filter, err := s.app.Rights().Parse(name)
	if err != nil {
		return ""
	}
	text := tag.Say(s.app.Rights().Describe(base))
	if on := filter.Describe(self); on != "" {
		text = strings.TrimSuffix(text, ".") + " (" + tag.Say(on) + ")."
	}
	return text
}

// exchangeToken is where notebook servers turn a code into a token. The form says
// who they are; no cookie counts here.
func (s *Handlers) exchangeToken(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	if s.opts.OAuth == nil {
		return endpoint.StatusError{Status: http.StatusNotFound}
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache") // as RFC 6749 §5.1 has it
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return hub.Errorf(hub.Invalid, "The request must be a form (application/x-www-form-urlencoded)")
	}
	if err := endpoint.ParseForm(r); err != nil {
		return err
	}
	status, body := s.opts.OAuth.Token(r.Context(), r.PostForm)
	if err, ok := body.(error); ok && status >= http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "cannot exchange a code", "error", err)
	}
	endpoint.WriteJSON(w, status, body)
	return nil
}

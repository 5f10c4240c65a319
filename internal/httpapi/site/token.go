package site

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/tokens"
)

// defaultLifetime is what the form has chosen before anybody chooses: forgotten tokens
// shall end by themselves.
const defaultLifetime = 30 * 24 * time.Hour

// lifetimes are those that JupyterHub's page offers.
func lifetimes() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{time.Hour, day, 7 * day, defaultLifetime, 365 * day, 0}
}

// lifetimeText is one of them as the form says it.
func lifetimeText(d time.Duration) string {
	const day = 24 * time.Hour
	count, unit := d/time.Hour, "hour"
	switch {
	case d >= 365*day:
		count, unit = d/(365*day), "year"
	case d >= day:
		count, unit = d/day, "day"
	}
	if count != 1 {
		unit += "s"
	}
	return fmt.Sprintf("in %d %s", count, unit)
}

func (s *Handlers) tokenPageRoutes() []endpoint.Route {
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/token", Kind: endpoint.Page, List: true, Handle: s.showTokens},
		{Method: http.MethodPost, Pattern: "/token", Kind: endpoint.Page, Handle: s.makeToken},
		{Method: http.MethodPost, Pattern: "/token/revoke", Kind: endpoint.Page, Handle: s.revokeToken},
	}
}

// tokensPerPage is how many of somebody's tokens one page shows.
const tokensPerPage = 50

func (s *Handlers) showTokens(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	return s.tokensPage(w, r, who, http.StatusOK, pages.Tokens{}, defaultLifetime)
}

// tokensPage shows the form and the lists.
func (s *Handlers) tokensPage(w http.ResponseWriter, r *http.Request, who *access.Requester, status int, p pages.Tokens, chosen time.Duration) error {
	number, _ := strconv.Atoi(r.URL.Query().Get("page")) // what is no number is the first
	number = max(1, min(number, endpoint.MaxOffset/tokensPerPage))
	o, err := s.app.MyTokens(r.Context(), who, (number-1)*tokensPerPage, tokensPerPage)
	if err == nil && len(o.Own) == 0 && number > 1 { // the last one of that page was revoked
		number = 1
		o, err = s.app.MyTokens(r.Context(), who, 0, tokensPerPage)
	}
	if err != nil {
		return err
	}
	p.Common, p.Now, p.MaxNote = s.commonWithXSRF(w, r, who), s.clock(), hub.MaxTokenNote
	p.List, p.Apps, p.MoreApps = tokenRows(o.Own), s.appRows(o.Apps), o.More
	p.First, p.Total = (number-1)*tokensPerPage+1, o.Total
	if number > 1 {
		p.Newer = number - 1
	}
	if number*tokensPerPage < o.Total {
		p.Older = number + 1
	}
	for _, d := range lifetimes() {
		c := pages.Choice{Label: "never", Chosen: d == chosen}
		if d > 0 {
			c.Value, c.Label = strconv.Itoa(int(d.Seconds())), lifetimeText(d)
		}
		p.Lifetimes = append(p.Lifetimes, c)
	}
	return s.pages.Render(w, status, p)
}

func tokenRows(list []hub.Token) (rows []pages.TokenRow) {
	for _, t := range list {
		row := pages.TokenRow{
			ID: tokens.TokenID(t), Note: t.Note, Scopes: t.Scopes,
			Created: t.Created, LastUsed: t.LastActivity, Expires: t.Expires, Server: t.ServerID != 0,
		}
		if slices.Contains(t.Scopes, "inherit") {
			row.Scopes = nil
		}
		rows = append(rows, row)
	}
	return rows
}

// appRows are the applications, one row for all the logins of one.
func (s *Handlers) appRows(list []hub.TokenClient) (rows []pages.AppRow) {
	for _, c := range list {
		rows = append(rows, pages.AppRow{
			ID: tokens.TokenID(hub.Token{ID: c.First}), Name: s.clientText(c.Name, c.ID, ""), Tokens: c.Tokens, Created: c.Created, LastUsed: c.LastActivity,
		})
	}
	return rows
}

// makeToken answers with the page that shows the token, once: it is in no address,
// and no other answer has it.
func (s *Handlers) makeToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	note, scopes, lifetime := r.PostForm.Get("note"), r.PostForm.Get("scopes"), r.PostForm.Get("expires_in")
	req := tokens.TokenRequest{Note: cmp.Or(strings.TrimSpace(note), "Made on the token page")}
	var err error
	req.ExpiresIn, err = endpoint.ExpiresIn([]byte(lifetime))
	expiry := err == nil
	if expiry {
		// Commas too, since lists are often written so.
		if words := strings.FieldsFunc(scopes, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' || r == '\r' }); len(words) > 0 {
			req.Scopes = words
		}
		var v tokens.TokenView
		if v, err = s.app.CreateToken(r.Context(), who, who.User.Name, req); err == nil {
			return s.tokensPage(w, r, who, http.StatusOK, pages.Tokens{Secret: v.Secret, Made: v.Note}, defaultLifetime)
		}
	}
	e, ok := errors.AsType[*hub.Error](err)
	if !ok || e.Code != hub.Invalid && e.Code != hub.Forbidden && e.Code != hub.Limit {
		return err
	}
	p := pages.Tokens{Error: endpoint.PageMessage(e, endpoint.StatusOf(e.Code)), Note: note, Scopes: scopes}
	switch {
	case e.Code == hub.Limit || errors.Is(err, tokens.ErrTokenLimit): // no field is to blame
	case !expiry:
		p.Wrong, p.Error = "expires_in", "Choose from the list when it expires."
	case len(req.Note) > hub.MaxTokenNote:
		p.Wrong = "note"
	default:
		p.Wrong = "scopes"
	}
	return s.tokensPage(w, r, who, endpoint.StatusOf(e.Code), p, req.ExpiresIn)
}

// revokeToken takes one token away, or all of an application's.
func (s *Handlers) revokeToken(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	// Two tabs, or a click too many: what was wanted is so.
	if err := s.app.DeleteToken(r.Context(), who, who.User.Name, r.PostForm.Get("id")); err != nil && !hub.Is(err, hub.NotFound) {
		return err
	}
	endpoint.Redirect(w, http.StatusSeeOther, s.env.Hub+"token")
	return nil
}

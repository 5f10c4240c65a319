package site

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// shownSessions is how many of somebody's sessions the page shows.
const shownSessions = 50

func (s *Handlers) accountRoutes() []endpoint.Route {
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/account", Kind: endpoint.Page, List: true, Handle: s.showAccount},
		{Method: http.MethodPost, Pattern: "/account/end", Kind: endpoint.Page, Handle: s.endSession},
		{Method: http.MethodPost, Pattern: "/account/end-others", Kind: endpoint.Page, Handle: s.endOtherSessions},
	}
}

// showAccount shows somebody's password, to change it, and where they are logged in.
func (s *Handlers) showAccount(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	has, err := s.app.HasPassword(r.Context(), who.User.ID)
	if err != nil {
		return err
	}
	sessions, err := s.app.ListSessions(r.Context(), who, who.User.Name)
	if err != nil {
		return err
	}
	p := pages.Account{Common: s.commonWithXSRF(w, r, who), Now: s.clock(), Ended: r.URL.Query().Has("ended")}
	if has {
		policy := s.app.Config().Passwords
		p.Password = &pages.ChangePassword{
			Common: p.Common, InAccount: true, MinLength: policy.Least(), Rule: policy.String(), Next: s.env.Hub + "account",
		}
	}
	for i, v := range sessions {
		if i >= shownSessions && !v.Current {
			p.More++
			continue
		}
		p.Sessions = append(p.Sessions, pages.SessionRow{
			ID: v.PublicID, Browser: v.Device.Browser, System: v.Device.System, Address: v.Address,
			Created: v.Created, LastSeen: v.LastSeen, Current: v.Current,
		})
	}
	return s.pages.Render(w, http.StatusOK, p)
}

func (s *Handlers) endSession(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	// Two tabs, or a click too many: what was wanted is so.
	if err := s.app.EndSession(r.Context(), who, who.User.Name, r.PostForm.Get("id")); err != nil && !hub.Is(err, hub.NotFound) {
		return err
	}
	endpoint.Redirect(w, http.StatusSeeOther, s.env.Hub+"account?ended")
	return nil
}

func (s *Handlers) endOtherSessions(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if err := s.app.EndOtherSessions(r.Context(), who, who.User.Name); err != nil {
		return err
	}
	endpoint.Redirect(w, http.StatusSeeOther, s.env.Hub+"account?ended")
	return nil
}

package site

import (
	"net/http"
	"path"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// panelScope opens the panel; what somebody sees and can do there is what their other scopes say.
const panelScope = "admin-ui"

// panelPages are the panel's pages below /admin/, as web/src/admin/AdminPage.tsx has them.
func panelPages() []string {
	return []string{
		"users",
		"groups",
		"dashboard",
		"roles",
		"quota",
		"announcements",
		"services",
		"audit",
	}
}

func mayAdminister(who *access.Requester) bool { return who.Scopes.Has(panelScope) && !who.Framed }

// panel is the shell of the panel's pages: the React app knows what to show at which address.
func (s *Handlers) panel(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if err := needPanel(who); err != nil {
		return err
	}
	p := s.shell(w, r, who)
	p.PanelPage = path.Base(r.URL.Path)
	return s.pages.Render(w, http.StatusOK, p)
}

// panelRoot leads to the first page of the panel.
func (s *Handlers) panelRoot(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if ok, err := s.loggedIn(w, r, who); !ok {
		return err
	}
	if err := needPanel(who); err != nil {
		return err
	}
	endpoint.Redirect(w, http.StatusFound, s.env.Hub+"admin/users")
	return nil
}

func needPanel(who *access.Requester) error {
	if mayAdminister(who) {
		return nil
	}
	return hub.Errorf(hub.Forbidden, "Only those with the scope %s may see the panel", panelScope).Plainly(
		"This is for administrators. Ask one of them if you should be here.")
}

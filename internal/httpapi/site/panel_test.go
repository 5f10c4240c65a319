package site_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// G7: the panel is at /hub/admin/users, for those who may see it.
func TestPanel(t *testing.T) {
	h := httpapitest.NewWithPages(t)
	h.Password(h.User("root", true), "root's password")
	h.UserNamed("ann")
	root, ann := h.LoggedIn("root", "root's password"), h.LoggedIn("ann", "ann's password")
	httpapitest.WantRedirect(t, "nobody", h.Visitor().Get("/hub/admin/users"), "/hub/login?next=%2Fhub%2Fadmin%2Fusers")
	httpapitest.WantRedirect(t, "its root", root.Get("/hub/admin"), "/hub/admin/users")
	httpapitest.WantPage(t, "an administrator", root.Get("/hub/admin/users"), http.StatusOK, "Administration", "need JavaScript", `"admin:users"`)
	httpapitest.WantPage(t, "a student", ann.Get("/hub/admin/users"), http.StatusForbidden, "This is for administrators.")
	httpapitest.WantPage(t, "a student at its root", ann.Get("/hub/admin"), http.StatusForbidden, "This is for administrators.")
	link := `href="/hub/admin/users"`
	if w := root.Get("/hub/token"); !strings.Contains(w.Body.String(), link) {
		t.Errorf("no way into the panel from another page: %s", w.Body)
	}
	for _, at := range []string{"/hub/token", "/hub/home"} {
		if w := ann.Get(at); strings.Contains(w.Body.String(), link) || strings.Contains(w.Body.String(), `"panel":true`) {
			t.Errorf("a student is shown a way into the panel at %s", at)
		}
	}
}

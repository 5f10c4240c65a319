package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// The API says to programs what JupyterHub says. The hub's own pages, which come with a
// browser's session, hear besides how to tell people.
func TestPagesHearOfFailuresInPlainWords(t *testing.T) {
	const path, msg, plain = "/hub/api/users/ann/servers/", "Cannot delete the default server", "The default server cannot be deleted. Stop it instead."
	h := httpapitest.NewWithPages(t)
	v := h.LoggedIn("ann", "ann's password")
	asked := []httpapitest.Asker{httpapitest.Header("X-XSRFToken", v.Token(v.Get("/hub/home"))), httpapitest.Header("Content-Type", "application/json")}
	w := v.Send("DELETE", path, `{"remove": true}`, asked...)
	if got := httpapitest.JSONBody[map[string]any](t, w); w.Code != http.StatusBadRequest || got["message"] != msg || got["plain"] != plain {
		t.Errorf("a page is told %d %s", w.Code, w.Body)
	}
	w = h.Do("DELETE", path, `{"remove": true}`, httpapitest.Bearer(h.Token(h.UserNamed("ann"))))
	if got := httpapitest.JSONBody[map[string]any](t, w); w.Code != http.StatusBadRequest || got["message"] != msg || len(got) != 2 {
		t.Errorf("a program is told %d %s", w.Code, w.Body)
	}
}

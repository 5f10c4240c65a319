package httpapi

import (
	"net/http"
	"testing"
)

// The API says to programs what JupyterHub says. The hub's own pages, which come with a
// browser's session, hear besides how to tell people.
func TestPagesHearOfFailuresInPlainWords(t *testing.T) {
	const path, msg, plain = "/hub/api/users/ann/servers/", "Cannot delete the default server", "The default server cannot be deleted. Stop it instead."
	h := newPageHub(t)
	v := h.loggedIn("ann", "ann's password")
	asked := []asker{header("X-XSRFToken", v.token(v.get("/hub/home"))), header("Content-Type", "application/json")}
	w := v.send("DELETE", path, `{"remove": true}`, asked...)
	if got := jsonBody[map[string]any](t, w); w.Code != http.StatusBadRequest || got["message"] != msg || got["plain"] != plain {
		t.Errorf("a page is told %d %s", w.Code, w.Body)
	}
	w = h.do("DELETE", path, `{"remove": true}`, bearer(h.token(h.userNamed("ann"))))
	if got := jsonBody[map[string]any](t, w); w.Code != http.StatusBadRequest || got["message"] != msg || len(got) != 2 {
		t.Errorf("a program is told %d %s", w.Code, w.Body)
	}
}

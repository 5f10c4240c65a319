package httpapi

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
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

// Whatever goes wrong, a page says it in sentences, and nothing of what programs are told.
func TestPagesSayFailuresInSentences(t *testing.T) {
	jargon := regexp.MustCompile(`(?i)resource|scope|spawn|pending|json|xsrf|argument|internal server|\bsql|0x|statement`)
	for name, err := range map[string]error{
		"not theirs":      hub.Errorf(hub.Forbidden, "Action is not authorized with current scopes; requires any of [servers]"),
		"not there":       hub.Errorf(hub.NotFound, "No access to resources or resources not found"),
		"nothing":         hub.Errorf(hub.NotFound, "Not Found"),
		"our fault":       hub.Errorf(hub.Internal, "sql: the database refused a statement"),
		"a bug":           errors.New("runtime error: 0xdead"),
		"too slow":        context.DeadlineExceeded,
		"a body":          &http.MaxBytesError{Limit: 9},
		"a method":        statusError{status: http.StatusMethodNotAllowed},
		"a proxy":         statusError{status: http.StatusBadGateway},
		"too often":       hub.Errorf(hub.Limit, ""),
		"stopping":        hub.Errorf(hub.Invalid, "ann/ is pending stop").Plainly("The server is just stopping."),
		"words for pages": hub.Errorf(hub.Conflict, "The password was changed meanwhile. Log in again."),
	} {
		status, _, _ := errorResponse(err)
		got := pageMessage(err, status)
		if jargon.MatchString(got) || !strings.HasSuffix(got, ".") || !regexp.MustCompile(`^[A-Z]`).MatchString(got) {
			t.Errorf("%s: a page says %q", name, got)
		}
	}
}

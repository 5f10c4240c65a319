package endpoint

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
)

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
		"a method":        StatusError{Status: http.StatusMethodNotAllowed},
		"a proxy":         StatusError{Status: http.StatusBadGateway},
		"too often":       hub.Errorf(hub.Limit, ""),
		"stopping":        hub.Errorf(hub.Invalid, "ann/ is pending stop").Plainly("The server is just stopping."),
		"words for pages": hub.Errorf(hub.Conflict, "The password was changed meanwhile. Log in again."),
	} {
		status, _, _ := ErrorResponse(err)
		got := PageMessage(err, status)
		if jargon.MatchString(got) || !strings.HasSuffix(got, ".") || !regexp.MustCompile(`^[A-Z]`).MatchString(got) {
			t.Errorf("%s: a page says %q", name, got)
		}
	}
}

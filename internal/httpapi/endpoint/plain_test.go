package endpoint_test

import (
	"net/http"
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// What only programs are told is said to people in their language, where that has it; in English it goes without.
func TestPlainMessage(t *testing.T) {
	for _, c := range []struct {
		err             error
		english, german string
	}{
		{hub.Errorf(hub.Invalid, "User root already exists, username must be unique"), "", "Es gibt schon jemanden namens root, und jeder Name ist einmalig"},
		{hub.Errorf(hub.Invalid, "what no catalogue has"), "", ""},
		{hub.Errorf(hub.Invalid, "x").Plainly("Try again in %s.", "30 seconds"), "Try again in 30 seconds.", "Versuchen Sie es in 30 Sekunden noch einmal."},
		{hub.Errorf(hub.Internal, "Try again"), "", ""},
	} {
		for language, want := range map[string]string{"": c.english, "de": c.german} {
			r := &http.Request{Header: http.Header{"Accept-Language": {language}}}
			if got := endpoint.PlainMessage(r, c.err); got != want {
				t.Errorf("%v in %q is %q, want %q", c.err, language, got, want)
			}
		}
	}
}

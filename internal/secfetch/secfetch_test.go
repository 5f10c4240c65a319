package secfetch

import (
	"net/http"
	"testing"
)

func TestWhereAResponseIsShown(t *testing.T) {
	t.Parallel()
	for dest, want := range map[string]struct{ frame, embedded bool }{
		"iframe":      {true, true},
		"frame":       {true, true},
		"object":      {false, true},
		"embed":       {false, true},
		"fencedframe": {false, true},
		"document":    {},
		"image":       {},
		"empty":       {},
		"IFRAME":      {}, // browsers write it in lower case alone
		"":            {},
	} {
		r := &http.Request{Header: http.Header{}}
		if dest != "" {
			r.Header.Set("Sec-Fetch-Dest", dest)
		}
		if frame, embedded := IsForFrame(r), IsEmbedded(r); frame != want.frame || embedded != want.embedded {
			t.Errorf("%q: for a frame %t, embedded %t, want %t and %t", dest, frame, embedded, want.frame, want.embedded)
		}
	}
}

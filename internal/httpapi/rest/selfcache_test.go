package rest

import (
	"testing"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// A token that is read again takes the place of its former self, and large answers are
// made anew each time: what is remembered stays small.
func TestSelvesStaySmall(t *testing.T) {
	s := &selfCache{}
	var last *hub.Token
	for range 3 {
		last = &hub.Token{ID: 7}
		s.put(last, "version", endpoint.JSONResponse{Body: []byte("{}")})
	}
	if len(s.all) != 1 {
		t.Errorf("one token is remembered %d times", len(s.all))
	}
	if _, ok := s.get(last, "version"); !ok {
		t.Error("the answer is not remembered")
	}
	for name, found := range map[string]bool{
		"another version": second(s.get(last, "changed")), "as it was before": second(s.get(&hub.Token{ID: 7}, "version")),
	} {
		if found {
			t.Errorf("%s: remembered", name)
		}
	}
	big := &hub.Token{ID: 8}
	s.put(big, "version", endpoint.JSONResponse{Body: make([]byte, maxCachedSelf+1)})
	if _, ok := s.get(big, "version"); ok {
		t.Error("a large answer is remembered")
	}
}

func second(_ endpoint.JSONResponse, ok bool) bool { return ok }

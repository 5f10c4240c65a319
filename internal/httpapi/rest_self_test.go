package httpapi

import (
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
)

// A token that is read again takes the place of its former self, and large answers are
// made anew each time: what is remembered stays small.
func TestSelvesStaySmall(t *testing.T) {
	s := &selves{}
	var last *hub.Token
	for range 3 {
		last = &hub.Token{ID: 7}
		s.keep(last, "version", answer{body: []byte("{}")})
	}
	if len(s.all) != 1 {
		t.Errorf("one token is remembered %d times", len(s.all))
	}
	if _, ok := s.find(last, "version"); !ok {
		t.Error("the answer is not remembered")
	}
	for name, found := range map[string]bool{
		"another version": second(s.find(last, "changed")), "as it was before": second(s.find(&hub.Token{ID: 7}, "version")),
	} {
		if found {
			t.Errorf("%s: remembered", name)
		}
	}
	big := &hub.Token{ID: 8}
	s.keep(big, "version", answer{body: make([]byte, maxSelf+1)})
	if _, ok := s.find(big, "version"); ok {
		t.Error("a large answer is remembered")
	}
}

func second(_ answer, ok bool) bool { return ok }

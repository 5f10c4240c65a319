package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// slowClient is an answer's writer that notes the deadlines set for the request.
type slowClient struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (c *slowClient) SetReadDeadline(at time.Time) error {
	c.deadlines = append(c.deadlines, at)
	return nil
}

// Nobody may keep a connection with a body that never ends, whether it is read or not.
func TestBodiesHaveToArrive(t *testing.T) {
	h := httpapitest.New(t)
	for name, c := range map[string]struct {
		method, target, body string
		set, taken           bool
	}{
		"read":      {"POST", "/hub/login", "username=x", true, true},
		"not found": {"POST", "/hub/nothing", "x", true, false},
		"outside":   {"POST", "/nothing", "x", true, false},
		"no body":   {"GET", "/hub/login", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			if c.body == "" {
				r.Body, r.ContentLength = http.NoBody, 0
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := &slowClient{ResponseRecorder: httptest.NewRecorder()}
			h.Server.ServeHTTP(w, r)
			set := len(w.deadlines) > 0 && !w.deadlines[0].IsZero()
			taken := set && w.deadlines[len(w.deadlines)-1].IsZero()
			if set != c.set || taken != c.taken {
				t.Errorf("deadlines %v", w.deadlines)
			}
		})
	}
}

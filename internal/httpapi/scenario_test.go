package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A scenario is one request and its answer. Those of a table run one after the
// other on one hub.
type scenario struct {
	name    string
	method  string
	path    string
	body    string
	as      []asker
	status  int
	message string // of an error, or a part of it
	want    string // JSON object: each of its keys must be in the answer with that value
}

func (h *testHub) run(t *testing.T, scenarios []scenario) {
	t.Helper()
	h.t = t
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			w := h.do(c.method, c.path, c.body, c.as...)
			if w.Code != c.status {
				t.Fatalf("%s %s: %d %s, want %d", c.method, c.path, w.Code, w.Body, c.status)
			}
			if w.Code >= 400 {
				if got := message(t, w); !strings.Contains(got, c.message) {
					t.Errorf("message %q, want %q in it", got, c.message)
				}
			}
			if c.want != "" {
				contains(t, w.Body.Bytes(), c.want)
			}
			if got := w.Header().Get("X-Jupyterhub-Version"); got != "6.1.1" {
				t.Errorf("X-JupyterHub-Version is %q", got)
			}
			if w.Header().Get("X-Request-Id") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers are missing: %v", w.Header())
			}
		})
	}
}

func contains(t *testing.T, body []byte, want string) {
	t.Helper()
	var got, part map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if err := json.Unmarshal([]byte(want), &part); err != nil {
		t.Fatal(err)
	}
	have := map[string]any{}
	for key := range part {
		if value, ok := got[key]; ok {
			have[key] = value
		}
	}
	if diff := cmp.Diff(part, have); diff != "" {
		t.Errorf("answer differs (-want +got):\n%s", diff)
	}
}

const (
	noCredentials = "Missing or invalid credentials."
	noAccess      = "No access to resources or resources not found"
	badJSON       = "Invalid JSON in body of request"
)

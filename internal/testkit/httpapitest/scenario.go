package httpapitest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A Scenario is one request and its answer. Those of a table run one after the
// other on one hub.
type Scenario struct {
	Name    string
	Method  string
	Path    string
	Body    string
	As      []Asker
	Status  int
	Message string // of an error, or a part of it
	Want    string // JSON object: each of its keys must be in the answer with that value
}

// Run makes the requests one after the other, and compares the answers.
func (h *Hub) Run(t *testing.T, scenarios []Scenario) {
	t.Helper()
	h.T = t
	for _, c := range scenarios {
		t.Run(c.Name, func(t *testing.T) {
			w := h.Do(c.Method, c.Path, c.Body, c.As...)
			if w.Code != c.Status {
				t.Fatalf("%s %s: %d %s, want %d", c.Method, c.Path, w.Code, w.Body, c.Status)
			}
			if w.Code >= 400 {
				if got := Message(t, w); !strings.Contains(got, c.Message) {
					t.Errorf("message %q, want %q in it", got, c.Message)
				}
			}
			if c.Want != "" {
				Contains(t, w.Body.Bytes(), c.Want)
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

// Contains checks that an object has the keys of another, with its values.
func Contains(t *testing.T, body []byte, want string) {
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

// What JupyterHub says to those who may not, and of a body that is no JSON.
const (
	NoCredentials = "Missing or invalid credentials."
	NoAccess      = "No access to resources or resources not found"
	BadJSON       = "Invalid JSON in body of request"
)

package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// By API alone: create somebody, mint a token for them, start their server, run code
// in a kernel over the proxied websocket, stop.
func TestNotebookByAPIAlone(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t)})
	admin := h.Admin()
	alice := admin.NewUser("alice")
	alice.StartServer("alice")
	kernel := alice.Notebook("alice").StartKernel()
	if got := kernel.Run("6*7"); got != "42" {
		t.Errorf("6*7 is %q, want 42", got)
	}
	var user struct{ Server *string }
	admin.Get("/hub/api/users/alice", &user)
	if user.Server == nil || *user.Server != "/user/alice/" {
		t.Errorf("the model's server is %v, want /user/alice/", user.Server)
	}
	alice.StopServer("alice")
	eventually(t, "nothing of the server lives", startPatience, func() bool { return len(h.Processes()) == 0 })
	moved := alice.Do(http.MethodGet, "/user/alice/api/kernels", nil, http.StatusFound)
	if to := moved.Header.Get("Location"); to != "/hub/user/alice/api/kernels" {
		t.Errorf("without a server its paths lead to %s", to)
	}
	got := alice.Do(http.MethodGet, "/hub/user/alice/api/kernels", nil, http.StatusFailedDependency)
	if !strings.Contains(string(got.Body), "message") {
		t.Errorf("a stopped server's API answers %s, want a JSON message", got.Body)
	}
}

// The lines of the guide that ask a hub whether it is there, and who one is.
func TestGuidesConnectionChecks(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	for _, path := range []string{"/hub/api", "/hub/api/"} {
		var v struct{ Version string }
		h.As("").Get(path, &v)
		if v.Version != "6.1.1" {
			t.Errorf("%s says version %q, want 6.1.1", path, v.Version)
		}
	}
	for _, scheme := range []string{"token ", "Bearer ", "bearer "} {
		req, err := http.NewRequest(http.MethodGet, h.URL+"/hub/api/user", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", scheme+adminToken)
		got, err := send(plainClient(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != http.StatusOK || !strings.Contains(string(got.Body), `"admin"`) {
			t.Errorf("with %q: status %d, %s", scheme, got.Status, got.Body)
		}
	}
	for _, token := range []string{"", "wrong"} {
		h.As(token).Do(http.MethodGet, "/hub/api/user", nil, http.StatusForbidden)
	}
	for _, path := range []string{"/hub/health", "/hub/health/ready", "/hub/api/health"} {
		h.As("").Do(http.MethodGet, path, nil, http.StatusOK)
	}
}

// Groups as the guide's Python lines manage them.
func TestGuidesGroupLines(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	admin := h.Admin()
	for _, name := range []string{"user1", "user2", "user3"} {
		admin.Do(http.MethodPost, "/hub/api/users/"+name, nil, http.StatusCreated)
	}
	admin.Do(http.MethodPost, "/hub/api/groups/course-101", nil, http.StatusCreated)
	admin.Do(http.MethodPost, "/hub/api/groups/course-101/users", map[string]any{"users": []string{"user1", "user2", "user3"}}, http.StatusOK)
	admin.Do(http.MethodDelete, "/hub/api/groups/course-101/users", map[string]any{"users": []string{"user2"}}, http.StatusOK)
	var groups []struct {
		Name  string
		Users []string
	}
	admin.Get("/hub/api/groups", &groups)
	if len(groups) != 1 || groups[0].Name != "course-101" {
		t.Fatalf("groups are %+v", groups)
	}
	if diff := cmp.Diff([]string{"user1", "user3"}, groups[0].Users); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	admin.Do(http.MethodDelete, "/hub/api/groups/course-101", nil, http.StatusNoContent)
}

// A body that isn't JSON, or too large, is answered as JupyterHub answers.
func TestBodiesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	admin := h.Admin()
	var problem struct {
		Status  int
		Message string
	}
	for body, status := range map[string]int{
		`{"usernames": [`: http.StatusBadRequest,
		`usernames=alice`: http.StatusBadRequest,
		`["` + strings.Repeat("x", 11_000_000) + `"]`: http.StatusRequestEntityTooLarge,
	} {
		got := admin.Do(http.MethodPost, "/hub/api/users", body, status)
		decode(t, got.Body, &problem)
		if problem.Status != status || problem.Message == "" {
			t.Errorf("%.20s…: the body says %+v, want status %d and a message", body, problem, status)
		}
	}
}

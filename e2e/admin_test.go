package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// credentials is DATA_DIR/admin-credentials.json.
type credentials struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
	APIToken string `json:"api_token"`
}

func (h *hub) credentials() credentials {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.DataDir, "admin-credentials.json"))
	if err != nil {
		h.t.Fatal(err)
	}
	var c credentials
	decode(h.t, text, &c)
	return c
}

// The first administrator is made at the first start, written for the hub alone,
// kept out of the log, and good for logging in and for the API.
func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig(), NoAdmin: true})
	c := h.credentials()
	if c.Username != "admin" || c.Password == "" || c.APIToken == "" || strings.TrimSuffix(c.URL, "/") != h.URL {
		t.Errorf("the credentials are %+v", c)
	}
	info, err := os.Stat(filepath.Join(h.DataDir, "admin-credentials.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v (%v), want 0600", info.Mode(), err)
	}
	// Nobody sits at a terminal here: what the hub says is a log.
	if said := h.Output.String(); strings.Contains(said, c.Password) || strings.Contains(said, c.APIToken) {
		t.Error("the first start writes the password or the token to the log")
	} else if !strings.Contains(said, filepath.Join(h.DataDir, "admin-credentials.json")) {
		t.Error("the first start doesn't say where the credentials are")
	}
	h.Stop()
	h.Start()
	if strings.Contains(h.Output.String(), c.Password) {
		t.Error("the second start shows the password")
	}
	if again := h.credentials(); again != c {
		t.Errorf("the second start has changed the credentials to %+v", again)
	}
	h.As(c.APIToken).Do(http.MethodGet, "/hub/api/users", nil, http.StatusOK)
	if home := h.Browser().LogIn(c.Username, c.Password, "/hub/home"); home.Path != "/hub/home" || home.Status != http.StatusOK {
		t.Errorf("logging in leads to %s with status %d", home.Path, home.Status)
	}
	if wrong := h.Browser().LogIn(c.Username, "not "+c.Password, "/hub/home"); wrong.Status != http.StatusForbidden {
		t.Errorf("a wrong password: status %d, want 403", wrong.Status)
	}
}

// Credentials from the environment are applied again when they change, and only then.
func TestAdministratorFromTheEnvironment(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig(), NoAdmin: true, Env: []string{
		"ATRIUM_ADMIN_USERNAME=boss", "ATRIUM_ADMIN_PASSWORD=first password", "JUPYTERHUB_API_TOKEN=first-token-of-the-boss",
	}})
	if _, err := os.Stat(filepath.Join(h.DataDir, "admin-credentials.json")); err == nil {
		t.Error("there is a credentials file though the credentials were given")
	}
	h.As("first-token-of-the-boss").Do(http.MethodGet, "/hub/api/users", nil, http.StatusOK)
	h.Stop()
	h.opt.Env = []string{"ATRIUM_ADMIN_USERNAME=boss", "JUPYTERHUB_ADMIN_PASSWORD=second password", "ATRIUM_ADMIN_TOKEN=second-token-of-the-boss"}
	h.Start()
	h.As("first-token-of-the-boss").Do(http.MethodGet, "/hub/api/users", nil, http.StatusForbidden)
	h.As("second-token-of-the-boss").Do(http.MethodGet, "/hub/api/users", nil, http.StatusOK)
	if old := h.Browser().LogIn("boss", "first password", ""); old.Status != http.StatusForbidden {
		t.Errorf("the former password: status %d, want 403", old.Status)
	}
	if home := h.Browser().LogIn("Boss ", "second password", "/hub/home"); home.Path != "/hub/home" {
		t.Errorf("logging in leads to %s with status %d", home.Path, home.Status)
	}
	for _, secret := range []string{"second password", "second-token-of-the-boss"} {
		if strings.Contains(h.Output.String(), secret) {
			t.Errorf("the hub's output contains %q", secret)
		}
	}
}

// An administrator who has lost the password is told to stop the hub first; afterwards the
// new one is theirs, and the command line of the machine works as before.
func TestAdministratorLosesThePassword(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig(), NoAdmin: true})
	lost := h.credentials()
	said, err := h.tryRun("admin", "reset-password")
	if err == nil || !strings.Contains(said, "The hub is running on "+h.DataDir) || !strings.Contains(said, "Stop it, run this again, and start it") {
		t.Errorf("beside the hub it says %v: %s", err, said)
	}
	h.As(lost.APIToken).Do(http.MethodGet, "/hub/api/users", nil, http.StatusOK) // nothing was changed

	h.Stop()
	said = h.run("admin", "reset-password")
	h.Start()
	now := h.credentials()
	if now.URL != lost.URL || now.Username != lost.Username || !strings.Contains(said, now.Password) {
		t.Errorf("the credentials were %+v, and are %+v; it said %s", lost, now, said)
	}
	info, err := os.Stat(filepath.Join(h.DataDir, "admin-credentials.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v (%v), want 0600", info.Mode(), err)
	}
	h.As(lost.APIToken).Do(http.MethodGet, "/hub/api/users", nil, http.StatusForbidden)
	h.As(now.APIToken).Do(http.MethodGet, "/hub/api/users", nil, http.StatusOK)
	if h.LogsIn(lost.Username, lost.Password) || !h.LogsIn(now.Username, now.Password) {
		t.Error("the old password works, or the new one does not")
	}
}

package e2e_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// killNotebook ends somebody's notebook server as a machine short of memory would.
func (h *hub) killNotebook(user string) {
	h.t.Helper()
	pids := h.Notebooks(user)
	if len(pids) != 1 {
		h.t.Fatalf("%s has %d notebook servers", user, len(pids))
	}
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		h.t.Fatal(err)
	}
}

// Right after a server was killed it can be started again, over the API, for many at
// once, and from the page; nobody is told that it runs already.
func TestKilledServersStartAgainAtOnce(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig() + "auth:\n  dummy:\n    password: open sesame\n"})
	admin := h.Admin()
	admin.NewUser("ann").StartServer("ann")
	admin.NewUser("bob").StartServer("bob")
	started := func(user string) string { return admin.Server(user).Started.String() }

	before := started("ann")
	h.killNotebook("ann")
	admin.Do(http.MethodPost, "/hub/api/users/ann/server", nil, http.StatusCreated)
	if now := started("ann"); now == before || len(h.Notebooks("ann")) != 1 {
		t.Errorf("started at %s, before at %s, with %d notebook servers", now, before, len(h.Notebooks("ann")))
	}
	if got := admin.Do(http.MethodPost, "/hub/api/users/ann/server", nil, http.StatusBadRequest); !strings.Contains(string(got.Body), "already running") {
		t.Errorf("one that runs: %s", got.Body)
	}

	h.killNotebook("ann")
	var bulk struct {
		Results []struct{ Username, Status string }
	}
	decode(t, admin.Do(http.MethodPost, "/hub/api/bulk/servers/start", map[string]any{
		"servers": []map[string]any{{"username": "ann"}, {"username": "bob"}},
	}, http.StatusOK).Body, &bulk)
	if len(bulk.Results) != 2 || bulk.Results[0].Status != "started" || bulk.Results[1].Status != "running" {
		t.Errorf("started for many: %+v", bulk.Results)
	}
	admin.WaitReady("ann")

	browser := h.Browser()
	browser.LogIn("bob", "open sesame", "/hub/home")
	before = started("bob")
	h.killNotebook("bob")
	if page := browser.Open("/hub/spawn"); !strings.HasPrefix(page.Path, "/hub/spawn-pending/bob") && !strings.HasPrefix(page.Path, "/user/bob/") {
		t.Errorf("the page of the start leads to %s with status %d", page.Path, page.Status)
	}
	admin.WaitReady("bob")
	if now := started("bob"); now == before {
		t.Error("the page of the start started nothing")
	}
}

package e2e_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const counting = `
import threading, time
state, n = "kept", 0
def count():
    global n
    while True:
        n += 1
        time.sleep(0.02)
threading.Thread(target=count, daemon=True).start()
`

// The hub is killed while a kernel counts, and later ended and started again as an
// upgrade would: the kernel's state is there, through the same browser session, and
// there is one server.
func TestKernelOutlivesTheHub(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t)})
	h.Admin().StartServer("admin")
	browser := h.Browser()
	opened := browser.LogIn("admin", adminPassword, "/user/admin/lab")
	if opened.Status != http.StatusOK || !strings.HasPrefix(opened.Path, "/user/admin/lab") {
		t.Fatalf("logging in leads to %s with status %d", opened.Path, opened.Status)
	}
	kernel := browser.Notebook("admin").StartKernel()
	kernel.Run(counting)
	before := counted(t, kernel)
	processes := len(h.Processes())

	restarts := []struct {
		name string
		end  func()
	}{
		{"killed", h.Kill},
		{"upgraded", func() {
			if said := h.Stop(); !strings.Contains(said, "1 notebook server stays running") {
				t.Errorf("SIGTERM says nothing of the server that stays:\n%s", said)
			}
		}},
	}
	for _, restart := range restarts {
		restart.end()
		h.Start()
		again := browser.Open("/user/admin/lab")
		if again.Status != http.StatusOK || !strings.HasPrefix(again.Path, "/user/admin/lab") {
			t.Fatalf("%s: the session leads to %s with status %d", restart.name, again.Path, again.Status)
		}
		if home := browser.Open("/hub/home"); home.Status != http.StatusOK || home.Path != "/hub/home" {
			t.Errorf("%s: the hub's home leads to %s with status %d", restart.name, home.Path, home.Status)
		}
		after := counted(t, browser.Notebook("admin").Connect(kernel.ID))
		if after <= before {
			t.Errorf("%s: the kernel counted to %d before and to %d after", restart.name, before, after)
		}
		before = after
		if now := len(h.Processes()); now != processes {
			t.Errorf("%s: %d processes after, %d before", restart.name, now, processes)
		}
	}
	h.Admin().StopServer("admin")
	eventually(t, "nothing of the server lives", startPatience, func() bool { return len(h.Processes()) == 0 })
}

func counted(t *testing.T, k *kernel) int {
	t.Helper()
	n, err := strconv.Atoi(k.Run("assert state == 'kept'\nprint(n, end='')"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The hub is killed at many moments between asking and ready: one server, never two,
// none orphaned.
func TestKilledBetweenAskingAndReady(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig("--delay", "120ms") + "  \n"})
	h.Admin().NewUser("alice")
	const rounds, step = 16, 18 * time.Millisecond
	for round := range rounds {
		acknowledged := make(chan bool, 1)
		go func() {
			got, err := h.Admin().Try(http.MethodPost, "/hub/api/users/alice/server", nil)
			acknowledged <- err == nil && got.Status < 300
		}()
		time.Sleep(time.Duration(round) * step)
		h.Kill()
		told := <-acknowledged
		h.Start()
		name := fmt.Sprintf("killed after %s", time.Duration(round)*step)
		if s := h.Admin().Server("alice"); !told && !s.Ready && s.Pending == nil {
			h.Admin().Do(http.MethodPost, "/hub/api/users/alice/server", nil, http.StatusCreated, http.StatusAccepted)
		}
		h.Admin().WaitReady("alice")
		// A second one would need as long as the first to show itself.
		for deadline := time.Now().Add(250 * time.Millisecond); time.Now().Before(deadline); time.Sleep(poll) {
			if pids := h.Notebooks("alice"); len(pids) != 1 {
				t.Fatalf("%s: %d servers live: %v", name, len(pids), pids)
			}
		}
		h.As(adminToken).Do(http.MethodGet, "/user/alice/api", nil, http.StatusOK)
		h.Admin().StopServer("alice")
		eventually(t, name+": nothing is orphaned", startPatience, func() bool { return len(h.Processes()) == 0 })
	}
}

// SIGTERM leaves the servers running and says so; with --stop-servers they end.
func TestEndOfTheHub(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		args   []string
		config string
		stays  bool
	}{
		{"they stay", nil, "", true},
		{"--stop-servers", []string{"--stop-servers"}, "", false},
		{"servers.stop_with_hub", nil, "servers:\n  stop_with_hub: true\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			endHub(t, startHub(t, options{Config: trivialConfig() + test.config, Args: test.args}), test.stays)
		})
	}
}

func endHub(t *testing.T, h *hub, stays bool) {
	t.Helper()
	for _, name := range []string{"alice", "bob"} {
		h.Admin().NewUser(name)
		h.Admin().StartServer(name)
	}
	said := h.Stop()
	left := len(h.Notebooks("alice")) + len(h.Notebooks("bob"))
	if !stays {
		if left != 0 {
			t.Errorf("%d servers live on:\n%s", left, said)
		}
		return
	}
	if left != 2 {
		t.Errorf("%d servers live on, want 2", left)
	}
	for _, words := range []string{"2 notebook servers stay running", "--stop-servers"} {
		if !strings.Contains(said, words) {
			t.Errorf("the hub's last words have no %q:\n%s", words, said)
		}
	}
	h.Start()
	for _, name := range []string{"alice", "bob"} {
		if !h.Admin().Server(name).Ready {
			t.Errorf("%s's server is not found again", name)
		}
		h.Admin().StopServer(name)
	}
	eventually(t, "both are gone", startPatience, func() bool { return len(h.Processes()) == 0 })
}

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// While the hub stops servers before it ends, it starts none; and who does not want to
// wait for one that does not stop presses Ctrl-C once more.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Args: []string{"--stop-servers"}, Config: `
spawner:
  slow_start_wait: 0s
  local:
    command: [/bin/sh, -c, "trap '' INT TERM; echo deaf; while :; do sleep 1; done"]
    interrupt_timeout: 10m
`})
	admin := h.Admin()
	admin.Do(http.MethodPost, "/hub/api/users", map[string]any{"usernames": []string{"ann", "ben"}}, http.StatusCreated)
	admin.Do(http.MethodPost, "/hub/api/users/ann/server", nil, http.StatusAccepted)
	eventually(t, "the server has a process", startPatience, func() bool { return admin.Server("ann").Phase == "waiting" })
	interrupt := func() {
		if err := h.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	eventually(t, "the hub stops servers", startPatience, func() bool { return strings.Contains(h.Output.String(), "1 notebook server has to stop") })
	if got := admin.Do(http.MethodPost, "/hub/api/users/ben/server", nil, http.StatusServiceUnavailable); got.Header.Get("Retry-After") == "" {
		t.Errorf("a start while the hub ends: %v", got.Header)
	}
	interrupt()
	select {
	case <-h.exited:
	case <-time.After(startPatience):
		t.Fatal("the hub goes on after a second interrupt")
	}
}

// A hub whose words nobody reads any more, as when the reader of `atrium serve | tee log`
// has ended, goes on, and ends as it should.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Args: []string{"--stop-servers"}, Config: trivialConfig()})
	admin := h.Admin()
	admin.Do(http.MethodPost, "/hub/api/users/ann", nil, http.StatusCreated)
	h.Output.leave()
	for range 3 { // each is logged: the first closes the pipe
		admin.StartServer("ann")
		admin.StopServer("ann")
	}
	h.end(syscall.SIGTERM)
	if code := h.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the hub ended with %s", h.cmd.ProcessState)
	}
}

// A trial is gone when its hub has ended and its folder is deleted: nothing runs on, and
// nothing was written elsewhere.
func TestTrialIsGoneWithItsFolder(t *testing.T) {
	t.Parallel()
	home, temp := filepath.Join(hubtest.Folder(t), "home"), filepath.Join(hubtest.Folder(t), "temp")
	for _, dir := range []string{home, temp} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	h := startHub(t, options{Args: []string{"--stop-servers"}, Config: trivialConfig(), Env: []string{"HOME=" + home, "TMPDIR=" + temp}})
	h.Admin().NewUser("ann").StartServer("ann")
	h.end(syscall.SIGINT)
	if left := h.Processes(); len(left) > 0 {
		t.Errorf("these processes run on: %v", left)
	}
	for _, dir := range []string{home, temp} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("in %s there are %v, %v", dir, entries, err)
		}
	}
	if now, err := os.ReadFile("/etc/passwd"); err != nil || string(now) != string(accounts) {
		t.Errorf("/etc/passwd is another one: %v", err)
	}
	if err := os.RemoveAll(h.DataDir); err != nil {
		t.Error(err)
	}
}

// Closing the terminal window ends a trial as Ctrl-C does, and leaves no notebooks
// behind; shells tell of it more than once.
func TestClosedTerminalEndsTheTrial(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Args: []string{"--stop-servers"}, Config: trivialConfig()})
	h.Admin().NewUser("ann").StartServer("ann")
	for range 2 {
		if err := h.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	h.end(syscall.SIGHUP)
	if code := h.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the hub ended with %s:\n%s", h.cmd.ProcessState, h.Output)
	}
	if left := h.Processes(); len(left) > 0 {
		t.Errorf("these processes run on: %v", left)
	}
}

package e2e_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
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

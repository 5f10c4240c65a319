package procs

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Who closes the watcher at the moment at which a process ends does not wait for ever.
func TestWatcherIsClosedWhileAProcessEnds(t *testing.T) {
	w := NewWatcher()
	if w.epoll == nil {
		t.Skip("no processes can be watched here")
	}
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		w.Run(t.Context(), make(chan Exit, 1))
	}()
	cmd := exec.CommandContext(t.Context(), "cat")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !w.Add(1, cmd.Process.Pid, func() bool { return true }) {
		t.Skip("processes have no file descriptors here")
	}
	isIn := func(function string) {
		t.Helper()
		stacks := make([]byte, 1<<20)
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			if strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "(*Watcher)."+function+"(") {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("nobody is in %s", function)
			}
		}
	}
	w.mu.Lock() // both wait for it, Close first
	closed := make(chan struct{})
	go func() { defer close(closed); w.Close() }()
	isIn("Close")
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	isIn("collect")
	w.mu.Unlock()
	for what, done := range map[string]chan struct{}{"Close": closed, "Run": ran} {
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Errorf("%s does not end", what)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

package local

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// A server that could not listen because another process was quicker is told apart from one
// that failed for its own reasons: the next run gets another port.
func TestPortTakenBeforeTheServerListens(t *testing.T) {
	for name, taken := range map[string]bool{"taken": true, "its own fault": false} {
		t.Run(name, func(t *testing.T) {
			dir := dataDir(t)
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			listens := filepath.Join(dir, "listen-now")
			run := `while [ ! -e "` + listens + `" ]; do sleep 0.01; done; `
			if taken {
				run += `exec "` + program + `" notebook`
			} else {
				run += "exit 1"
			}
			f := newFixture(t, func(o *Options) { o.Command = []string{"/bin/sh", "-c", run} })
			if err := f.driver.Start(t.Context(), spawntest.Spec(1, 1)); err != nil {
				t.Fatal(err)
			}
			first, err := f.driver.files.read(1)
			if err != nil {
				t.Fatal(err)
			}
			if taken {
				listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: first.Port})
				if err != nil {
					t.Fatal(err)
				}
				defer listener.Close()
			}
			if err := os.WriteFile(listens, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if status := spawntest.Await(t, f.driver, 1, spawn.Exited); status.PortTaken != taken {
				t.Fatalf("port taken: %t, want %t; %s", status.PortTaken, taken, status.Reason)
			}
			if taken {
				spawntest.Start(t, f.driver, spawntest.Spec(1, 2))
			}
		})
	}
}

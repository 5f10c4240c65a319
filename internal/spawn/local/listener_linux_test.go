package local

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local/ports"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// Whoever takes a server's port before the server does gets none of its requests.
func TestPortTakenBySomebodyElse(t *testing.T) {
	needRoot(t)
	f := newFixture(t, func(o *Options) {
		o.Command = []string{program, "notebook", "sleep"}
		o.TermTimeout = 10 * time.Millisecond // it ignores SIGTERM
	})
	if err := f.driver.Start(t.Context(), spawntest.Spec(1, 1)); err != nil {
		t.Fatal(err)
	}
	rec, err := f.driver.files.read(1)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: rec.Port})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if status := spawntest.WantState(t, f.driver, 1, spawn.Alive); status.Upstream != "" {
		t.Errorf("requests would go to %s, where uid %d listens", status.Upstream, os.Getuid())
	}
	if !ports.ListensAs(uint32(os.Getuid()), rec.Port) {
		t.Error("who listens is not seen, and the test proves nothing")
	}
}

// A server's port is anybody's once the server has ended.
func TestPortTakenAfterTheEnd(t *testing.T) {
	needRoot(t)
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	rec, err := f.driver.files.read(1)
	if err != nil {
		t.Fatal(err)
	}
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: rec.Port}
	if err := f.driver.VerifyPeer(at); err != nil {
		t.Errorf("the server itself: %v", err)
	}
	restarted := f.open(t)
	defer restarted.Close()
	if err := restarted.VerifyPeer(at); err != nil {
		t.Errorf("the server itself, found again: %v", err)
	}
	if err := unix.Kill(n.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	listener := takePort(t, at)
	defer listener.Close()
	for name, d := range map[string]*Driver{"the same hub": f.driver, "one that found it": restarted} {
		if d.VerifyPeer(at) == nil {
			t.Errorf("%s vouches for whoever took the port", name)
		}
	}
}

// takePort listens as soon as the port is free.
func takePort(t *testing.T, at *net.TCPAddr) net.Listener {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		listener, err := net.ListenTCP("tcp4", at)
		if err == nil {
			return listener
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

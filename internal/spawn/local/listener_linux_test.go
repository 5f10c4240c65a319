package local

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

func TestLoopbackListener(t *testing.T) {
	for _, c := range []struct {
		line string
		want bool
	}{
		{"  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234 0 99", true},
		{"  0: 7F000001:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234 0 99", true},
		{"  0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234 0 99", true},
		{"  0: 0100000A:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234 0 99", false},
		{"  0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234 0 99", false},
		{"  0: 0100007F:1F90 0100007F:1234 01 00000000:00000000 00:00000000 00000000  1234 0 99", false},
		{"  0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 1234 0 99", true},
		{"  0: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 1234 0 99", true},
		{"  0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 1234 0 99", false},
		{"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", false},
		{"", false},
	} {
		uid, ok := loopbackListener(c.line, 8080)
		if ok != c.want || ok && uid != 1234 {
			t.Errorf("%q: %d, %t", c.line, uid, ok)
		}
	}
}

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
	if !listensAs(uint32(os.Getuid()), rec.Port) {
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

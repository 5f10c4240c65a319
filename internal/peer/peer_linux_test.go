package peer

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// accept connects to a listener, and gives both ends' addresses as the listener has them.
func accept(t *testing.T, listen, dial string) (client net.Conn, theirs, ours netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		t.Skipf("this machine has no %s: %v", listen, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if client, err = net.Dial("tcp", net.JoinHostPort(dial, port)); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), conn.Close() })
	return client, netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String())
}

func TestOwnerOfTheOtherEnd(t *testing.T) {
	for _, c := range [][2]string{{"127.0.0.1:0", "127.0.0.1"}, {"127.0.0.1:0", "::ffff:127.0.0.1"}, {"[::1]:0", "::1"}, {"[::]:0", "127.0.0.1"}} {
		t.Run(strings.Join(c[:], " "), func(t *testing.T) {
			client, theirs, ours := accept(t, c[0], c[1])
			if uid, err := Owner(theirs, ours); err != nil || uid != uint32(os.Getuid()) {
				t.Errorf("the other end is uid %d's, %v", uid, err)
			}
			if _, err := Owner(netip.AddrPortFrom(theirs.Addr(), theirs.Port()^1), ours); !errors.Is(err, ErrElsewhere) {
				t.Errorf("of a connection that is not there: %v", err)
			}
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Owner(theirs, ours); !errors.Is(err, ErrGone) {
				t.Errorf("of a closed one: %v", err)
			}
		})
	}
}

// Another account's process is told from one's own, whichever kind of socket it has.
func TestOwnerIsAnotherAccount(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can run something as another account")
	}
	const bash = "/bin/bash" // anybody may run it, and it opens connections
	if _, err := os.Stat(bash); err != nil {
		t.Skip("no bash to be that account's program")
	}
	const other = 1_234_567
	for _, address := range []string{"127.0.0.1", "::ffff:127.0.0.1"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		cmd := exec.CommandContext(t.Context(), bash, "-c", "exec 3<>/dev/tcp/"+address+"/"+port+"; read; true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: other, Gid: other}}
		cmd.Dir = "/"
		stdin, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		uid, err := Owner(netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String()))
		if err != nil || uid != other {
			t.Errorf("%s: the other end is uid %d's, %v", address, uid, err)
		}
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkOwner(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	theirs, ours := netip.MustParseAddrPort(client.LocalAddr().String()), netip.MustParseAddrPort(l.Addr().String())
	for b.Loop() {
		if _, err := Owner(theirs, ours); err != nil {
			b.Fatal(err)
		}
	}
}

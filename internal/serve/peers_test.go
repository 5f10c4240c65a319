package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/account"
	"github.com/atriumhub/atrium/internal/peer"
)

// Whose programs may be notebooks is told by the uid: homes' own, and with the machine's
// accounts those of the hub's people, and what belongs to no account.
func TestWhoseProgramsMayBeNotebooks(t *testing.T) {
	nobody, err := account.NameOf(t.Context(), 65534)
	if err != nil {
		t.Skipf("this machine has no account with the uid 65534: %v", err)
	}
	now := time.Duration(0)
	asked := 0
	judge := func(system bool, people ...string) *peerJudge {
		return &peerJudge{
			system: system, clock: func() time.Duration { return now }, log: slog.New(slog.DiscardHandler),
			isHome: func(uid uint32) bool { return uid == 1_900_000_007 },
			isPerson: func(_ context.Context, name string) (bool, error) {
				asked++
				if name != nobody {
					return false, errors.New("asked for " + name)
				}
				return len(people) > 0 && people[0] == name, nil
			},
		}
	}
	for _, c := range []struct {
		what string
		of   *peerJudge
		uid  uint32
		want bool
	}{
		{"root", judge(true), 0, false},
		{"a proxy's account", judge(true), 33, false},
		{"a home", judge(false), 1_900_000_007, true},
		{"another uid", judge(false), 65534, false},
		{"an account that is nobody's", judge(true), 65534, false},
		{"a person's account", judge(true, nobody), 65534, true},
		{"a uid of no account", judge(true), 1_234_567_890, true},
	} {
		if got := c.of.isPersons(c.uid); got != c.want {
			t.Errorf("%s: %t, want %t", c.what, got, c.want)
		}
	}
	j := judge(true)
	asked = 0
	for range 3 {
		j.isPersons(65534)
	}
	now += accountAge
	if j.isPersons(65534); asked != 2 {
		t.Errorf("within a minute and after it, it was asked %d times, want 2", asked)
	}
}

// Connections that are not from this machine are nobody's here; those that were, and
// ended, are not believed.
func TestConnectionsThatEnded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells whose a connection is")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := netip.MustParseAddrPort(client.LocalAddr().String()), netip.MustParseAddrPort(l.Addr().String())
	var said bytes.Buffer
	j := &peerJudge{isHome: func(uint32) bool { return false }, log: slog.New(slog.NewTextHandler(&said, nil)), owner: peer.Owner}
	j.ask()
	if !j.believes(theirs, ours) {
		t.Error("a connection of the hub's own account is not believed")
	}
	j.isHome = func(uint32) bool { return true }
	mine := netip.MustParseAddrPort("192.0.2.7:80")
	for peer, want := range map[string]bool{"192.0.2.1:1234": true, "192.0.2.7:1234": false} {
		if got := j.believes(netip.MustParseAddrPort(peer), mine); got != want {
			t.Errorf("from %s to %s: %t, want %t", peer, mine, got, want)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if j.believes(theirs, ours) {
		t.Error("a connection that has ended is believed")
	}
	if j.believes(netip.AddrPortFrom(theirs.Addr(), 1), ours) {
		t.Error("a connection of loopback that is not there is believed")
	}
	if strings.Contains(said.String(), "does not tell") {
		t.Errorf("the log says %s", said.String())
	}
}

// A machine that tells whose connections are, and cannot just now, as for want of files, is no
// reason to believe what may be a notebook. One that never tells leaves things as they were.
func TestConnectionsOfWhichTheMachineCannotTellNow(t *testing.T) {
	ours := netip.MustParseAddrPort("192.0.2.7:80")
	for _, c := range []struct {
		tells   bool
		peer    string
		believe bool
	}{
		{true, "127.0.0.1:1234", false},
		{true, "[::ffff:127.0.0.1]:1234", false},
		{true, "192.0.2.7:1234", false},
		{true, "192.0.2.1:1234", true},
		{false, "127.0.0.1:1234", true},
	} {
		answer := peer.ErrUnknown
		if c.tells {
			answer = peer.ErrElsewhere
		}
		j := &peerJudge{log: slog.New(slog.DiscardHandler), owner: func(_, _ netip.AddrPort) (uint32, error) { return 0, answer }}
		j.ask()
		answer = fmt.Errorf("%w: %w", peer.ErrUnknown, syscall.EMFILE)
		if got := j.believes(netip.MustParseAddrPort(c.peer), ours); got != c.believe {
			t.Errorf("%+v: believed is %t", c, got)
		}
	}
}

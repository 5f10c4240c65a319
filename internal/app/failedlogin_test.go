package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/obs"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/testkit"
)

// logged is a fixture with its log.
func logged(t *testing.T) (*fixture, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	c := testkit.NewClock()
	return &fixture{t: t, clock: c, Hub: testkit.New(t, func(o *testkit.Options) {
		o.Clock, o.Logger, o.Config.ClaimAge, o.Config.PasswordTokens = c.Now, obs.Logger(&out, "info", "json"), claimAge, true
	})}, &out
}

// failures are the lines about failed logins, emptied.
func failures(t *testing.T, out *bytes.Buffer) (lines []string) {
	t.Helper()
	for line := range strings.Lines(out.String()) {
		var l struct {
			Msg, Name, Reason, Address string
			Unlogged                   int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Msg != "login failed" {
			continue
		}
		text := fmt.Sprintf("%s from %s: %s", l.Name, l.Address, l.Reason)
		if l.Unlogged > 0 {
			text += fmt.Sprintf(" (%d more)", l.Unlogged)
		}
		lines = append(lines, text)
	}
	out.Reset()
	return lines
}

// An operator finds in the log who could not log in, from where and why; and no password
// that was typed into the field for the name.
func TestFailedLoginIsInTheLogWithItsName(t *testing.T) {
	f, out := logged(t)
	admin := f.admin()
	f.create("alice", "suspended", "unclaimed", "late")
	f.Password("alice", chosen)
	f.Password("suspended", chosen)
	_, err := f.PatchUser(t.Context(), admin, "suspended", people.UserPatch{Suspended: yes()})
	f.must(err)
	f.warm(admin, "late", "")
	f.enter("admin", "late")
	in, err := f.login("alice", chosen)
	f.must(err)
	in.Requester.Address = "192.0.2.1"

	for _, name := range []string{" ALICE", "suspended", "late", "unclaimed", "nobody", "Tr0ub4dor&3", "ab", "", "x\x1b[2J\u202egnp", strings.Repeat("y", 5000)} {
		if _, err := f.login(name, "wrong"); err == nil {
			t.Errorf("%q is let in", name)
		}
	}
	_, _, err = f.TokenByPassword(t.Context(), "unclaimed", "wrong", login.Browser{Address: "192.0.2.2"})
	if err == nil {
		t.Error("a program is let in")
	}
	if err := f.claim("late", chosen); err == nil {
		t.Error("a first login that is closed succeeds")
	}
	if err := f.ChangePassword(t.Context(), &in.Requester, "wrong", "nine brown foxes"); err == nil {
		t.Error("a password is changed without the present one")
	}
	want := []string{
		"alice from 192.0.2.1: wrong password",
		"suspended from 192.0.2.1: suspended",
		"late from 192.0.2.1: no password",
		"no**** from 192.0.2.1: nobody has this name",
		"Tr********* from 192.0.2.1: nobody has this name",
		"a* from 192.0.2.1: nobody has this name",
		" from 192.0.2.1: nobody has this name",
		"x\ufffd******* from 192.0.2.1: nobody has this name",
		"yy**************** from 192.0.2.1: nobody has this name",
		"unclaimed from 192.0.2.2: no password yet: the first login at the form sets it",
		"late from 192.0.2.1: no first login any more",
		"alice from 192.0.2.1: wrong current password, while changing it",
	}
	if diff := cmp.Diff(want, failures(t, out)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	for range 6 {
		_, _ = f.login("alice", "wrong")
	}
	if got := failures(t, out); got[len(got)-1] != "alice from 192.0.2.1: too many failed attempts" {
		t.Errorf("once she must wait the log says %v", got)
	}
}

// Whoever tries many names from many addresses cannot fill the log.
func TestFailedLoginsDoNotFillTheLog(t *testing.T) {
	f, out := logged(t)
	f.admin()
	const tries = 1000
	for i := range tries {
		_, _ = f.Login(t.Context(), "nobody", "wrong", login.Browser{Address: fmt.Sprintf("192.0.%d.%d", i/250, i%250)})
	}
	written := len(failures(t, out))
	if written > 400 {
		t.Errorf("%d of %d tries at once were written", written, tries)
	}
	f.clock.Add(time.Second)
	_, _ = f.login("nobody", "wrong")
	if got := failures(t, out); len(got) != 1 || !strings.HasSuffix(got[0], fmt.Sprintf(" (%d more)", tries-written)) {
		t.Errorf("the next line is %v, %d were not written", got, tries-written)
	}
}

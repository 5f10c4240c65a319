package hub

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestUserName(t *testing.T) {
	for raw, want := range map[string]string{
		" AUP01\t": "aup01", "Ünal": "ünal", "a.b@c": "a.b@c", "..a": "..a", "a b": "a b", "o'brien": "o'brien", "$(id);": "$(id);",
	} {
		if got, err := UserName(raw); err != nil || got != want {
			t.Errorf("UserName(%q) = %q, %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"", "  ", "a/b", ".", "..", "a\x00b", "a\nb", "\xff", strings.Repeat("a", 256)} {
		if _, err := UserName(raw); !Is(err, Invalid) {
			t.Errorf("UserName(%q) gives %v", raw, err)
		}
	}
}

func TestServerName(t *testing.T) {
	for raw, want := range map[string]string{"": "", "lab": "lab", "GPU-2": "gpu-2", "a": "a"} {
		if got, err := ServerName(raw); err != nil || got != want {
			t.Errorf("ServerName(%q) = %q, %v", raw, got, err)
		}
	}
	for _, raw := range []string{" ", "2gpu", "a--b", "-a", "a-", "a_b", "a/b", "ä", strings.Repeat("a", 31)} {
		if _, err := ServerName(raw); !Is(err, Invalid) {
			t.Errorf("ServerName(%q) is let through", raw)
		}
	}
}

func TestDisplayName(t *testing.T) {
	for _, good := range []string{"My lab", "Übung 3", "日本"} {
		if _, err := DisplayName(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", " a", "a  b", "a\tb", "a\u200bb", "a\u00a0b", strings.Repeat("a", 256)} {
		if _, err := DisplayName(bad); !Is(err, Invalid) {
			t.Errorf("DisplayName(%q) is let through", bad)
		}
	}
}

func TestEscapeName(t *testing.T) {
	for name, want := range map[string]string{
		"alice": "alice", "a b": "a%20b", "a@b.c": "a@b.c", "a+b": "a%2Bb", "ü": "%C3%BC", "~x": "~x", "a%2fb": "a%252fb", "o'b": "o%27b",
	} {
		if got := EscapeName(name); got != want {
			t.Errorf("EscapeName(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Alice")
	f.Add("../../etc")
	f.Add("a\u0130b")
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := UserName(raw)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("the error for %q is not UTF-8", raw)
			}
			return
		}
		if again, err := UserName(name); err != nil || again != name {
			t.Errorf("%q is not its own normal form: %q, %v", name, again, err)
		}
		escaped := EscapeName(name)
		if back, err := url.PathUnescape(escaped); err != nil || back != name || strings.Contains(escaped, "/") {
			t.Errorf("%q escapes to %q", name, escaped)
		}
	})
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk full")
	err := fmt.Errorf("write: %w", Errorf(Unavailable, "cannot save: %w", cause))
	if ErrorCode(err) != Unavailable || !errors.Is(err, cause) || err.Error() != "write: cannot save: disk full" {
		t.Errorf("%v (%s)", err, ErrorCode(err))
	}
	if ErrorCode(cause) != Internal || ErrorCode(nil) != "" || Is(nil, Internal) {
		t.Error("codes of foreign errors")
	}
	if got := Wrap(Invalid, cause, "No.").Error(); got != "No.: disk full" {
		t.Error(got)
	}
}

func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		for _, s := range []string{NewSecret(), NewToken(), NewPassword()} {
			if seen[s] {
				t.Fatal("a secret came twice")
			}
			seen[s] = true
		}
	}
	if p := NewPassword(); len(p) != 19 || strings.ContainsAny(p, "0O1lI") {
		t.Errorf("a password looks like %q", p)
	}
	if !strings.HasPrefix(NewToken(), TokenPrefix) || len(HashSecret("x")) != 64 {
		t.Error("tokens or hashes have another form")
	}
}

func TestPending(t *testing.T) {
	for phase, want := range map[Phase]string{
		Stopped: "", Queued: "spawn", Starting: "spawn", Waiting: "spawn", Ready: "", Stopping: "stop", Failed: "",
	} {
		if got := (Server{Phase: phase}).Pending(); got != want {
			t.Errorf("%s: %q, want %q", phase, got, want)
		}
	}
}

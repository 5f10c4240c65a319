package accounts

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// A name that would end a field or a line, or means something to the system, becomes one that does not.
func TestNamesThatTheFilesCannotHold(t *testing.T) {
	for name, want := range map[string]string{
		"alice": "alice:x:7:7:alice:/h:/bin/sh\n", "a:b": "a_b:x:7:7:a_b:/h:/bin/sh\n", "+all": "_all:x:7:7:_all:/h:/bin/sh\n",
		"-all": "_all:x:7:7:_all:/h:/bin/sh\n", "müller, eva": "müller, eva:x:7:7:müller  eva:/h:/bin/sh\n",
	} {
		if got := (Entry{Name: name, Home: "/h", Shell: "/bin/sh"}).passwd(7, 7); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := (Entry{Name: "alice", Home: "/a:b", Shell: "/bin/sh"}).passwd(7, 7); got != "" {
		t.Errorf("a home with a colon: %q", got)
	}
	const text = "root:x:0:0::/root:/bin/sh\nalice:x:1900000007:7::/:\n# 5\n"
	for id, want := range map[uint32]bool{0: true, 1_900_000_007: true, 7: false, 5: false} {
		if got := hasID(text, id); got != want {
			t.Errorf("%d is there: %t", id, got)
		}
	}
}

// What changes a thread must not change the first one, which never ends.
func TestThreadsThatSeeSomethingElseEnd(t *testing.T) {
	for range 200 {
		err := onDisposableThread(func() error {
			if unix.Gettid() == unix.Getpid() {
				return errors.New("it is the first thread")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

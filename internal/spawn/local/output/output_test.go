package output

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
)

// newLogs are logs in a folder of their own, closed when the test ends.
func newLogs(t *testing.T, most int64) *Logs {
	t.Helper()
	a := New(t.Context(), Options{Dir: t.TempDir(), MaxBytes: most, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(a.Close)
	return a
}

// printed begins a log and prints into it.
func printed(t *testing.T, a *Logs, id int64, text string) {
	t.Helper()
	pipe, err := a.Begin(id)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := pipe.WriteString(text); err != nil {
		t.Fatal(err)
	}
	a.close(id)
}

// A log that would be larger than it may be has the end of what was printed, in whole lines.
func TestALogLosesItsOlderHalf(t *testing.T) {
	const most = 2000
	a := newLogs(t, most)
	var text strings.Builder
	for n := range 300 {
		fmt.Fprintf(&text, "line %04d\n", n)
	}
	printed(t, a, 1, text.String())
	kept, err := os.ReadFile(a.File(1))
	if err != nil || len(kept) > most || !strings.HasPrefix(string(kept), trimmedNotice+"line ") || !strings.HasSuffix(string(kept), "line 0299\n") {
		t.Errorf("%d bytes, %v: %q", len(kept), err, kept)
	}
	if last, err := a.Tail(1, 25); err != nil || last != "line 0298\nline 0299\n" {
		t.Errorf("the last lines are %q, %v", last, err)
	}
}

// The log of the run before is kept beside that of the newest, and what a server prints that no
// driver reads yet is read by the next.
func TestLogsOfRunsFollowEachOther(t *testing.T) {
	a := newLogs(t, 1000)
	printed(t, a, 1, "first\n")
	printed(t, a, 1, "second\n")
	if former, err := os.ReadFile(a.File(1) + formerSuffix); err != nil || string(former) != "first\n" {
		t.Errorf("the run before has %q, %v", former, err)
	}
	if text, err := a.Tail(1, 100); err != nil || text != "second\n" {
		t.Errorf("the newest has %q, %v", text, err)
	}
	if text, err := a.Tail(2, 100); err != nil || text != "" {
		t.Errorf("a server that never ran has %q, %v", text, err)
	}
	pipe, err := a.Begin(1)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	a.Close()
	if _, err := pipe.WriteString("meanwhile\n"); err != nil {
		t.Fatal(err)
	}
	next := New(t.Context(), a.opt)
	if err := next.Resume(); err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if text, err := next.Tail(1, 100); err != nil || text != "meanwhile\n" {
		t.Errorf("read later: %q, %v", text, err)
	}
}

package local

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/spawn/local/output"
)

// withoutServers is a driver that has a folder of its own and nothing else.
func withoutServers(t *testing.T) *Driver {
	t.Helper()
	dir := t.TempDir()
	return &Driver{files: files{dir: dir}, logs: output.New(t.Context(), output.Options{Dir: dir})}
}

// Logs of runs that ended long ago go; those of servers that run stay, and so does all that
// is no log.
func TestLogsOfRunsThatEndedLongAgoAreRemoved(t *testing.T) {
	d := withoutServers(t)
	now := time.Now()
	write := func(name string, age time.Duration) {
		t.Helper()
		path := filepath.Join(d.files.dir, name)
		if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for id, state := range map[int64]runState{1: stopped, 2: running, 3: exited, 4: stopped} {
		if err := d.files.write(record{ServerID: id, State: state}); err != nil {
			t.Fatal(err)
		}
	}
	const old, young = logAge + time.Hour, logAge - time.Hour
	write("1.log", old)
	write("1.log.1", old)
	write("2.log", old)
	write("2.log.1", old)
	write("3.log", young)
	write("3.log.1", old)
	write("4.log", old)
	write("4.lock", old)
	write("operators.log", old)
	write("5.log", old) // without a record
	if err := d.pruneLogs(now.Add(-logAge)); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(d.files.dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{"1.json", "2.json", "3.json", "4.json", "2.log", "3.log", "4.lock", "operators.log"}
	slices.Sort(want)
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("(-want +left):\n%s", diff)
	}
}

// A log is left alone while its server may be about to start and write to it.
func TestLogsOfServersBeingWorkedOnAreLeftAlone(t *testing.T) {
	d := withoutServers(t)
	const id = 1
	if err := d.files.write(record{ServerID: id, State: stopped}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.logs.File(id), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all := time.Now().Add(time.Hour)
	left := func() bool {
		t.Helper()
		if err := d.pruneLogs(all); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(d.logs.File(id))
		return err == nil
	}
	release, err := d.serverLocks.lock(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !left() {
		t.Error("the log of a server that is being worked on was removed")
	}
	release()
	if left() {
		t.Error("the log of a server that nobody works on was left")
	}
}

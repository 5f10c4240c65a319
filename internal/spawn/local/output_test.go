package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/spawn/spawntest"
	"github.com/atriumhub/atrium/internal/testkit/smalldisk"
)

// Whatever a notebook server prints at once, its log never has more than it may, and has
// the end of it; and the server goes on.
func TestAFloodLeavesASmallLog(t *testing.T) {
	const most = 100_000
	f := newFixture(t, func(o *Options) { o.LogMaxBytes = most })
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	stop, largest := make(chan struct{}), make(chan int64)
	go func() {
		var seen int64
		for {
			select {
			case <-stop:
				largest <- seen
				return
			default:
			}
			if info, err := os.Stat(f.driver.logs.File(1)); err == nil {
				seen = max(seen, info.Size())
			}
		}
	}()
	spawntest.Get(t, n.URL+"flood?lines=30000") // 3 MB
	text, err := f.driver.Logs(t.Context(), 1, most)
	close(stop)
	if size := <-largest; size > most {
		t.Errorf("the log had %d bytes at a time, and may have %d", size, most)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if err != nil || len(text) < most/4 || !strings.HasSuffix(lines[len(lines)-1], "00029999") || lines[0] != "[the older part of this log was cut off]" {
		t.Errorf("%d lines (%v), from %q to %q", len(lines), err, lines[0], lines[len(lines)-1])
	}
	for _, line := range lines[1:] {
		if len(line) != 99 {
			t.Fatalf("the log has a torn line: %q", line)
		}
	}
}

// The log is not the server's to stretch: what it prints to is no file.
func TestAServerCannotStretchItsLog(t *testing.T) {
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	if said := spawntest.Get(t, n.URL+"enlarge?bytes=1000000000"); said == "<nil>" {
		t.Error("it made its log 1 GB large")
	}
	if info, err := os.Stat(f.driver.logs.File(1)); err != nil || info.Size() > 10_000 {
		t.Errorf("the log is %v, %v", info, err)
	}
}

// While the hub is away, a server goes on and prints; the next hub has it in the log. One
// that prints more than the pipe holds waits for the next hub, and then goes on.
func TestPrintedWhileTheHubWasAway(t *testing.T) {
	f := newFixture(t)
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	spawntest.Get(t, n.URL+"print?text=before")
	if err := f.driver.Close(); err != nil {
		t.Fatal(err)
	}
	spawntest.Get(t, n.URL+"print?text=away")
	flooded := make(chan string, 1)
	go func() {
		text, _ := spawntest.Try(t, n.URL+"flood?lines=30000") // 3 MB
		flooded <- text
	}()
	again := f.Reopen(t)
	<-flooded
	spawntest.Get(t, n.URL+"print?text=after")
	text, err := again.Logs(t.Context(), 1, 10<<20)
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, part := range []string{"before\n", "away\n", "00000000\n", "00029999\n", "after\n"} {
		next := strings.Index(text, part)
		if next <= at {
			t.Errorf("%q is not in its place in the log of %d bytes", part, len(text))
		}
		at = next
	}
	if got := spawntest.Ask(t, again, spawntest.Spec(1, 1)); got.PID != n.PID {
		t.Errorf("process %d, want %d", got.PID, n.PID)
	}
}

// A server that runs again writes to a log of its own, whoever still has the former pipe;
// of a server that has ended no pipe stays.
func TestPipesEndWithTheirServers(t *testing.T) {
	f := newFixture(t)
	spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	spawntest.Stop(t, f.driver, 1, 1)
	pipes := func() []string {
		found, err := filepath.Glob(filepath.Join(f.driver.files.dir, "*.pipe"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	spawntest.Until(t, "the pipe is gone", func() bool { return len(pipes()) == 0 })
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 2))
	spawntest.Get(t, n.URL+"print?text=second")
	text, err := f.driver.Logs(t.Context(), 1, 10_000)
	if err != nil || !strings.HasSuffix(text, "second\n") || strings.Count(text, "serving") != 1 || len(pipes()) != 1 {
		t.Errorf("%v: %s; pipes %v", err, text, pipes())
	}
}

// On a full disk the log gets nothing, and the server prints and goes on.
func TestServersPrintOnAFullDisk(t *testing.T) {
	disk := filepath.Join(dataDir(t), "data")
	if err := os.Chmod(filepath.Dir(disk), 0o711); err != nil {
		t.Fatal(err)
	}
	smalldisk.Mount(t, disk, 8<<20, 0o711)
	f := newFixture(t, func(o *Options) { o.DataDir = disk })
	n := spawntest.Start(t, f.driver, spawntest.Spec(1, 1))
	filler := smalldisk.Fill(t, disk, "of-a-student")
	spawntest.Get(t, n.URL+"flood?lines=1000")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	spawntest.Get(t, n.URL+"print?text=after")
	text, err := f.driver.Logs(t.Context(), 1, 1<<20)
	if err != nil || !strings.HasSuffix(text, "after\n") {
		t.Errorf("%v: it ends with %q", err, text[max(0, len(text)-200):])
	}
}

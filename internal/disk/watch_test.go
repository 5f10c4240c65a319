package disk

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/testkit/smalldisk"
)

// A disk is full with less free than it must have, and not any more with a quarter more.
func TestWhenADiskIsFull(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var now Space
	var failure error
	w := NewWatch(WatchOptions{
		Paths: []string{t.TempDir()}, MinFree: 1000,
		Look:   func(string) (Space, error) { return now, failure },
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if _, full := w.Full(); !full {
		t.Error("nothing is free, and it is not full")
	}
	for _, step := range []struct {
		space   Space
		failure error
		full    bool
		said    string // in the log, newly
	}{
		{space: Space{Free: 1249, Inodes: -1}, full: true},
		{space: Space{Free: 1250, Inodes: -1}, said: "room on the disk again"},
		{space: Space{Free: 1000, Inodes: -1}},
		{space: Space{Free: 999, Inodes: -1}, full: true, said: "the disk is full"},
		{space: Space{Free: 500, Inodes: -1}, full: true},
		{failure: errors.New("gone"), full: true, said: "gone"}, // as it was known last
		{space: Space{Free: 5000, Inodes: 63}, full: true},
		{space: Space{Free: 5000, Inodes: 128}, said: "room on the disk again"},
		{space: Space{Free: 5000, Inodes: 63}, full: true, said: "the disk is full"},
	} {
		log.Reset()
		now, failure = step.space, step.failure
		w.look()
		if _, full := w.Full(); full != step.full {
			t.Errorf("%+v: full is %v", step.space, full)
		}
		if step.said == "" && log.Len() > 0 || !strings.Contains(log.String(), step.said) {
			t.Errorf("%+v: the log says %q, want %q", step.space, log.String(), step.said)
		}
	}
}

func TestADiskThatIsNeverFull(t *testing.T) {
	t.Parallel()
	w := NewWatch(WatchOptions{
		Paths: []string{t.TempDir()}, Look: func(string) (Space, error) { return Space{}, nil }, Logger: slog.New(slog.DiscardHandler),
	})
	if _, full := w.Full(); full {
		t.Error("it is full")
	}
}

// Folders on one disk are one disk.
func TestDisksAreLookedAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inner := filepath.Join(dir, "homes")
	if err := os.Mkdir(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	w := NewWatch(WatchOptions{Paths: []string{dir, inner, filepath.Join(dir, "none")}, MinFree: 1, Logger: slog.New(slog.DiscardHandler)})
	var paths []string
	for _, s := range w.Spaces() {
		paths = append(paths, s.Path)
		if s.Size <= 0 || s.Free > s.Size {
			t.Errorf("%+v", s)
		}
	}
	if diff := cmp.Diff([]string{dir}, paths); diff != "" {
		t.Error(diff)
	}
}

// What has ended can be written down on a full disk, over what was there.
func TestWritingOverOnAFullDisk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "disk")
	smalldisk.Mount(t, folder, 4<<20, 0o700)
	path := filepath.Join(folder, "1.json")
	write := func(text string) error { return WriteFile(path, []byte(text), 0o600) }
	if err := write(strings.Repeat("starting\n", 100)); err != nil {
		t.Fatal(err)
	}
	filler := smalldisk.Fill(t, folder, "of-a-student")
	for _, text := range []string{"short\n", strings.Repeat("running\n", 500), "stopped\n"} {
		if err := write(text); err != nil {
			t.Errorf("write %d bytes: %v", len(text), err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%d bytes are there, want %d (%v)", len(got), len(text), err)
		}
	}
	if err := write(strings.Repeat("x", 5000)); !Full(err) {
		t.Errorf("more than fits in the room of the old one: %v", err)
	}
	if err := WriteFile(filepath.Join(folder, "2.json"), []byte("new\n"), 0o600); !Full(err) {
		t.Errorf("a new file: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "stopped\n" {
		t.Errorf("what was refused has changed the file: %q %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*.new")); len(left) > 0 {
		t.Errorf("there is %v left", left)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := write(strings.Repeat("x", 5000)); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

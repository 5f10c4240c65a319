package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/smalldisk"
)

// makeRows makes rows of some length.
func makeRows(t *testing.T, db *DB, n int) error {
	t.Helper()
	return db.Write(t.Context(), update(db, func(tx *Tx) error {
		_, err := tx.Exec(t.Context(), "make the table", "CREATE TABLE IF NOT EXISTS words (word TEXT)")
		for i := range n {
			if err == nil {
				_, err = tx.Exec(t.Context(), "make a row", "INSERT INTO words VALUES ($1)", fmt.Sprint(i)+strings.Repeat("x", 400))
			}
		}
		return err
	}))
}

// A disk that somebody has filled to the last byte, and fills again at once, leaves the
// database what it has kept for itself. Without that its first write fails, in words.
func TestTheDatabaseWritesOnAFullDisk(t *testing.T) {
	for name, reserve := range map[string]int64{"with room kept": 4 << 20, "without": 0} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "disk")
			smalldisk.Mount(t, folder, 32<<20, 0o700)
			o := Options{URL: sqliteURL(filepath.Join(folder, "a.sqlite")), Reserve: reserve}
			db := open(t, o)
			if err := errors.Join(db.KeepRoom(t.Context()), db.Close()); err != nil {
				t.Fatal(err)
			}
			db = open(t, o) // as after a restart, with a new log of writes
			if err := db.KeepRoom(t.Context()); err != nil {
				t.Fatal(err)
			}
			file := smalldisk.Fill(t, folder, "of-a-student")
			var err error
			for i := 0; i < 100 && err == nil; i++ {
				err = makeRows(t, db, 20)
				smalldisk.Fill(t, folder, "of-a-student")
			}
			if reserve > 0 && err != nil {
				t.Errorf("with room kept: %v", err)
			}
			if reserve == 0 && (!hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "The hub's disk is full")) {
				t.Errorf("without: %v", err)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := makeRows(t, db, 20); err != nil {
				t.Errorf("when there is room again: %v", err)
			}
		})
	}
}

// Room that was used up is kept anew when there is some, and no more than once.
func TestRoomIsKeptAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.sqlite")
	db := open(t, Options{URL: sqliteURL(path), Reserve: 2 << 20})
	free := func() (pages int64) {
		t.Helper()
		if err := db.Writer.QueryRowContext(t.Context(), "PRAGMA freelist_count").Scan(&pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	keep := func() {
		t.Helper()
		if err := db.KeepRoom(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	first := free()
	if first < 500 {
		t.Errorf("%d pages are free in the file, want 512 or so", first)
	}
	keep()
	if again := free(); again != first {
		t.Errorf("kept again, there are %d free pages, want %d", again, first)
	}
	for free() > 200 {
		if err := makeRows(t, db, 50); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	if again := free(); again < 500 {
		t.Errorf("kept anew, there are %d free pages", again)
	}
}

// What no reserve is for.
func TestRoomIsKeptInFilesAlone(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{URL: "sqlite:///:memory:", Reserve: 1 << 20}, {URL: sqliteURL(filepath.Join(t.TempDir(), "a.sqlite"))}} {
		if err := open(t, o).KeepRoom(t.Context()); err != nil {
			t.Errorf("%s: %v", o.URL, err)
		}
	}
	if err := allocate(filepath.Join(t.TempDir(), "none"), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

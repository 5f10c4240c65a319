package homedir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/smalldisk"
)

// tree describes what is below a folder: names, modes, owners, times and contents.
func tree(t *testing.T, dir string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode().IsRegular():
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = fmt.Sprintf("%d bytes %.20q", len(text), text)
		case info.Mode()&fs.ModeSymlink != 0:
			if content, err = os.Readlink(path); err != nil {
				return err
			}
		}
		at := ""
		if info.Mode()&fs.ModeSymlink == 0 {
			at = info.ModTime().UTC().Format(time.DateTime)
		}
		rel, _ := filepath.Rel(dir, path)
		lines = append(lines, fmt.Sprintf("%q %v %d %s %s", rel, info.Mode(), disk.Owner(info), at, content))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// fill makes what people have in their homes.
func fill(t *testing.T, dir string, uid int) {
	t.Helper()
	do := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string, mode fs.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		do(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode))
	}
	write("notes.ipynb", "{}", 0o644)
	write("empty", "", 0o600)
	write(".ssh/id_ed25519", "secret", 0o400)
	write("run.sh", "#!/bin/sh", 0o755)
	write("unreadable", "by its own owner", 0)
	write("deep/"+strings.Repeat("folder/", 40)+"file", "x", 0o644)
	write("odd \xff\xfe name", "y", 0o644)
	write(strings.Repeat("long", 60), "z", 0o644)
	write("ümläut 名", "u", 0o644)
	write("large", strings.Repeat("0123456789abcdef", 100_000), 0o644)
	do(os.Mkdir(filepath.Join(dir, "closed"), 0o500), os.Symlink("notes.ipynb", filepath.Join(dir, "link")),
		os.Symlink("/etc/passwd", filepath.Join(dir, "outside")), os.Symlink("nowhere", filepath.Join(dir, "dangling")),
		os.Symlink("/etc", filepath.Join(dir, "folder-outside")))
	old := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	do(filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || uid < 0 {
			return err
		}
		return os.Lchown(path, uid, uid)
	}))
	do(os.Chtimes(filepath.Join(dir, "notes.ipynb"), old, old), os.Chtimes(filepath.Join(dir, "closed"), old, old),
		os.Chtimes(filepath.Join(dir, "deep"), old, old))
}

// full is a home with files.
func full(t *testing.T, p *Place) (id, dir string) {
	t.Helper()
	r := ensure(t, p, claim("abc", 7, "ann", 1, 1))
	uid := -1
	if p.root {
		uid = int(r.UID)
	}
	fill(t, p.Path(r), uid)
	return r.HomeID, p.Path(r)
}

func TestAPackedHomeComesBackAsItWas(t *testing.T) {
	needRoot(t)
	p := place(t)
	id, dir := full(t, p)
	before := tree(t, dir)
	r, err := p.Pack(t.Context(), id, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	info, err := os.Stat(p.ArchivePath(r))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	refused(t, p, claim(id, 7, "ann", 1, 1), "packed away", "atrium homes attach abc ann")
	for range 2 { // again does nothing
		if again, err := p.Pack(t.Context(), id, nothing); err != nil || again != r {
			t.Errorf("%+v, %v", again, err)
		}
	}
	for range 2 {
		if back, err := p.Unpack(t.Context(), id, nothing); err != nil || back.Archive != "" {
			t.Fatalf("%+v, %v", back, err)
		}
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if left, _ := os.ReadDir(p.inner("archives")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	ensure(t, p, claim(id, 7, "ann", 1, 1))
}

func TestWhatAHomeHoldsBesideFilesDoesNotStopItsPacking(t *testing.T) {
	p := place(t)
	r := ensure(t, p, claim("abc", 7, "ann", 1, 1))
	dir := p.Path(r)
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(socket) }()
	if err := errors.Join(unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600), os.WriteFile(filepath.Join(dir, "setuid"), nil, 0o600),
		os.Chmod(filepath.Join(dir, "setuid"), 0o755|fs.ModeSetuid), unix.Bind(socket, &unix.SockaddrUnix{Name: filepath.Join(dir, "s")})); err != nil {
		t.Skip(err) // a path too long for a socket
	}
	if _, err := p.Pack(t.Context(), "abc", nothing); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(t.Context(), "abc", nothing); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "setuid"))
	if err != nil || info.Mode() != 0o755 {
		t.Errorf("%v, %v; want no right to run as the owner", info, err)
	}
	for _, name := range []string{"pipe", "s"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPackingThatIsCutShortTakesNothingAway(t *testing.T) {
	needRoot(t)
	p := place(t)
	id, dir := full(t, p)
	before := tree(t, dir)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Pack(ended, id, nothing); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if left, _ := os.ReadDir(p.inner("archives")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	// Killed after the archive was noted, before the folder went.
	r, err := p.Pack(t.Context(), id, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Pack(t.Context(), id, nothing); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	// Killed in the middle of unpacking.
	if err := os.MkdirAll(filepath.Join(p.inner("unpacking-"+id), "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(ended, id, nothing); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.ArchivePath(r)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(t.Context(), id, nothing); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// Replicas with the same disk are told of the same work.
func TestReplicasPackOneAfterTheOther(t *testing.T) {
	o := options(t)
	one, two := place(t, func(x *Options) { *x = o }), place(t, func(x *Options) { *x = o })
	for _, id := range []string{"abc", "abd", "abe"} {
		ensure(t, one, claim(id, 7, "ann", 1, 1))
		var wg sync.WaitGroup
		for _, p := range []*Place{one, two, one, two} {
			wg.Go(func() {
				if r, err := p.Pack(t.Context(), id, nothing); err != nil || r.Archive == "" {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		wg.Wait()
		if r, err := two.Unpack(t.Context(), id, nothing); err != nil || r.Archive != "" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	done, err := one.onlyOne(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := two.Pack(ended, "abc", nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("%v: it did not stop waiting", err)
	}
}

func TestUnpackingTakesNobodysWorkAway(t *testing.T) {
	p := place(t)
	r := ensure(t, p, claim("abc", 7, "ann", 1, 1))
	if _, err := p.Pack(t.Context(), "abc", nothing); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(p.Path(r), "work")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(t.Context(), "abc", nothing); err == nil {
		t.Error("it was unpacked over a folder with files")
	}
	if _, err := os.Stat(work); err != nil {
		t.Error(err)
	}
}

// nothing has changed meanwhile.
func nothing() error { return nil }

func TestUnpackingThatWasKilledGoesOn(t *testing.T) {
	needRoot(t)
	for name, kill := range map[string]func(p *Place, archive, dir, whole string) error{
		"all is unpacked, and beside its place": func(p *Place, archive, dir, whole string) error {
			return os.Rename(dir, whole)
		},
		"the archive has gone": func(p *Place, archive, dir, whole string) error {
			return errors.Join(os.Rename(dir, whole), os.Remove(archive))
		},
		"all is in its place, and the record does not know": func(p *Place, archive, _, _ string) error {
			return os.Remove(archive)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			id, dir := full(t, p)
			before := tree(t, dir)
			packed, err := p.Pack(t.Context(), id, nothing)
			if err != nil {
				t.Fatal(err)
			}
			archive := p.ArchivePath(packed)
			kept, err := os.ReadFile(archive)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Unpack(t.Context(), id, nothing); err != nil {
				t.Fatal(err)
			}
			// As it was just before the end.
			if err := errors.Join(os.WriteFile(archive, kept, 0o600), p.write(packed), kill(p, archive, dir, p.inner("unpacked-"+id))); err != nil {
				t.Fatal(err)
			}
			if r, err := p.Unpack(t.Context(), id, nothing); err != nil || r.Archive != "" {
				t.Fatalf("%+v, %v", r, err)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Error(diff)
			}
			ensure(t, p, claim(id, 7, "ann", 1, 1))
			if left, _ := os.ReadDir(p.inner("archives")); len(left) != 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// The record came out of a backup of the database, the folder out of an earlier one of the homes.
func TestAHomeWhoseArchiveIsNotThereIsNotRemoved(t *testing.T) {
	needRoot(t)
	p := place(t)
	id, dir := full(t, p)
	before := tree(t, dir)
	r, err := p.Record(id)
	if err != nil {
		t.Fatal(err)
	}
	r.Archive = r.Folder + ".tar.gz"
	if err := p.write(r); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Pack(t.Context(), id, nothing); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(t.Context(), id, nothing); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if err := errors.Join(p.write(r), os.RemoveAll(dir)); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func(context.Context, string, func() error) (hub.HomeRecord, error){"pack": p.Pack, "unpack": p.Unpack} {
		if _, err := do(t.Context(), id, nothing); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), p.ArchivePath(r)) {
			t.Errorf("%s: %v, want to be told what is missing", what, err)
		}
	}
}

func TestNothingIsPackedThatHasChangedMeanwhile(t *testing.T) {
	needRoot(t)
	p := place(t)
	id, dir := full(t, p)
	changed := errors.New("changed")
	if _, err := p.Pack(t.Context(), id, func() error { return changed }); !errors.Is(err, changed) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.ipynb")); err != nil {
		t.Error(err)
	}
	if _, err := p.Pack(t.Context(), id, nothing); err != nil {
		t.Errorf("the lock was not let go of: %v", err)
	}
}

// What somebody leaves behind on purpose keeps the hub neither busy for days, nor from
// opening files for others.
func TestAHomeThatIsATrapIsNotPacked(t *testing.T) {
	for name, trap := range map[string]struct {
		set  func(dir string) error
		said string
	}{
		"folders in each other without end": {func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, strings.Repeat("d/", deepest+10)), 0o700)
		}, "deep"},
		"a file of a terabyte of nothing": {func(dir string) error {
			path := filepath.Join(dir, "huge")
			return errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Truncate(path, 1<<40))
		}, "huge"},
	} {
		t.Run(name, func(t *testing.T) {
			p := place(t)
			r := ensure(t, p, claim("abc", 7, "ann", 1, 1))
			if err := trap.set(p.Path(r)); err != nil {
				t.Skip(err) // no such files on this disk
			}
			if _, err := p.Pack(t.Context(), "abc", nothing); !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), trap.said) {
				t.Errorf("%v, want to be told of what is %q", err, trap.said)
			}
			if _, err := os.Stat(p.Path(r)); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(p.inner("archives")); len(left) != 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// People save their work meanwhile: neither packing nor unpacking takes the last of the disk.
func TestPackingLeavesRoomOnTheDisk(t *testing.T) {
	const size = 64 << 20
	folder := filepath.Join(t.TempDir(), "disk")
	smalldisk.Mount(t, folder, size, 0o711)
	p := place(t, func(o *Options) { o.Dir = filepath.Join(folder, "homes") })
	r := ensure(t, p, claim("abc", 7, "ann", 1, 1))
	work := filepath.Join(p.Path(r), "work")
	save := func(path string, n int) {
		t.Helper()
		noise := make([]byte, n)
		_, _ = rand.Read(noise)
		if err := os.WriteFile(path, noise, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what string, err error) {
		t.Helper()
		if !hub.Is(err, hub.Unavailable) || !strings.Contains(err.Error(), "too little room") {
			t.Errorf("%s: %v", what, err)
		}
	}
	save(work, size/2+size/10)
	_, err := p.Pack(t.Context(), "abc", nothing)
	refused("pack", err)
	if info, err := os.Stat(work); err != nil || info.Size() != size/2+size/10 {
		t.Errorf("%v, %v", info, err)
	}
	save(work, size/3)
	packed, err := p.Pack(t.Context(), "abc", nothing)
	if err != nil {
		t.Fatal(err)
	}
	save(filepath.Join(folder, "others"), size/2)
	_, err = p.Unpack(t.Context(), "abc", nothing)
	refused("unpack", err)
	if s, err := disk.Look(folder); err != nil || s.Free < size/10 {
		t.Errorf("%d bytes are free, %v", s.Free, err)
	}
	if err := os.Remove(filepath.Join(folder, "others")); err != nil || !p.Present(packed) {
		t.Fatal(err)
	}
	if _, err := p.Unpack(t.Context(), "abc", nothing); err != nil {
		t.Fatal(err)
	}
}

package homedir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/disk"
	"github.com/atriumhub/atrium/internal/hub"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to others")
	}
}

// place opens homes in a folder of the test's own.
func place(t *testing.T, change ...func(*Options)) *Place {
	t.Helper()
	p, err := Open(options(t, change...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func options(t *testing.T, change ...func(*Options)) Options {
	t.Helper()
	dir := t.TempDir()
	o := Options{
		Dir: filepath.Join(dir, "homes"), HubID: "hub", Root: os.Geteuid() == 0,
		UIDRange: [2]uint32{300_000, 400_000}, Registry: filepath.Join(dir, "uids"),
	}
	for _, c := range change {
		c(&o)
	}
	return o
}

// claim is somebody's word on a home: the person with the number was made then.
func claim(id string, person int64, name string, made, changed int) hub.HomeClaim {
	return hub.HomeClaim{
		HomeID: id, Owner: hub.HomeOwner{ID: person, Created: time.Unix(int64(made), 0).UTC(), Name: name},
		Changed: time.Unix(int64(changed), 0).UTC(),
	}
}

func ensure(t *testing.T, p *Place, c hub.HomeClaim) hub.HomeRecord {
	t.Helper()
	r, err := p.Ensure(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refused checks that a home is not given, in one sentence that says so.
func refused(t *testing.T, p *Place, c hub.HomeClaim, words ...string) {
	t.Helper()
	_, err := p.Ensure(c)
	if !hub.Is(err, hub.Unavailable) {
		t.Fatalf("%v, want a refusal", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestAHomeIsMadeForItsPerson(t *testing.T) {
	p := place(t)
	c := claim("abc", 7, "ann@example.org", 100, 200)
	r := ensure(t, p, c)
	if r.Folder != "ann-example.org-abc" || r.HubID != "hub" || !r.Owner.Same(c.Owner) || !r.Changed.Equal(c.Changed) {
		t.Errorf("%+v", r)
	}
	info, err := os.Stat(p.Path(r))
	if err != nil || info.Mode() != fs.ModeDir|0o700 || disk.Owner(info) != r.UID {
		t.Errorf("%v, %v", info, err)
	}
	for _, folder := range []string{"", "records", "archives"} {
		if info, err := os.Stat(p.inner(folder)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%q: %v, %v", folder, info, err)
		}
	}
	if again := ensure(t, p, c); again != r {
		t.Errorf("asked again: %+v, was %+v", again, r)
	}
	if got, err := p.Record("abc"); err != nil || got != r {
		t.Errorf("recorded as %+v, %v", got, err)
	}
	if ids, err := p.Homes(); err != nil || cmp.Diff([]string{"abc"}, ids) != "" {
		t.Errorf("%v, %v", ids, err)
	}
}

func TestAHomeIsGivenToNobodyElse(t *testing.T) {
	p := place(t)
	mine := claim("abc", 7, "ann", 100, 200)
	r := ensure(t, p, mine)
	notes := filepath.Join(p.Path(r), "notes")
	if err := os.WriteFile(notes, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]hub.HomeClaim{
		"somebody with the same number, made later": claim("abc", 7, "zoe", 300, 200),
		"somebody with the same name":               claim("abc", 8, "ann", 300, 200),
		"made again under number and name":          claim("abc", 7, "ann", 300, 200),
		"by an older word":                          claim("abc", 8, "bob", 50, 100),
	} {
		t.Run(what, func(t *testing.T) { refused(t, p, c, "abc", "belongs to ann", "atrium homes show abc") })
	}
	if again := ensure(t, p, mine); again != r {
		t.Errorf("ann's home became %+v", again)
	}
	if text, err := os.ReadFile(notes); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestALaterWordCounts(t *testing.T) {
	p := place(t)
	first := ensure(t, p, claim("abc", 7, "ann", 100, 200))
	second := ensure(t, p, claim("abc", 9, "carol", 150, 300))
	if second.UID != first.UID || second.Folder != first.Folder || second.Owner.Name != "carol" {
		t.Errorf("%+v, was %+v", second, first)
	}
	refused(t, p, claim("abc", 7, "ann", 100, 200), "belongs to carol") // the database went back
}

func TestARenamedPersonKeepsTheHome(t *testing.T) {
	p := place(t)
	first := ensure(t, p, claim("abc", 7, "ann", 100, 200))
	second := ensure(t, p, claim("abc", 7, "anna", 100, 300))
	if second.Owner.Name != "anna" || p.Path(second) != p.Path(first) {
		t.Errorf("%+v, was %+v", second, first)
	}
	// A database from before the renaming is right about whose it is.
	if third := ensure(t, p, claim("abc", 7, "ann", 100, 200)); third.Owner.Name != "ann" || !third.Changed.Equal(second.Changed) {
		t.Errorf("%+v, was %+v", third, second)
	}
}

// The first two servers of somebody may start at once: both find one home.
func TestTwoServersMakeOneHome(t *testing.T) {
	p := place(t)
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[hub.HomeRecord]bool{}
		for range 4 {
			wg.Go(func() {
				r, err := p.Ensure(claim(id, 1, "ada", 1, 1))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[r] = true
			})
		}
		wg.Wait()
		if len(seen) != 1 {
			t.Errorf("%d homes", len(seen))
		}
	}
}

func TestAFolderThatWasRemovedIsMadeAnew(t *testing.T) {
	p := place(t)
	r := ensure(t, p, claim("abc", 7, "ann", 100, 200))
	if err := os.RemoveAll(p.Path(r)); err != nil {
		t.Fatal(err)
	}
	if again := ensure(t, p, claim("abc", 7, "ann", 100, 200)); again != r {
		t.Errorf("%+v, was %+v", again, r)
	}
	if _, err := os.Stat(p.Path(r)); err != nil {
		t.Error(err)
	}
}

func TestAHomeCopiedWithoutItsOwnersIsRefused(t *testing.T) {
	needRoot(t)
	p := place(t)
	r := ensure(t, p, claim("abc", 7, "ann", 100, 200))
	if err := errors.Join(os.WriteFile(filepath.Join(p.Path(r), "work"), nil, 0o600), os.Chown(p.Path(r), 0, 0)); err != nil {
		t.Fatal(err)
	}
	refused(t, p, claim("abc", 7, "ann", 100, 200), "belongs to uid 0", "chown -R -h")
	if _, err := os.Stat(filepath.Join(p.Path(r), "work")); err != nil {
		t.Error(err)
	}
}

func TestHomesOnAnotherDiskByASymbolicLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "disk"), filepath.Join(dir, "homes")
	if err := errors.Join(os.Mkdir(target, 0o755), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	p := place(t, func(o *Options) { o.Dir = link })
	if resolved, err := filepath.EvalSymlinks(target); err != nil || p.Dir() != resolved {
		t.Errorf("they lie in %s, want %s (%v)", p.Dir(), resolved, err)
	}
	ensure(t, p, claim("abc", 7, "ann", 100, 200))
	if _, err := os.Stat(filepath.Join(target, "ann-abc")); err != nil {
		t.Error(err)
	}
}

// refuseOpen checks that a place cannot be opened, and that it is said why.
func refuseOpen(t *testing.T, o Options, code hub.Code, words ...string) {
	t.Helper()
	p, err := Open(o)
	if err == nil {
		_ = p.Close()
		t.Fatal("opened")
	}
	if !hub.Is(err, code) {
		t.Errorf("%v (%s), want %s", err, hub.ErrorCode(err), code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestPlacesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) string {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	at := func(path string) Options { return options(t, func(o *Options) { o.Dir = path }) }
	refuseOpen(t, at(write(filepath.Join(dir, "file"), "")), hub.Unavailable, "not a folder")
	refuseOpen(t, at(filepath.Join(dir, "no", "homes")), hub.Unavailable, filepath.Join(dir, "no"), "not mounted")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	refuseOpen(t, at(link), hub.Unavailable, link, "leads nowhere", "mounted")
	write(filepath.Join(dir, "damaged", inside, "place.json"), "{")
	refuseOpen(t, at(filepath.Join(dir, "damaged")), hub.Unavailable, "place.json", "damaged")
	write(filepath.Join(dir, "newer", inside, "place.json"), `{"format": 99, "id": "x"}`)
	refuseOpen(t, at(filepath.Join(dir, "newer")), hub.Unavailable, "newer Atrium")
}

func TestDamagedRecords(t *testing.T) {
	p := place(t)
	for text, word := range map[string]string{
		"{":                           "record",
		`{"format": 99, "id": "abc"}`: "newer Atrium",
		`{"format": 1, "id": "other", "folder": "x"}`:     "damaged",
		`{"format": 1, "id": "abc", "folder": "../../x"}`: "damaged",
		`{"format": 1, "id": "abc", "folder": ".atrium"}`: "damaged",
		`{"format": 1, "id": "abc", "folder": ""}`:        "damaged",

		`{"format": 1, "id": "abc", "folder": "x", "archive": "../../x"}`: "damaged",
	} {
		if err := os.WriteFile(p.recordFile("abc"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Ensure(claim("abc", 7, "ann", 1, 1)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v, want %q", text, err, word)
		}
	}
	for _, id := range []string{"", "../x", "A", "a/b", strings.Repeat("a", 65)} {
		if _, err := p.Record(id); !hub.Is(err, hub.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := p.Ensure(claim(id, 7, "ann", 1, 1)); err == nil {
			t.Errorf("a home with the id %q was made", id)
		}
	}
}

func TestReplicasThatStartAtOnceShareAPlace(t *testing.T) {
	for range 20 {
		o := options(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				p, err := Open(o)
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { _ = p.Close() })
			})
		}
		wg.Wait()
	}
}

func TestOnlyReplicasShareAPlace(t *testing.T) {
	o := options(t)
	first, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	replica, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if replica.ID() != first.ID() {
		t.Errorf("%s, %s", first.ID(), replica.ID())
	}
	other := o
	other.HubID = "another"
	refuseOpen(t, other, hub.Conflict, "Another hub is running", o.Dir, "spawner.local.homes")
	if err := errors.Join(first.Close(), replica.Close()); err != nil {
		t.Fatal(err)
	}
	later, err := Open(other) // the database was lost
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	if later.Former() != "hub" || later.ID() != first.ID() {
		t.Errorf("%s was %q's", later.ID(), later.Former())
	}
	refuseOpen(t, o, hub.Conflict, "Another hub is running")
}

func TestADiskThatGoesAwayMeanwhile(t *testing.T) {
	needRoot(t)
	p := place(t)
	ensure(t, p, claim("abc", 7, "ann", 1, 1))
	if err := os.Rename(p.inner(""), filepath.Join(t.TempDir(), "away")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Ensure(claim("def", 8, "bob", 1, 1)); err == nil {
		t.Error("a home was made beside those that are gone")
	}
	if _, err := os.Stat(filepath.Join(p.Dir(), "bob-def")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("bob's folder: %v", err)
	}
}

func TestSlugs(t *testing.T) {
	for name, want := range map[string]string{
		"ann": "ann", "Ann": "ann", "ann smith": "ann-smith", "ann@example.org": "ann-example.org", "..": "home", "-rf": "rf",
		"łukasz": "ukasz", "安": "home", "a/b": "ab", ".ssh": "ssh", strings.Repeat("a", 100): strings.Repeat("a", 32),
	} {
		if got := slug(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

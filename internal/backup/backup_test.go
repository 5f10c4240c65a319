package backup

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
)

// heard writes down what a backup gives.
type heard struct{ lines []string }

func (h *heard) Table(name string, columns, kinds []string) error {
	h.lines = append(h.lines, fmt.Sprintf("table %s %v %v", name, columns, kinds))
	return nil
}

func (h *heard) Row(values []any) error {
	h.lines = append(h.lines, fmt.Sprintf("row %#v", values))
	return nil
}

func (h *heard) Sequence(table string, last int64) error {
	h.lines = append(h.lines, fmt.Sprintf("sequence %s %d", table, last))
	return nil
}

func (h *heard) home(r hub.HomeRecord) error {
	h.lines = append(h.lines, fmt.Sprintf("home %+v", r))
	return nil
}

func manifest() Manifest {
	return Manifest{
		Atrium: "1.2.3", Schema: 8, Engine: "sqlite", HubID: "hub", NodeID: "node", Host: "here",
		Made: time.Date(2026, 11, 30, 1, 2, 3, 4000, time.UTC), PlaceID: "place", Homes: "/srv/homes",
	}
}

func home() hub.HomeRecord {
	at := time.Date(2026, 11, 30, 1, 2, 3, 456789000, time.UTC)
	return hub.HomeRecord{
		HomeID: "abc", Folder: "ann-abc", UID: 1_900_000_000, Shared: true, HubID: "hub",
		Owner: hub.HomeOwner{ID: 7, Created: at, Name: "änn"}, Changed: at, Archive: "x.tar.gz", Awaited: true, Created: at,
	}
}

// written is a backup with a bit of everything, and what it should give.
func written(t testing.TB) ([]byte, *heard) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, manifest())
	if err != nil {
		t.Fatal(err)
	}
	want := &heard{}
	for _, to := range []Rows{w, want} {
		if err := errors.Join(to.Table("users", []string{"id", "name", "admin"}, []string{"integer", "text", "boolean"}),
			to.Row([]any{int64(math.MaxInt64), "änn\n\"'[{", true}), to.Row([]any{int64(-5), "", nil}), to.Sequence("users", 12)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Home(home()), want.home(home()), w.End()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), want
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	text, want := written(t)
	r, err := Open(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	m := manifest()
	m.Format = Format
	if diff := cmp.Diff(m, r.Manifest); diff != "" {
		t.Error(diff)
	}
	got := &heard{}
	count, err := r.Replay(got, got.home)
	if err != nil || count != (Counts{Rows: 2, Homes: 1}) {
		t.Errorf("%+v, %v", count, err)
	}
	if diff := cmp.Diff(want.lines, got.lines); diff != "" {
		t.Error(diff)
	}
}

// A backup that lost its end, wherever, is never taken for a whole one.
func TestBackupThatWasCutOff(t *testing.T) {
	text, _ := written(t)
	for n := range len(text) {
		r, err := Open(bytes.NewReader(text[:n]))
		if err == nil {
			h := &heard{}
			_, err = r.Replay(h, h.home)
		}
		if !hub.Is(err, hub.Invalid) {
			t.Fatalf("the first %d bytes of %d: %v", n, len(text), err)
		}
	}
}

func TestDamagedBackup(t *testing.T) {
	text, _ := written(t)
	for n := range len(text) {
		broken := bytes.Clone(text)
		broken[n] ^= 0x55
		r, err := Open(bytes.NewReader(broken))
		if err == nil {
			h := &heard{}
			_, err = r.Replay(h, h.home)
		}
		if err == nil && n > 9 { // gzip's header has bytes that mean nothing
			t.Errorf("byte %d was changed, and nobody noticed", n)
		}
	}
}

func zipped(t testing.TB, lines ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(strings.Join(lines, "\n") + "\n"))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFilesThatAreNoBackups(t *testing.T) {
	const first = `{"atrium_backup": 1, "schema": 8}`
	for what, text := range map[string][]byte{
		"nothing":              {},
		"text":                 []byte("username,admin\n"),
		"something compressed": zipped(t, "hello"),
		"JSON":                 zipped(t, `{"a": 1}`),
		"no end":               zipped(t, first),
		"a wrong count":        zipped(t, first, `{"table":"users","columns":["id"],"kinds":["integer"]}`, `[1]`, `{"end":{"rows":2,"homes":0}}`),
		"an odd line":          zipped(t, first, `{"something": 1}`),
		"no JSON":              zipped(t, first, `[1`),
		"a fraction":           zipped(t, first, `[1.5]`, `{"end":{"rows":1,"homes":0}}`),
		"a list in a row":      zipped(t, first, `[[1]]`, `{"end":{"rows":1,"homes":0}}`),
	} {
		r, err := Open(bytes.NewReader(text))
		if err == nil {
			h := &heard{}
			_, err = r.Replay(h, h.home)
		}
		if !hub.Is(err, hub.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Open(bytes.NewReader(zipped(t, `{"atrium_backup": 2, "atrium": "9.0"}`))); err == nil || !strings.Contains(err.Error(), "newer Atrium (9.0)") {
		t.Errorf("one of a newer version: %v", err)
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 30: "5.0 GiB", 1 << 50: "1024.0 TiB"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}

func FuzzBackup(f *testing.F) {
	text, _ := written(f)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Open(bytes.NewReader(text))
		if err != nil {
			return
		}
		h := &heard{}
		_, _ = r.Replay(h, h.home)
	})
}

package testkit

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/store"
	"github.com/atriumhub/atrium/internal/store/transfer"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/sqlitetest"
)

// Databases are databases by name, of the engine that HUBTEST_ENGINE says. They outlive the
// hubs on them and end with the test. Make it with NewDatabases.
type Databases struct {
	t    testing.TB
	urls map[string]string
}

// NewDatabases has none yet.
func NewDatabases(t testing.TB) *Databases {
	return &Databases{t: t, urls: map[string]string{}}
}

// URL is where the database of the name is, for store.Open. Asked for the first time, it is
// a new one, which is empty.
func (d *Databases) URL(name string) string {
	d.t.Helper()
	if d.urls[name] == "" {
		d.urls[name] = newDatabase(d.t, true)
	}
	return d.urls[name]
}

// Copy keeps a database as it is under another name, as a backup does.
func (d *Databases) Copy(from, to string) {
	d.t.Helper()
	ctx := d.t.Context()
	snapshot, err := transfer.OpenSnapshot(ctx, d.URL(from))
	if err != nil {
		d.t.Fatal(err)
	}
	d.urls[to] = newDatabase(d.t, false)
	err = transfer.Import(ctx, d.urls[to], snapshot.Version, nil, func(rows transfer.Rows) error { return snapshot.Export(ctx, rows) })
	if err != nil {
		d.t.Fatal(err)
	}
	if err := snapshot.Close(); err != nil {
		d.t.Fatal(err)
	}
}

// newDatabase gives the URL of a database of the test's own. Where it need not be without
// tables, it may have them already.
func newDatabase(t testing.TB, tables bool) string {
	t.Helper()
	if postgrestest.Chosen(t) {
		return postgrestest.Schema(t)
	}
	if tables {
		return emptyDatabase.URL(t)
	}
	return "sqlite://" + filepath.Join(t.TempDir(), "atrium.sqlite")
}

var emptyDatabase = sqlitetest.New(func(ctx context.Context, databaseURL string) (io.Closer, error) {
	return store.Open(ctx, store.Options{URL: databaseURL})
})

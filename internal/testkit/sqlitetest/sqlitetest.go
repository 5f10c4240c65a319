// Package sqlitetest gives tests SQLite databases of their own that have the schema already.
package sqlitetest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Template is the file of a database that was opened once and has nothing else in it.
// Migrating a database takes a third of a second under the race detector, and each test has
// its own: so it is done once in a run of the tests, and the file copied. Make it with New.
type Template struct {
	file func() ([]byte, error)
}

// New is a template of what open makes at a URL: it creates and migrates the database, and its
// Close brings all that was written into the one file. It is called with the first copy.
func New(open func(ctx context.Context, databaseURL string) (io.Closer, error)) *Template {
	return &Template{sync.OnceValues(func() ([]byte, error) { return empty(open) })}
}

// URL is where a new copy is, for store.Open. It ends with the test.
func (x *Template) URL(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "atrium.sqlite")
	file, err := x.file()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return url(path)
}

// empty makes a database and gives its file. The folder is none of a test's, since the first
// test to ask may end before the others.
func empty(open func(context.Context, string) (io.Closer, error)) ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqlitetest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "empty.sqlite")
	db, err := open(context.Background(), url(path))
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func url(path string) string { return "sqlite://" + path }

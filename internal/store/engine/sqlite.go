package engine

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	inMemory = ":memory:"
	// sqliteReaders is how many transactions read at the same time.
	sqliteReaders = 4
	// checkedSize is up to which size, in bytes, the whole file is checked at the
	// start; a larger one would hold the start up for seconds.
	checkedSize = 32 << 20
)

func (db *DB) openSQLite(ctx context.Context, rawURL string, migrate func(context.Context, *DB) error) error {
	db.Dialect = sqliteDialect()
	if db.clock == nil {
		db.clock = db.machine
	}
	path, err := sqlitePath(rawURL)
	if err != nil {
		return err
	}
	if path == inMemory {
		return db.openMemory(ctx, migrate)
	}
	if err := db.claim(path); err != nil {
		return sqliteOpenError(path, err)
	}
	if db.Writer, err = sqlitePool(path, 1, "&_txlock=immediate"); err != nil {
		return sqliteOpenError(path, err)
	}
	db.Leases = db.Writer
	if err := db.check(ctx, path); err != nil {
		return sqliteOpenError(path, err)
	}
	if err := migrate(ctx, db); err != nil {
		return sqliteOpenError(path, err)
	}
	if db.Readers, err = sqlitePool(path, sqliteReaders, "&_query_only=1"); err != nil {
		return sqliteOpenError(path, err)
	}
	db.writing, db.reading = newStatements(db.Writer), newStatements(db.Readers)
	db.path = path
	return nil
}

// openMemory makes a database that dies with its one connection.
func (db *DB) openMemory(ctx context.Context, migrate func(context.Context, *DB) error) error {
	pool, err := sql.Open("sqlite", "file::memory:?_txlock=immediate&_pragma=foreign_keys(1)&_dqs=0")
	if err != nil {
		return sqliteOpenError(inMemory, err)
	}
	pool.SetMaxOpenConns(1)
	db.Writer, db.Readers, db.Leases = pool, pool, pool
	return migrate(ctx, db)
}

// sqlitePath reads the path from a database URL.
func sqlitePath(rawURL string) (string, error) {
	rest, ok := strings.CutPrefix(rawURL, "sqlite:///")
	switch {
	case !ok || rest == "":
		return "", hub.Errorf(hub.Invalid, "The database URL %q must be sqlite:///PATH.", rawURL)
	case rest == inMemory:
		return inMemory, nil
	case strings.HasPrefix(rest, "./"), strings.HasPrefix(rest, "../"):
		path, err := filepath.Abs(rest)
		if err != nil {
			return "", hub.Errorf(hub.Unavailable, "The database path %s cannot be resolved: %v.", rest, err)
		}
		return path, nil
	}
	return filepath.Clean("/" + rest), nil
}

// claim takes the database for this process and sees to it that only its owner can
// read it: other uids live on the machine. SQLite gives -wal and -shm the mode of
// the file itself.
func (db *DB) claim(path string) error {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return err
	}
	db.lock = lock
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the configured database
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(path+suffix, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func sqlitePool(path string, size int, options string) (*sql.DB, error) {
	// busy_timeout comes first: the pragmas after it may have to wait.
	name := (&url.URL{Scheme: "file", Path: path}).String() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_pragma=journal_size_limit(67108864)&_dqs=0" + options
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// errDamaged says that SQLite's own check found something.
var errDamaged = errors.New("the check found damage")

// check reads the database before anything is written to it.
func (db *DB) check(ctx context.Context, path string) error {
	if err := db.Writer.PingContext(ctx); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > checkedSize {
		var tables int
		return db.Writer.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables)
	}
	var answer string
	if err := db.Writer.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&answer); err != nil {
		return err
	}
	if answer != "ok" {
		return errDamaged
	}
	return nil
}

// sqliteOpenError says in one sentence why a database cannot be used.
func sqliteOpenError(path string, err error) error {
	if _, ok := errors.AsType[*hub.Error](err); ok {
		return err
	}
	if errors.Is(err, errDamaged) {
		return damaged(path)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB:
			return hub.Errorf(hub.Unavailable, "The database %s is not an SQLite database: restore a backup, or move it away to begin anew.", path)
		case sqlite3.SQLITE_CORRUPT:
			return damaged(path)
		case sqlite3.SQLITE_FULL:
			return hub.Errorf(hub.Unavailable, "The disk of the database %s is full: make room and start again.", path)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return hub.Errorf(hub.Unavailable, "The database %s is locked by another program: close it and start again.", path)
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			return hub.Errorf(hub.Unavailable, "The database %s cannot be written: give the hub's user the right to read and write it and its folder.", path)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hub.Errorf(hub.Unavailable, "The folder %s of the database does not exist: make it, or set another data directory.", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return hub.Errorf(hub.Unavailable, "The database %s cannot be written: give the hub's user the right to read and write it and its folder.", path)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return hub.Errorf(hub.Unavailable, "The database path %s is not a file in a folder: set another one.", path)
	}
	return hub.Errorf(hub.Unavailable, "The database %s cannot be opened: %v.", path, err)
}

func damaged(path string) error {
	return hub.Errorf(hub.Unavailable, "The database %s is damaged: restore a backup, or recover it with the sqlite3 program's .recover.", path)
}

package engine

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Options say which database to open.
type Options struct {
	// URL is sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE?…; see Open.
	URL string
	// Clock tells each transaction its time. Nil: PostgreSQL's own clock, or the machine's
	// with SQLite.
	Clock hub.Clock
	// Machine is this machine's clock, by which PostgreSQL's transactions decide nothing.
	// Nil: it is; a test sets another one that is off.
	Machine hub.Clock
	// Migrate brings the schema up to date, before anything else is read or written. Nil: it
	// stays as it is.
	Migrate func(ctx context.Context, db *DB) error
	// Observe is told of each transaction by its kind ("view", or that of its work), committed
	// or not: how long it took, and how often it was tried. May be nil.
	Observe func(kind string, took time.Duration, tries int)
	// Reserve is the room, in bytes, that an SQLite database keeps for itself; see KeepRoom.
	Reserve int64
	// Logger may be nil.
	Logger *slog.Logger
}

// DB is an open database, whatever its tables. It is safe for concurrent use.
type DB struct {
	Dialect  *Dialect
	Writer   *sql.DB
	Readers  *sql.DB       // the same as writer where one pool does for both
	Leases   *sql.DB       // for leases alone, so that none waits for a connection; the writer's with SQLite
	Patience time.Duration // how long a server may take to answer; 0: there is none

	writing *statements
	reading *statements
	lock    io.Closer
	clock   hub.Clock // nil: server tells the time
	server  serverClock
	machine hub.Clock
	elapsed hub.Elapsed
	logger  *slog.Logger
	observe func(kind string, took time.Duration, tries int)
	path    string       // of an SQLite database's file; empty: it has none
	reserve int64        // bytes; see KeepRoom
	close   func() error // closes once
}

// Open opens the database, makes it where there is none (SQLite only), and has
// its schema brought up to date.
//
// In sqlite:///PATH the path is absolute, with three slashes or four; after
// sqlite:///./ it is relative to the working directory. sqlite:///:memory: lives as
// long as the process. One process at a time may have an SQLite database.
//
// Each way to fail gives a hub.Error whose text is one sentence with the cause and
// the cure: hub.Invalid for a URL that makes no sense, hub.Conflict where another
// hub has the database, hub.Unavailable for the rest.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Machine == nil {
		o.Machine = hub.SystemClock
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, time.Duration, int) {}
	}
	migrate := func(ctx context.Context, db *DB) error {
		if o.Migrate == nil {
			return nil
		}
		return o.Migrate(ctx, db)
	}
	elapsed := hub.NewElapsed()
	db := &DB{clock: o.Clock, machine: o.Machine, elapsed: elapsed, server: serverClock{elapsed: elapsed}, logger: o.Logger, observe: o.Observe, reserve: o.Reserve}
	db.close = sync.OnceValue(db.release)
	err := CheckURL(o.URL)
	switch {
	case err != nil:
	case strings.HasPrefix(o.URL, "sqlite:"):
		err = db.openSQLite(ctx, o.URL, migrate)
	default:
		err = db.openPostgres(ctx, o.URL, migrate)
	}
	if err != nil {
		_ = db.Close() // the first failure is the one to tell
		return nil, err
	}
	return db, nil
}

// LookAt opens a database to read it, without claiming or changing it. Of the result, Readers
// may be used, and no View or Write. Errors are those of Open, and hub.NotFound where there is no
// database.
func LookAt(ctx context.Context, url string) (db *DB, err error) {
	db = &DB{}
	db.close = db.release
	if !strings.HasPrefix(url, "sqlite:") {
		db.Dialect = postgresDialect()
		if db.Writer, err = postgresPool(url); err != nil {
			return nil, err
		}
		db.Readers = db.Writer
		db.Patience = answerPatience
		if err := checkPostgres(ctx, db.Writer, db.Patience); err != nil {
			return nil, errors.Join(postgresFailure(url, err), db.Close())
		}
		return db, nil
	}
	db.Dialect = sqliteDialect()
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, hub.Errorf(hub.NotFound, "There is no database %s.", path)
	}
	if db.Readers, err = sqlitePool(path, 1, "&_query_only=1"); err != nil {
		return nil, sqliteOpenError(path, err)
	}
	if err := db.Readers.PingContext(ctx); err != nil {
		return nil, errors.Join(sqliteOpenError(path, err), db.Close())
	}
	return db, nil
}

// Take opens a database to fill it: an SQLite database is claimed, and neither is checked or
// migrated. Of the result, Writer may be used, and no View or Write. Errors are those of Open.
func Take(ctx context.Context, url string) (*DB, error) {
	db := &DB{}
	db.close = db.release
	var err error
	if strings.HasPrefix(url, "sqlite:") {
		db.Dialect = sqliteDialect()
		var path string
		if path, err = sqlitePath(url); err != nil {
			return nil, err
		}
		if err = db.claim(path); err == nil {
			db.Writer, err = sqlitePool(path, 1, "&_txlock=immediate")
		}
		if err != nil {
			return nil, errors.Join(sqliteOpenError(path, err), db.Close())
		}
	} else {
		db.Dialect, db.Patience = postgresDialect(), answerPatience
		if db.Writer, err = postgresPool(url); err != nil {
			return nil, err
		}
		if err := checkPostgres(ctx, db.Writer, db.Patience); err != nil {
			return nil, errors.Join(postgresFailure(url, err), db.Close())
		}
	}
	db.Readers = db.Writer
	return db, nil
}

// Close ends all connections and releases the database to another process. Closing
// again does nothing.
func (db *DB) Close() error { return db.close() }

func (db *DB) release() error {
	var errs []error
	db.reading.close()
	db.writing.close()
	if db.Readers != nil && db.Readers != db.Writer {
		errs = append(errs, db.Readers.Close())
	}
	if db.Writer != nil {
		errs = append(errs, db.Writer.Close())
	}
	if db.Leases != nil && db.Leases != db.Writer {
		errs = append(errs, db.Leases.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	inTime, cancel := Within(ctx, db.Patience)
	defer cancel()
	var one int
	return Translate(ctx, "ping", db.Readers.QueryRowContext(inTime, "SELECT 1").Scan(&one))
}

// Pool is one of the database's pools of connections, by its name ("writer" and
// "readers", or "all" where one does for both).
type Pool struct {
	Name        string
	InUse, Idle int
	Waits       int64         // requests for a connection that had to wait
	Waited      time.Duration // how long, together
}

// Pools tells how busy the connections are.
func (db *DB) Pools() []Pool {
	if db.Readers == db.Writer {
		return []Pool{pool("all", db.Writer)}
	}
	return []Pool{pool("writer", db.Writer), pool("readers", db.Readers)}
}

func pool(name string, of *sql.DB) Pool {
	s := of.Stats()
	return Pool{Name: name, InUse: s.InUse, Idle: s.Idle, Waits: s.WaitCount, Waited: s.WaitDuration}
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// attempts is how often Update runs a transaction that the engine sends back.
	attempts = 12
	// firstPause and longestPause bound the random wait before each further try.
	firstPause   = 2 * time.Millisecond
	longestPause = 250 * time.Millisecond
	// commitPatience is how long a commit may take.
	commitPatience = 15 * time.Second
	// answerPatience is how long a server may take for anything else: a statement, or a
	// connection while others have them all.
	answerPatience = 30 * time.Second
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
	// Bus gets what committed transactions have changed, as they noted it. May be nil.
	Bus data.Bus
	// Observe is told of each transaction ("view", "update", "touch" or "prune"), committed or not: how
	// long it took, and how often it was tried. May be nil.
	Observe func(kind string, took time.Duration, tries int)
	// Reserve is the room, in bytes, that an SQLite database keeps for itself; see KeepRoom.
	Reserve int64
	// Logger may be nil.
	Logger *slog.Logger
}

// DB is an open database. It implements app.Store and is safe for concurrent use.
type DB struct {
	dialect  *dialect
	writer   *sql.DB
	readers  *sql.DB // the same as writer where one pool does for both
	writing  *statements
	reading  *statements
	leases   *sql.DB // for leases alone, so that none waits for a connection; the writer's with SQLite
	lock     io.Closer
	clock    hub.Clock // nil: server tells the time
	server   serverClock
	machine  hub.Clock
	elapsed  hub.Elapsed
	bus      data.Bus
	origin   atomic.Pointer[string]
	logger   *slog.Logger
	observe  func(kind string, took time.Duration, tries int)
	path     string        // of an SQLite database's file; empty: it has none
	patience time.Duration // how long a server may take to answer; 0: there is none
	reserve  int64         // bytes; see KeepRoom
	close    func() error  // closes once
}

var _ data.Store = (*DB)(nil)

// Open opens the database, makes it where there is none (SQLite only), and brings
// its schema up to date.
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
	elapsed := hub.NewElapsed()
	db := &DB{clock: o.Clock, machine: o.Machine, elapsed: elapsed, server: serverClock{elapsed: elapsed}, bus: o.Bus, logger: o.Logger, observe: o.Observe, reserve: o.Reserve}
	db.close = sync.OnceValue(db.release)
	db.newOrigin()
	err := CheckURL(o.URL)
	switch {
	case err != nil:
	case strings.HasPrefix(o.URL, "sqlite:"):
		err = db.openSQLite(ctx, o.URL)
	default:
		err = db.openPostgres(ctx, o.URL)
	}
	if err == nil {
		err = db.prepareChanges(ctx)
	}
	if err != nil {
		_ = db.Close() // the first failure is the one to tell
		return nil, err
	}
	return db, nil
}

// Close ends all connections and releases the database to another process. Closing
// again does nothing.
func (db *DB) Close() error { return db.close() }

func (db *DB) release() error {
	var errs []error
	db.reading.close()
	db.writing.close()
	if db.readers != nil && db.readers != db.writer {
		errs = append(errs, db.readers.Close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.Close())
	}
	if db.leases != nil && db.leases != db.writer {
		errs = append(errs, db.leases.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	inTime, cancel := within(ctx, db.patience)
	defer cancel()
	var one int
	return translate(ctx, "ping", db.readers.QueryRowContext(inTime, "SELECT 1").Scan(&one))
}

// View runs fn in a read-only transaction.
func (db *DB) View(ctx context.Context, fn func(data.Tx) error) error {
	began := db.elapsed()
	defer func() { db.observe("view", db.elapsed()-began, 1) }()
	own, end := ctx, func() {}
	if db.patience > 0 {
		own, end = context.WithCancel(ctx)
	}
	defer end()
	t, err := db.begin(own, end, db.readers, db.reading, &db.dialect.view)
	if err != nil {
		return left(ctx, "begin", err)
	}
	defer db.reading.prepare(own)
	defer t.rollback(end)
	return fn(t)
}

// Update runs fn in a transaction that may write, keeps what was changed in the table of
// changes, and tells the bus of it after the commit. Where the engine asks for it, fn runs
// again. fn must not call Update itself: with SQLite there is one writer.
func (db *DB) Update(ctx context.Context, fn func(data.Tx) error) error {
	return db.write(ctx, "update", &db.dialect.write, func(t *tx) error { return fn(t) })
}

// Touch writes the times that fn gives, outside of the order in which transactions of Update
// appear to have run: PostgreSQL sends none of those back for a time. Two batches of times
// may deadlock, and then one of them runs again.
func (db *DB) Touch(ctx context.Context, fn func(data.Tx) (data.Seen, error)) error {
	return db.write(ctx, "touch", &db.dialect.touch, func(t *tx) error {
		seen, err := fn(t)
		if err != nil {
			return err
		}
		return t.touch(ctx, seen)
	})
}

func (t *tx) touch(ctx context.Context, seen data.Seen) error {
	if err := t.touchServers(ctx, seen.Servers); err != nil {
		return err
	}
	if err := t.touchTokens(ctx, seen.Tokens); err != nil {
		return err
	}
	if err := t.touchSessions(ctx, seen.Sessions); err != nil {
		return err
	}
	return t.touchUsers(ctx, seen.Users)
}

// write runs fn in a transaction of the kind, again where the engine asks for it.
func (db *DB) write(ctx context.Context, kind string, o *sql.TxOptions, fn func(*tx) error) error {
	pause, began, attempt := firstPause, db.elapsed(), 1
	defer func() { db.observe(kind, db.elapsed()-began, attempt) }()
	for ; ; attempt++ {
		changes, err := db.try(ctx, o, fn)
		if err == nil {
			db.publish(ctx, changes)
			return nil
		}
		if !retryable(err) || attempt == attempts {
			return err
		}
		db.logger.DebugContext(ctx, "transaction sent back by the database", "attempt", attempt)
		if hub.Sleep(ctx, rand.N(pause)+firstPause) != nil { //nolint:gosec // spreads retries, guards nothing
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// try runs fn once and gives the changes to publish.
func (db *DB) try(ctx context.Context, o *sql.TxOptions, fn func(*tx) error) ([]data.Change, error) {
	// The transaction ends with ctx, but only until it is committed: what is committed
	// must be known to be.
	own, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stay := context.AfterFunc(ctx, end)
	t, err := db.begin(own, end, db.writer, db.writing, o)
	if err != nil {
		return nil, left(ctx, "begin", err)
	}
	defer db.writing.prepare(own)
	defer t.rollback(end)
	if err := fn(t); err != nil {
		return nil, err
	}
	if t.failed != nil {
		return nil, t.failed
	}
	if err := t.writeNotes(own, db.Origin(), db.Now()); err != nil {
		return nil, left(ctx, "note changes", err)
	}
	if !stay() {
		return nil, translate(ctx, "commit", ctx.Err())
	}
	if err := db.commit(own, end, t); err != nil {
		return nil, err
	}
	return t.notes.changes(), nil
}

// commit ends the transaction. Where nobody knows whether it was committed, all that
// is kept in memory may be out of date.
func (db *DB) commit(ctx context.Context, end func(), t *tx) error {
	defer time.AfterFunc(commitPatience, end).Stop()
	err := t.sql.Commit()
	if err == nil {
		return nil
	}
	unclear := !refused(err)
	if ctx.Err() != nil {
		err = unavailable(fmt.Errorf("commit: no answer in %s: %w", commitPatience, err))
	} else {
		err = translate(ctx, "commit", err)
	}
	if unclear {
		db.newOrigin() // where it was committed after all, it is read like a change from elsewhere
		db.publish(ctx, []data.Change{{Kind: data.Resync}})
	}
	return err
}

// left is err, or that the one who asked has gone.
func left(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return translate(ctx, op, ctx.Err())
	}
	return err
}

func (db *DB) publish(ctx context.Context, changes []data.Change) {
	if db.bus != nil && len(changes) > 0 {
		// What is committed is told, even where the asker has gone.
		db.bus.Publish(context.WithoutCancel(ctx), changes...)
	}
}

// begin begins a transaction that ends with ctx, which end ends.
func (db *DB) begin(ctx context.Context, end func(), pool *sql.DB, kept *statements, o *sql.TxOptions) (*tx, error) {
	stop := endAfter(db.patience, end)
	t, err := pool.BeginTx(ctx, o)
	switch inTime := stop(); {
	case !inTime:
		return nil, unavailable(fmt.Errorf("begin: no answer in %s: %w", db.patience, ctx.Err()))
	case err != nil:
		return nil, translate(ctx, "begin", err)
	}
	return &tx{sql: t, kept: kept, dialect: db.dialect, patience: db.patience, now: db.Now(), exact: db.exactNow()}, nil
}

// endAfter calls end after the time, unless stop comes first, which then tells so. 0 is
// never.
func endAfter(d time.Duration, end func()) (stop func() (inTime bool)) {
	if d == 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(d, end).Stop
}

// within is ctx with a deadline; 0 is none.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d)
}

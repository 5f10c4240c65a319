package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/credits"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/feed"
	"github.com/atriumhub/atrium/internal/store/ledger"
	"github.com/atriumhub/atrium/internal/store/migrations"
)

// Options say which database to open.
type Options struct {
	// URL is sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE?…; see engine.Open.
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
	on     *engine.DB
	feed   *feed.Table
	bus    data.Bus
	origin atomic.Pointer[string]
}

var _ data.Store = (*DB)(nil)

// Open opens the database, makes it where there is none (SQLite only), and brings
// its schema up to date. URLs are read, and errors are, as engine.Open has them.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	on, err := engine.Open(ctx, engine.Options{
		URL: o.URL, Clock: o.Clock, Machine: o.Machine, Observe: o.Observe, Reserve: o.Reserve, Logger: o.Logger,
		Migrate: func(ctx context.Context, on *engine.DB) error { return migrations.Up(ctx, on, o.Logger) },
	})
	if err != nil {
		return nil, err
	}
	db := &DB{on: on, feed: feed.On(on.Dialect), bus: o.Bus}
	db.newOrigin()
	if err := db.feed.Prepare(ctx, on); err != nil {
		_ = db.Close() // the first failure is the one to tell
		return nil, err
	}
	return db, nil
}

// Close ends all connections and releases the database to another process. Closing
// again does nothing.
func (db *DB) Close() error { return db.on.Close() }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.on.Ping(ctx) }

// Now is the time of a transaction that begins now: the database server's on PostgreSQL,
// the machine's on SQLite. It never goes back on PostgreSQL: after that clock was set back, time
// passes half as fast until it has caught up.
func (db *DB) Now() time.Time { return db.on.Now() }

// Alone tells whether no other process can have the database while this one has it.
func (db *DB) Alone() bool { return db.on.Alone() }

// KeepRoom sees to it that an SQLite database can go on writing on a full disk, for as much as
// Options.Reserve. It is to be called again from time to time; an error says that there is no
// room for it now.
func (db *DB) KeepRoom(ctx context.Context) error { return db.on.KeepRoom(ctx) }

// File is where an SQLite database lies; empty for any other.
func (db *DB) File() string { return db.on.File() }

// Pools tells how busy the connections are.
func (db *DB) Pools() []engine.Pool { return db.on.Pools() }

// tx implements data.Tx; its other methods are in the files of the entities, and in ledger.
type tx struct {
	*engine.Tx
	*ledger.Ledger
	*credits.Credits
	feed  *feed.Table
	notes feed.Notes
}

var _ data.Tx = (*tx)(nil)

// View runs fn in a read-only transaction.
func (db *DB) View(ctx context.Context, fn func(data.Tx) error) error {
	return db.on.View(ctx, func(t *engine.Tx) error { return fn(db.tx(t)) })
}

func (db *DB) tx(t *engine.Tx) *tx {
	return &tx{Tx: t, Ledger: &ledger.Ledger{Tx: t}, Credits: &credits.Credits{Tx: t}, feed: db.feed}
}

// Update runs fn in a transaction that may write, keeps what was changed in the table of
// changes, and tells the bus of it after the commit. Where the engine asks for it, fn runs
// again. fn must not call Update itself: with SQLite there is one writer.
func (db *DB) Update(ctx context.Context, fn func(data.Tx) error) error {
	return db.write(ctx, "update", &db.on.Dialect.Write, func(t *tx) error { return fn(t) })
}

// Touch writes the times that fn gives, outside of the order in which transactions of Update
// appear to have run: PostgreSQL sends none of those back for a time. Two batches of times
// may deadlock, and then one of them runs again.
func (db *DB) Touch(ctx context.Context, fn func(data.Tx) (data.Seen, error)) error {
	return db.write(ctx, "touch", &db.on.Dialect.Touch, func(t *tx) error {
		seen, err := fn(t)
		if err != nil {
			return err
		}
		return t.touch(ctx, seen)
	})
}

// WithServer runs fn like Update, but holds the row of a server, and reads what is committed at each
// of its statements: such transactions of different servers send each other back for nothing, since
// PostgreSQL tells rows that lie on one page of an index from each other by their writers alone.
func (db *DB) WithServer(ctx context.Context, id int64, fn func(data.Tx) error) error {
	return db.write(ctx, "update", &db.on.Dialect.Touch, func(t *tx) error {
		_, err := engine.Many(ctx, t.Tx, "hold server", engine.Value[int64], "SELECT id FROM servers WHERE id = $1"+db.on.Dialect.ForUpdate, id)
		if err != nil {
			return err
		}
		return fn(t)
	})
}

func (t *tx) touch(ctx context.Context, seen data.Seen) error {
	if err := t.touchServers(ctx, seen.Servers); err != nil {
		return err
	}
	if err := t.TouchUsed(ctx, seen.Used); err != nil {
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
	var t *tx
	return db.on.Write(ctx, engine.Work{
		Kind: kind, Options: o,
		Do: func(on *engine.Tx) error {
			t = db.tx(on)
			return fn(t)
		},
		Last: func(own context.Context, on *engine.Tx) error {
			if err := t.notes.Write(own, on, db.Origin(), db.Now()); err != nil {
				return engine.Left(ctx, "note changes", err)
			}
			return nil
		},
		Committed: func() { db.publish(ctx, t.notes.Changes()) },
		Unclear: func() { // all that is kept in memory may be out of date
			db.newOrigin() // where it was committed after all, it is read like a change from elsewhere
			db.publish(ctx, []data.Change{{Kind: data.Resync}})
		},
	})
}

func (db *DB) publish(ctx context.Context, changes []data.Change) {
	if db.bus != nil && len(changes) > 0 {
		// What is committed is told, even where the asker has gone.
		db.bus.Publish(context.WithoutCancel(ctx), changes...)
	}
}

package engine

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// attempts is how often Write runs a transaction that the engine sends back.
	attempts = 12
	// firstPause and longestPause bound the random wait before each further try.
	firstPause   = 2 * time.Millisecond
	longestPause = 250 * time.Millisecond
)

// View runs fn in a read-only transaction.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	began := db.elapsed()
	defer func() { db.observe("view", db.elapsed()-began, 1) }()
	own, end := ctx, func() {}
	if db.Patience > 0 {
		own, end = context.WithCancel(ctx)
	}
	defer end()
	t, err := db.begin(own, end, db.Readers, db.reading, &db.Dialect.View)
	if err != nil {
		return Left(ctx, "begin", err)
	}
	defer db.reading.prepare(own)
	defer t.rollback(end)
	return fn(t)
}

// Work is what a transaction does that writes, and what follows from how it ended. All
// functions but Do may be nil.
type Work struct {
	Kind    string         // what Observe is told
	Options *sql.TxOptions // one of the dialect's
	// Do is run again where the engine asks for it.
	Do func(*Tx) error
	// Last is run after Do, and before the commit. Its context does not end with that of the
	// one who asked.
	Last func(ctx context.Context, t *Tx) error
	// Committed is called after the commit.
	Committed func()
	// Unclear is called where nobody knows whether it was committed.
	Unclear func()
}

// Write does the work in a transaction, again where the engine asks for it. The work must
// not call Write itself: with SQLite there is one writer.
func (db *DB) Write(ctx context.Context, w Work) error {
	pause, began, attempt := firstPause, db.elapsed(), 1
	defer func() { db.observe(w.Kind, db.elapsed()-began, attempt) }()
	for ; ; attempt++ {
		err := db.try(ctx, w)
		if err == nil {
			if w.Committed != nil {
				w.Committed()
			}
			return nil
		}
		if !retryable(err) || attempt == attempts {
			return err
		}
		db.logger.DebugContext(ctx, "transaction sent back by the database", "attempt", attempt, "error", err)
		if hub.Sleep(ctx, rand.N(pause)+firstPause) != nil { //nolint:gosec // spreads retries, guards nothing
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// try does the work once.
func (db *DB) try(ctx context.Context, w Work) error {
	// The transaction ends with ctx, but only until it is committed: what is committed
	// must be known to be.
	own, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stay := context.AfterFunc(ctx, end)
	t, err := db.begin(own, end, db.Writer, db.writing, w.Options)
	if err != nil {
		return Left(ctx, "begin", err)
	}
	defer db.writing.prepare(own)
	defer t.rollback(end)
	if err := w.Do(t); err != nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	if w.Last != nil {
		if err := w.Last(own, t); err != nil {
			return err
		}
	}
	if !stay() {
		return Translate(ctx, "commit", ctx.Err())
	}
	return db.commit(own, end, t, w.Unclear)
}

// commit ends the transaction, and calls unclear where nobody knows whether it was committed.
func (db *DB) commit(ctx context.Context, end func(), t *Tx, isUnclear func()) error {
	defer time.AfterFunc(CommitPatience, end).Stop()
	err := t.sql.Commit()
	if err == nil {
		return nil
	}
	unclear := !refused(err)
	if ctx.Err() != nil {
		err = unavailable(fmt.Errorf("commit: no answer in %s: %w", CommitPatience, err))
	} else {
		err = Translate(ctx, "commit", err)
	}
	if unclear && isUnclear != nil {
		isUnclear()
	}
	return err
}

// Left is err, or that the one who asked has gone.
func Left(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return Translate(ctx, op, ctx.Err())
	}
	return err
}

// begin begins a transaction that ends with ctx, which end ends.
func (db *DB) begin(ctx context.Context, end func(), pool *sql.DB, kept *statements, o *sql.TxOptions) (*Tx, error) {
	stop := endAfter(db.Patience, end)
	t, err := pool.BeginTx(ctx, o)
	switch inTime := stop(); {
	case !inTime:
		return nil, unavailable(fmt.Errorf("begin: no answer in %s: %w", db.Patience, ctx.Err()))
	case err != nil:
		return nil, Translate(ctx, "begin", err)
	}
	return &Tx{sql: t, kept: kept, Dialect: db.Dialect, patience: db.Patience, now: db.Now(), exact: db.ExactNow()}, nil
}

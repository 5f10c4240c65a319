package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// engine is a database that does nothing, and commits as a test says, under the
// context that its transaction was begun with, as PostgreSQL's driver does.
type engine struct {
	commit func(ctx context.Context) error
}

func (e engine) Connect(context.Context) (driver.Conn, error) { return engineConn{e}, nil }
func (e engine) Driver() driver.Driver                        { return nil }

type engineConn struct{ engine }

func (engineConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not asked for") }
func (engineConn) Close() error                        { return nil }
func (engineConn) Begin() (driver.Tx, error)           { return nil, errors.New("not asked for") }

func (c engineConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	return engineTx{c.engine, ctx}, nil
}

func (engineConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}

// dbOn is a DB on such a database.
func dbOn(pool *sql.DB, bus data.Bus) *DB {
	db := &DB{dialect: sqliteDialect(), writer: pool, readers: pool, clock: hub.SystemClock, elapsed: hub.NewElapsed(), bus: bus, observe: func(string, time.Duration, int) {}}
	db.newOrigin()
	return db
}

type engineTx struct {
	engine
	ctx context.Context //nolint:containedctx // as the driver keeps it
}

func (t engineTx) Commit() error { return t.commit(t.ctx) }
func (engineTx) Rollback() error { return nil }

// What changed is told, or at least that something may have: also where the one who
// asked goes while it is being committed, and where the commit's end is unknown.
func TestCommitAndWhoIsTold(t *testing.T) {
	t.Parallel()
	change := data.Change{Kind: data.TokenRevoked, Key: "h"}
	for _, tc := range []struct {
		name   string
		commit func(ctx context.Context, leave func()) error
		code   hub.Code
		told   []data.Change
	}{
		{"the asker leaves", func(ctx context.Context, leave func()) error { leave(); return ctx.Err() }, "", []data.Change{change}},
		{
			"the asker leaves and the line breaks",
			func(_ context.Context, leave func()) error { leave(); return errors.New("lost") },
			hub.Internal, []data.Change{{Kind: data.Resync}},
		},
		{
			"an error of nobody's",
			func(context.Context, func()) error { return errors.New("lost") },
			hub.Internal, []data.Change{{Kind: data.Resync}},
		},
		{
			"no answer in time",
			func(context.Context, func()) error { return context.DeadlineExceeded },
			hub.Unavailable, []data.Change{{Kind: data.Resync}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			pool := sql.OpenDB(engine{func(ctx context.Context) error { return tc.commit(ctx, leave) }})
			defer func() { _ = pool.Close() }()
			bus := &recorder{}
			db := dbOn(pool, bus)
			origin := db.Origin()
			err := db.Update(ctx, func(tx data.Tx) error { noteIn(tx, change); return nil })
			if got := hub.ErrorCode(err); got != tc.code {
				t.Errorf("got %v (%s), want %q", err, got, tc.code)
			}
			if diff := cmp.Diff(tc.told, bus.take()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if unclear := tc.code != ""; (db.Origin() != origin) != unclear {
				t.Error("what may have been committed is to be read as if others had done it, and nothing else")
			}
		})
	}
}

// Who leaves before the commit changes nothing.
func TestLeavingBeforeTheCommit(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	pool := sql.OpenDB(engine{func(context.Context) error { t.Error("committed"); return nil }})
	defer func() { _ = pool.Close() }()
	bus := &recorder{}
	db := dbOn(pool, bus)
	err := db.Update(ctx, func(tx data.Tx) error {
		noteIn(tx, data.Change{Kind: data.UserChanged, ID: 1})
		leave()
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(bus.take()) != 0 {
		t.Errorf("got %v", err)
	}
}

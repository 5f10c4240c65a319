package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// fakeEngine is a database that does nothing, and commits as a test says, under the
// context that its transaction was begun with, as PostgreSQL's driver does.
type fakeEngine struct {
	commit func(ctx context.Context) error
}

func (e fakeEngine) Connect(context.Context) (driver.Conn, error) { return engineConn{e}, nil }
func (e fakeEngine) Driver() driver.Driver                        { return nil }

type engineConn struct{ fakeEngine }

func (engineConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not asked for") }
func (engineConn) Close() error                        { return nil }
func (engineConn) Begin() (driver.Tx, error)           { return nil, errors.New("not asked for") }

func (c engineConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	return engineTx{c.fakeEngine, ctx}, nil
}

func (engineConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}

// dbOn is a DB that writes to such a database.
func dbOn(t *testing.T, pool *sql.DB, bus data.Bus) *DB {
	t.Helper()
	db := open(t, Options{URL: "sqlite:///:memory:", Bus: bus})
	own := db.on.Writer
	db.on.Writer = pool
	t.Cleanup(func() { db.on.Writer = own })
	return db
}

type engineTx struct {
	fakeEngine
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
			pool := sql.OpenDB(fakeEngine{func(ctx context.Context) error { return tc.commit(ctx, leave) }})
			defer func() { _ = pool.Close() }()
			bus := &recorder{}
			db := dbOn(t, pool, bus)
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
	pool := sql.OpenDB(fakeEngine{func(context.Context) error { t.Error("committed"); return nil }})
	defer func() { _ = pool.Close() }()
	bus := &recorder{}
	db := dbOn(t, pool, bus)
	err := db.Update(ctx, func(tx data.Tx) error {
		noteIn(tx, data.Change{Kind: data.UserChanged, ID: 1})
		leave()
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(bus.take()) != 0 {
		t.Errorf("got %v", err)
	}
}

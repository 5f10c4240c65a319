package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/testkit/postgrestest"
	"github.com/atriumhub/atrium/internal/testkit/tcptest"
)

// recorder is a bus that keeps what it is told.
type recorder struct {
	mu      sync.Mutex
	changes []data.Change
}

func (r *recorder) Publish(_ context.Context, changes ...data.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes = append(r.changes, changes...)
}

func (r *recorder) Subscribe(context.Context, string, func([]data.Change)) {}

// take gives what was told since the last time.
func (r *recorder) take() []data.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	changes := r.changes
	r.changes = nil
	return changes
}

// noteIn notes a change as the writing methods do.
func noteIn(from data.Tx, c data.Change) {
	if t, ok := from.(*tx); ok {
		t.note(c)
	}
}

func TestWhatWasNotedIsTold(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		ctx := t.Context()
		bus := &recorder{}
		db := open(t, Options{URL: databaseURL, Bus: bus})
		first, second := data.Change{Kind: data.UserChanged, ID: 1}, data.Change{Kind: data.TokenRevoked, Key: "h"}
		expect := func(what string, want ...data.Change) {
			t.Helper()
			if diff := cmp.Diff(want, bus.take()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}

		if err := db.Update(ctx, func(tx data.Tx) error {
			noteIn(tx, first)
			expect("before the commit")
			noteIn(tx, second)
			noteIn(tx, first)
			return tx.SetSetting(ctx, "k", "v")
		}); err != nil {
			t.Fatal(err)
		}
		expect("after it", first, second)

		mine := errors.New("mine")
		if err := db.Update(ctx, func(tx data.Tx) error { noteIn(tx, first); return mine }); !errors.Is(err, mine) {
			t.Error(err)
		}
		expect("rolled back")

		runs := 0
		if err := db.Update(ctx, func(tx data.Tx) error {
			noteIn(tx, first)
			if runs++; runs < 3 {
				return &pgconn.PgError{Code: "40001"} // serialization_failure
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		expect("the third try alone", first)

		_ = db.View(ctx, func(tx data.Tx) error { noteIn(tx, first); return nil })
		expect("a view")
	})
}

func TestUnknownCommit(t *testing.T) {
	t.Parallel()
	bus := &recorder{}
	url := postgrestest.Schema(t)
	db := open(t, Options{URL: url, Bus: bus})
	err := db.Update(t.Context(), func(x data.Tx) error {
		pid, err := engine.One(t.Context(), x.(*tx).Tx, "which connection", engine.Value[int64], "SELECT pg_backend_pid()")
		// The connection goes without the transaction noticing.
		postgrestest.Exec(t.Context(), t, url, fmt.Sprintf(`DO $$ BEGIN
			PERFORM pg_terminate_backend(%[1]d);
			WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = %[1]d) LOOP
				PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
			END LOOP;
		END $$`, pid))
		return err
	})
	if !hub.Is(err, hub.Unavailable) {
		t.Errorf("got %v", err)
	}
	if got := bus.take(); !slices.Equal(got, []data.Change{{Kind: data.Resync}}) {
		t.Errorf("told %v", got)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestUsageRows looks at what no method reads yet.
func TestUsageRows(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, databaseURL string) {
		ctx := t.Context()
		now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		db := open(t, Options{URL: databaseURL, Clock: func() time.Time { return now }})
		type row struct {
			Server, User  string
			Fence         int64
			Charged, Ends time.Duration
		}
		steps := func(fn func(tx data.Tx) error) {
			t.Helper()
			if err := db.Update(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(what string, want ...row) {
			t.Helper()
			got, err := usageRows(ctx, db, func(s engine.Scanner) (r row, err error) {
				var charged, ended int64
				err = s.Scan(&r.Server, &r.User, &r.Fence, &charged, &ended)
				r.Charged, r.Ends = time.UnixMicro(charged).Sub(now), max(time.UnixMicro(ended).Sub(now), -1)
				return r, err
			})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
			}
		}
		var v hub.Server
		steps(func(tx data.Tx) error {
			us, err := tx.CreateUsers(ctx, []string{"ada"}, false)
			if err != nil {
				return err
			}
			v, err = tx.CreateServer(ctx, hub.Server{UserID: us[0].ID, Name: "lab", Owner: "me", Fence: 2})
			return err
		})
		steps(func(tx data.Tx) error { // the run before was never closed
			return errors.Join(
				tx.OpenUsage(ctx, hub.Usage{ServerID: v.ID, UserID: v.UserID, Fence: 1, Started: now}),
				tx.OpenUsage(ctx, hub.Usage{ServerID: v.ID, UserID: v.UserID, Fence: 2, Started: now}))
		})
		expect("opened", row{"lab", "ada", 1, 0, -1}, row{"lab", "ada", 2, 0, -1})
		steps(func(tx data.Tx) error { return tx.ChargeUsage(ctx, "me", now.Add(time.Minute)) })
		steps(func(tx data.Tx) error { return tx.ChargeUsage(ctx, "me", now.Add(time.Second)) })
		steps(func(tx data.Tx) error { return tx.ChargeUsage(ctx, "them", now.Add(time.Hour)) })
		expect("charged: the run that lives, never back", row{"lab", "ada", 1, 0, -1}, row{"lab", "ada", 2, time.Minute, -1})
		steps(func(tx data.Tx) error { return tx.CloseUsage(ctx, v.ID, 2, now.Add(2*time.Minute)) })
		steps(func(tx data.Tx) error { return tx.CloseUsage(ctx, v.ID, 2, now.Add(time.Hour)) })
		steps(func(tx data.Tx) error { return tx.ChargeUsage(ctx, "me", now.Add(time.Hour)) })
		steps(func(tx data.Tx) error { return tx.DeleteUsers(ctx, []int64{v.UserID}) })
		expect("closed once, and kept", row{"lab", "ada", 1, 0, -1}, row{"lab", "ada", 2, 2 * time.Minute, 2 * time.Minute})
	})
}

func usageRows[T any](ctx context.Context, db *DB, scan func(engine.Scanner) (T, error)) (list []T, err error) {
	err = db.View(ctx, func(x data.Tx) (err error) {
		list, err = engine.Many(ctx, x.(*tx).Tx, "usage", scan,
			"SELECT server_name, user_name, fence, charged_until, ended FROM server_usage ORDER BY fence")
		return err
	})
	return list, err
}

// TestPostgresGoneAndBack takes the way to the database away while the hub runs.
func TestPostgresGoneAndBack(t *testing.T) {
	t.Parallel()
	db, way := openFar(t)
	fillUsers(t, db, 3)

	way.Cut(true)
	for range 3 {
		err := db.View(t.Context(), func(data.Tx) error { return nil })
		if !hub.Is(err, hub.Unavailable) {
			t.Errorf("view without a database: %v", err)
		}
		if err := db.Update(t.Context(), func(data.Tx) error { return nil }); !hub.Is(err, hub.Unavailable) {
			t.Errorf("update without a database: %v", err)
		}
		if err := db.Ping(t.Context()); !hub.Is(err, hub.Unavailable) {
			t.Errorf("ping without a database: %v", err)
		}
	}
	way.Cut(false)
	if n := countUsers(t, db); n != 3 {
		t.Errorf("%d people left of 3", n)
	}
}

// A database whose connections stay open and say nothing more is one that is away: whoever
// waits for it is told so, and it is asked again later, by new connections.
func TestPostgresFallsSilent(t *testing.T) {
	t.Parallel()
	db, way := openFar(t)
	fillUsers(t, db, 3)
	db.on.Patience = 300 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	read := func(tx data.Tx) error { _, err := tx.UsersByID(ctx, []int64{1}); return err }
	for name, do := range map[string]func(silence func()) error{
		"ping":         func(silence func()) error { silence(); return db.Ping(ctx) },
		"before begin": func(silence func()) error { silence(); return db.View(ctx, read) },
		"while reading": func(silence func()) error {
			return db.View(ctx, func(tx data.Tx) error { silence(); return read(tx) })
		},
		"while writing": func(silence func()) error {
			return db.Update(ctx, func(tx data.Tx) error {
				silence()
				_, err := tx.CreateUsers(ctx, []string{"late"}, false)
				return err
			})
		},
		"while times are written": func(silence func()) error {
			return db.Touch(ctx, func(data.Tx) (data.Seen, error) {
				silence()
				return data.Seen{Users: map[int64]time.Time{1: time.Now()}}, nil
			})
		},
		"before the end of a view": func(silence func()) error {
			return db.View(ctx, func(data.Tx) error { silence(); return hub.Errorf(hub.Unavailable, "of its own") })
		},
	} {
		var speak func()
		if err := do(func() { speak = way.Silence() }); !hub.Is(err, hub.Unavailable) || ctx.Err() != nil {
			t.Errorf("%s: %v", name, err)
		}
		speak()
		if n := countUsers(t, db); n != 3 {
			t.Errorf("%s: %d people left of 3", name, n)
		}
	}
}

// openFar opens a database on PostgreSQL to which there is a way that a test can cut.
func openFar(t *testing.T) (*DB, *tcptest.Proxy) {
	t.Helper()
	way, through := tcptest.ForURL(t, postgrestest.Schema(t))
	return open(t, Options{URL: through}), way
}

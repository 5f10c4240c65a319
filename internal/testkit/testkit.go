// Package testkit puts together what tests of several packages need: the use cases
// on a real database, and a clock that the test moves. Only tests import it.
package testkit

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/store"
)

// Clock is a time that a test moves. Make it with NewClock.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock begins on a morning in November 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)} }

// Now is the clock as code takes it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the time.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Options are what a test may have otherwise.
type Options struct {
	Config  app.Config
	Clock   hub.Clock // nil: the database's
	Machine hub.Clock // nil: the machine's; see store.Options
	Logger  *slog.Logger
	Follow  bool                        // the Hub hears what others on the same PostgreSQL change
	URL     string                      // of the database; empty: a new one of the engine that HUBTEST_ENGINE says
	Wrap    func(data.Store) data.Store // what the App has in the place of the database; nil: that itself
}

// Hub is an App on a database, with cheap passwords.
type Hub struct {
	*app.App
	t testing.TB

	DB     *store.DB
	Bus    data.Bus // with what the database changed
	Hasher *native.Hasher
}

// New makes a Hub that ends with the test.
func New(t testing.TB, change ...func(*Options)) *Hub {
	t.Helper()
	o := Options{
		Config: app.Config{
			Base: "/", ConnectURL: "http://127.0.0.1:8000", NamedLimit: 2, Logins: login.Methods{login.NativeMethod()},
			SessionAge: 14 * 24 * time.Hour, OAuthAge: 14 * 24 * time.Hour,
			AuditAge: 400 * 24 * time.Hour, EventsAge: 90 * 24 * time.Hour,
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, fn := range change {
		fn(&o)
	}
	relay := &mirror.Relay{}
	h := &Hub{
		t: t, Bus: relay,
		Hasher: native.NewHasher(native.HasherOptions{MemoryKiB: 64, Iterations: 1, Parallelism: 1}),
	}
	if o.URL == "" {
		o.URL = newDatabase(t, true)
	}
	var err error
	h.DB, err = store.Open(t.Context(), store.Options{URL: o.URL, Clock: o.Clock, Machine: o.Machine, Bus: relay, Logger: o.Logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.DB.Close() })
	if o.Clock == nil {
		o.Clock = h.DB.Now
	}
	relay.Next = feed(t, o, h.DB, relay)
	var db data.Store = h.DB
	if o.Wrap != nil {
		db = o.Wrap(db)
	}
	h.App = app.New(app.Deps{
		Config: o.Config, Store: db, Relay: relay, Hasher: h.Hasher,
		Throttle: native.NewThrottle(native.ThrottleOptions{Clock: o.Clock}), Clock: o.Clock, Logger: o.Logger,
	})
	t.Cleanup(h.App.Close)
	return h
}

// feed is the bus of a Hub, which ends with the test.
func feed(t testing.TB, o Options, db data.Store, relay *mirror.Relay) data.Bus {
	t.Helper()
	if !o.Follow {
		b := bus.New(o.Logger)
		t.Cleanup(func() { b.Close(); b.Wait() })
		return b
	}
	b, err := bus.NewPostgres(t.Context(), bus.PostgresOptions{URL: o.URL, Log: db, Apply: relay.Apply, Logger: o.Logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(); b.Wait() })
	return b
}

// Update writes to the database directly, past the use cases.
func (h *Hub) Update(fn func(ctx context.Context, tx data.Tx) error) {
	h.t.Helper()
	if err := h.DB.Update(h.t.Context(), func(tx data.Tx) error {
		return fn(h.t.Context(), tx)
	}); err != nil {
		h.t.Fatal(err)
	}
}

// User makes somebody.
func (h *Hub) User(name string, admin bool) (u hub.User) {
	h.t.Helper()
	h.Update(func(ctx context.Context, tx data.Tx) error {
		made, err := tx.CreateUsers(ctx, []string{name}, admin)
		if err == nil {
			u = made[0]
		}
		return err
	})
	return u
}

// Password gives somebody a password.
func (h *Hub) Password(name, password string) {
	h.t.Helper()
	hash, err := h.Hasher.Hash(h.t.Context(), password)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		return tx.SetPassword(ctx, u.ID, hub.Password{Hash: hash, ChangedAt: tx.Now()})
	})
}

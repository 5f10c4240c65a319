package app_test

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type fixture struct {
	*app.App
	t     *testing.T
	db    *store.DB
	path  string
	clock *clock
}

func newFixture(t *testing.T, change func(*app.Config)) *fixture {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	feed := bus.New(log)
	t.Cleanup(func() { feed.Close(); feed.Wait() })
	relay := &app.Relay{Next: feed}
	c := &clock{now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)}
	path := filepath.Join(t.TempDir(), "atrium.sqlite")
	db, err := store.Open(t.Context(), store.Options{
		URL: "sqlite:///" + path, Clock: c.Now, Bus: relay, Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	cfg := app.Config{
		Base: "/", NamedLimit: 2, SessionAge: 14 * 24 * time.Hour, OAuthAge: 14 * 24 * time.Hour,
		AuditAge: 400 * 24 * time.Hour, EventsAge: 90 * 24 * time.Hour, NativeLogin: true,
		ConnectURL: "http://127.0.0.1:8000",
	}
	if change != nil {
		change(&cfg)
	}
	return &fixture{t: t, db: db, path: path, clock: c, App: app.New(app.Deps{
		Config: cfg, Store: db, Relay: relay, Clock: c.Now, Logger: log,
		Hasher:   native.NewHasher(native.HasherOptions{MemoryKiB: 64, Iterations: 1, Parallelism: 1}),
		Throttle: native.NewThrottle(native.ThrottleOptions{Clock: c.Now}),
	})}
}

func (f *fixture) update(fn func(ctx context.Context, tx app.Tx) error) {
	f.t.Helper()
	if err := f.db.Update(f.t.Context(), func(tx app.Tx) error { return fn(f.t.Context(), tx) }); err != nil {
		f.t.Fatal(err)
	}
}

const adminToken, adminPassword = "the-admins-token", "correct horse"

// admin sets up the administrator and gives them as a requester.
func (f *fixture) admin() *app.Requester {
	f.t.Helper()
	f.apply(adminPassword, adminToken)
	return f.by(adminToken)
}

func (f *fixture) apply(password, token string) bool {
	f.t.Helper()
	changed, err := f.ApplyAdmin(f.t.Context(), app.AdminCredentials{Username: "admin", Password: password, Token: token})
	if err != nil {
		f.t.Fatal(err)
	}
	return changed
}

func (f *fixture) by(token string) *app.Requester {
	f.t.Helper()
	r, ok := f.Identities().ByToken(f.t.Context(), token)
	if !ok {
		f.t.Fatalf("the token %s does not work", token)
	}
	return &r
}

func (f *fixture) works(token string) bool {
	_, ok := f.Identities().ByToken(f.t.Context(), token)
	return ok
}

func (f *fixture) create(names ...string) {
	f.t.Helper()
	if _, err := f.CreateUsers(f.t.Context(), f.by(adminToken), names, false); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) token(name string) string {
	f.t.Helper()
	v, err := f.CreateToken(f.t.Context(), f.by(adminToken), name, app.TokenRequest{})
	if err != nil {
		f.t.Fatal(err)
	}
	return v.Secret
}

// password gives somebody a password, as the store would have it.
func (f *fixture) password(name, password string) {
	f.t.Helper()
	hash, err := native.NewHasher(native.HasherOptions{MemoryKiB: 64, Iterations: 1, Parallelism: 1}).Hash(f.t.Context(), password)
	if err != nil {
		f.t.Fatal(err)
	}
	f.update(func(ctx context.Context, tx app.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		return tx.SetPassword(ctx, u.ID, hub.Password{Hash: hash})
	})
}

func (f *fixture) login(name, password string) (app.LoggedIn, error) {
	return f.Login(f.t.Context(), name, password, app.Browser{Address: "192.0.2.1"})
}

func (f *fixture) wantCode(err error, code hub.Code) {
	f.t.Helper()
	if !hub.Is(err, code) {
		f.t.Errorf("got %v (%s), want %s", err, hub.ErrorCode(err), code)
	}
}

// auditActions counts the audit entries of a request by action, read from the
// database itself: the product has no way yet.
func (f *fixture) auditActions(requestID string) map[string]int {
	f.t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.path+"?mode=ro")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(f.t.Context(), `SELECT action FROM audit WHERE request_id = $1`, requestID)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	counts := map[string]int{}
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			f.t.Fatal(err)
		}
		counts[action]++
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return counts
}

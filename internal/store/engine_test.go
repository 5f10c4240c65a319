package store

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/storetest"
)

// Where the PostgreSQL server for tests is, and whether its absence is a failure.
const (
	envPostgres = "HUBTEST_POSTGRES"
	envRequire  = "HUBTEST_REQUIRE"
)

// engines gives each engine's name and a function that makes an empty database and
// gives its URL.
func engines() map[string]func(*testing.T) string {
	return map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string {
			t.Helper()
			return "sqlite://" + filepath.Join(t.TempDir(), "atrium.sqlite")
		},
		"postgres": postgresURL,
	}
}

// postgresServer is the URL of the server for tests; without one the test is skipped.
func postgresServer(t *testing.T) string {
	t.Helper()
	server := os.Getenv(envPostgres)
	if server == "" {
		if os.Getenv(envRequire) != "" {
			t.Fatalf("%s is set, but %s does not say where PostgreSQL is", envRequire, envPostgres)
		}
		t.Skipf("%s is not set: give it the URL of a PostgreSQL database in which schemas may be made", envPostgres)
	}
	return server
}

// postgresURL makes a schema on the server for tests, dropped when the test ends.
func postgresURL(t *testing.T) string {
	t.Helper()
	server := postgresServer(t)
	name := "hubtest_" + strings.ToLower(rand.Text())
	admin(t.Context(), t, server, "CREATE SCHEMA "+name)
	t.Cleanup(func() {
		admin(context.WithoutCancel(t.Context()), t, server, "DROP SCHEMA "+name+" CASCADE")
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("the server's URL cannot be read") // it may hold a password
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// admin runs a statement on the server for tests.
func admin(ctx context.Context, t *testing.T, server, statement string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

// open opens a database that is closed when the test ends.
func open(t *testing.T, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// onEachEngine runs a test on a fresh database of each engine.
func onEachEngine(t *testing.T, fn func(t *testing.T, databaseURL string)) {
	t.Helper()
	for name, fresh := range engines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(t, fresh(t))
		})
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, fresh := range engines() {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" {
				postgresServer(t) // skips them all at once
			}
			storetest.Run(t, func(t *testing.T, clock hub.Clock) app.Store {
				t.Helper()
				return open(t, Options{URL: fresh(t), Clock: clock})
			})
		})
	}
}

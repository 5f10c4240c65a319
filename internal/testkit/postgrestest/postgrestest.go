// Package postgrestest makes places of their own for tests on a PostgreSQL server.
package postgrestest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Where the server is, whether its absence is a failure, and on which engine tests run that
// run on either.
const (
	envServer  = "HUBTEST_POSTGRES"
	envRequire = "HUBTEST_REQUIRE"
	envEngine  = "HUBTEST_ENGINE"
)

// Chosen tells whether tests that run on either engine are to run on PostgreSQL: where
// HUBTEST_ENGINE is postgres. It is sqlite otherwise; anything else fails the test.
func Chosen(t testing.TB) bool {
	t.Helper()
	switch engine := os.Getenv(envEngine); engine {
	case "", "sqlite":
		return false
	case "postgres":
		return true
	default:
		t.Fatalf("%s is %q: it is sqlite or postgres", envEngine, engine)
		return false
	}
}

// Server is the URL of the server for tests; without one the test is skipped.
func Server(t testing.TB) string {
	t.Helper()
	server := os.Getenv(envServer)
	if server == "" {
		if os.Getenv(envRequire) != "" {
			t.Fatalf("%s is set, but %s does not say where PostgreSQL is", envRequire, envServer)
		}
		t.Skipf("%s is not set: give it the URL of a PostgreSQL database in which schemas may be made", envServer)
	}
	return server
}

// Schema makes an empty schema on the server, dropped when the test ends, and gives the URL
// with which tables are made and found there.
func Schema(t testing.TB) string {
	t.Helper()
	server := Server(t)
	name := "hubtest_" + strings.ToLower(rand.Text())
	Exec(t.Context(), t, server, "CREATE SCHEMA "+name)
	t.Cleanup(func() {
		Exec(context.WithoutCancel(t.Context()), t, server, "DROP SCHEMA "+name+" CASCADE")
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

// After runs statements on a database when the test has ended.
func After(t testing.TB, database string, statements ...string) {
	t.Helper()
	t.Cleanup(func() {
		for _, statement := range statements {
			Exec(context.WithoutCancel(t.Context()), t, database, statement)
		}
	})
}

// Exec runs a statement on a database.
func Exec(ctx context.Context, t testing.TB, database, statement string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

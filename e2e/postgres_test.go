package e2e_test

import (
	"context"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// The same hub on PostgreSQL: servers outlive it and are found again.
func TestOnPostgreSQL(t *testing.T) {
	t.Parallel()
	endHub(t, startHub(t, options{
		Config: trivialConfig() + "database: " + newDatabase(t) + "\n",
	}), true)
}

// newDatabase makes an empty database on the test's PostgreSQL and gives its URL.
func newDatabase(t *testing.T) string {
	t.Helper()
	server, err := url.Parse(hubtest.Variable(t, "HUBTEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	name := "e2e_" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	outside := server.String()
	psql(t, outside, "create database "+name)
	t.Cleanup(func() { psql(t, outside, "drop database "+name+" with (force)") })
	server.Path = "/" + name
	return server.String()
}

// psql runs one statement. Only the store knows the database driver, so this asks
// PostgreSQL's own client, which comes with the server.
func psql(t *testing.T, server, statement string) {
	t.Helper()
	program := "psql"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/psql"); len(found) > 0 {
		program = found[len(found)-1]
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, program, "-X", "-q", "-d", server, "-c", statement).CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", statement, err, out)
	}
}

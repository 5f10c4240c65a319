package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
)

// errNoPostgreSQL is why rows on PostgreSQL are not measured where there is none.
var errNoPostgreSQL = errors.New("there is no PostgreSQL; cure: `make setup`, and `make bench` or scripts/with-test-env")

// newDatabase makes an empty database on the PostgreSQL that scripts/with-test-env has
// started, without durability. It gives its URL, and what drops it again.
func newDatabase(ctx context.Context, name string) (database string, drop func(), err error) {
	given := os.Getenv("HUBTEST_POSTGRES")
	if given == "" {
		return "", nil, errNoPostgreSQL
	}
	at, err := url.Parse(given)
	if err != nil {
		return "", nil, fmt.Errorf("read HUBTEST_POSTGRES: %w", err)
	}
	if err := psql(ctx, given, "create database "+name); err != nil {
		return "", nil, err
	}
	at.Path = "/" + name
	return at.String(), func() {
		_ = psql(context.WithoutCancel(ctx), given, "drop database "+name+" with (force)")
	}, nil
}

// psql runs one statement with PostgreSQL's own client, which comes with the server: only
// Atrium's store knows a driver.
func psql(ctx context.Context, server, statement string) error {
	program := "psql"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/psql"); len(found) > 0 {
		program = found[len(found)-1]
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, program, "-X", "-q", "-d", server, "-c", statement).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", statement, err, out)
	}
	return nil
}

// onPostgreSQL measures a row on a database that is gone afterwards. Without a PostgreSQL
// the report says why the row is not there.
func (b *bench) onPostgreSQL(ctx context.Context, row string, measure func(database string) error) error {
	database, drop, err := newDatabase(ctx, "bench_"+row)
	if errors.Is(err, errNoPostgreSQL) {
		b.report.skip(fmt.Sprintf("%s: %s", row, err))
		return nil
	}
	if err != nil {
		return err
	}
	defer drop()
	return measure(database)
}

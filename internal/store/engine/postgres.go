package engine

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// postgresConns is how many connections a replica keeps at most, besides those for its lease.
	postgresConns = 20
	// hubConns is how many a hub has at most: with two for its lease and one on which it listens.
	hubConns = postgresConns + 3
	// connectTimeout is how long to wait for a server where the URL doesn't say.
	connectTimeout = 10 * time.Second
)

func (db *DB) openPostgres(ctx context.Context, rawURL string, migrate func(context.Context, *DB) error) error {
	db.Dialect = postgresDialect()
	var err error
	if db.Writer, err = postgresPool(rawURL); err != nil {
		return err
	}
	db.Readers, db.Patience = db.Writer, answerPatience
	if err := checkPostgres(ctx, db.Writer, db.Patience); err != nil {
		return postgresFailure(rawURL, err)
	}
	if err := migrate(ctx, db); err != nil {
		return postgresFailure(rawURL, err)
	}
	if db.Leases, err = leasePool(rawURL); err != nil {
		return err
	}
	if err := db.ReadClock(ctx); err != nil {
		return postgresFailure(rawURL, err)
	}
	return nil
}

// leasePool makes the connection over which leases are renewed. A renewal that a crash of
// the server loses is made again within a second, so none waits for its disk.
func leasePool(rawURL string) (*sql.DB, error) {
	config, err := postgresConfig(rawURL)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET synchronous_commit TO off")
		return err
	})))
	pool.SetMaxOpenConns(2) // one, and a new one while it is being given up
	pool.SetMaxIdleConns(1)
	return pool, nil
}

// postgresPool makes the connections, none of which is opened yet. A table that is read from end
// to end by a serializable transaction is locked as a whole, and every writer to it may have to
// begin anew; small tables, which the planner reads so, have indexes as well. Beside a class that
// logs in, bulk work was sent back a dozen times as often. What has to be read so all the same costs
// the planner a fortune then, which must not make it compile statements that take a millisecond.
func postgresPool(rawURL string) (*sql.DB, error) {
	config, err := postgresConfig(rawURL)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SELECT set_config('enable_seqscan', 'off', FALSE), set_config('jit', 'off', FALSE)")
		return err
	})))
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns / 2)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

func postgresConfig(rawURL string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(rawURL)
	if err != nil || unescaped(rawURL) != "" {
		return nil, badPostgresURL(rawURL)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if _, ok := config.RuntimeParams["application_name"]; !ok {
		config.RuntimeParams["application_name"] = "atrium"
	}
	// A server that vanished without a word is noticed within half a minute.
	config.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3,
	}}).DialContext
	return config, nil
}

// oldestPostgres is the oldest major version that the hub runs on: the order of changes is told
// by pg_current_snapshot, which came with it.
const oldestPostgres = 13

// postgresServer is what a server says of itself, of the database and of whoever asks.
type postgresServer struct {
	schema, encoding, database, user string
	version                          string // 15.4
	number                           int    // 150004
	standby, readOnly                bool
}

// checkPostgres sees that the server answers and that the database can hold what
// people write.
func checkPostgres(ctx context.Context, pool *sql.DB, patience time.Duration) error {
	ctx, cancel := Within(ctx, patience)
	defer cancel()
	var s postgresServer
	err := pool.QueryRowContext(ctx, `SELECT COALESCE(current_schema(), ''), current_setting('server_encoding'), current_database(), current_user,
		current_setting('server_version'), current_setting('server_version_num')::int,
		pg_is_in_recovery(), current_setting('default_transaction_read_only')::boolean`).
		Scan(&s.schema, &s.encoding, &s.database, &s.user, &s.version, &s.number, &s.standby, &s.readOnly)
	if err != nil {
		return err
	}
	return s.fault()
}

// fault says in one sentence why the hub cannot run on it; nil where it can.
func (s *postgresServer) fault() error {
	switch {
	case s.number < oldestPostgres*10_000:
		return hub.Errorf(hub.Unavailable, "PostgreSQL %s is too old, Atrium needs %d or newer: upgrade the server, or name another one in the database URL.", s.version, oldestPostgres)
	case s.standby:
		return hub.Errorf(hub.Unavailable, "This PostgreSQL is a standby, on which nothing can be written: name the primary in the database URL, or all of them and target_session_attrs=read-write.")
	case s.readOnly:
		return hub.Errorf(hub.Unavailable, "The PostgreSQL database %s is read-only for the user %s: switch default_transaction_read_only off, for the database, the user or the server.", s.database, s.user)
	case s.schema == "":
		return hub.Errorf(hub.Unavailable, "The PostgreSQL schema that the hub should use does not exist, or the user %s may not use it: make it, grant USAGE and CREATE on it, or correct search_path in the database URL.", s.user)
	case s.encoding != "UTF8":
		return hub.Errorf(hub.Unavailable, "The PostgreSQL database has the encoding %s: make one with \"createdb -E UTF8 -T template0\".", s.encoding)
	}
	return nil
}

// postgresFailure says in one sentence why a database cannot be used. pgx's own
// texts are left out but for the last cause: they are long, and name every address
// tried.
func postgresFailure(rawURL string, err error) error {
	if _, ok := errors.AsType[*hub.Error](err); ok {
		return err
	}
	config, bad := postgresConfig(rawURL)
	if bad != nil {
		return bad
	}
	where := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case pgBadPassword, pgNoPassword:
			return hub.Errorf(hub.Unavailable, "PostgreSQL at %s refuses the user %s for the database %s: check the name and the password in the database URL.", where, config.User, config.Database)
		case pgNoDatabase:
			return hub.Errorf(hub.Unavailable, "PostgreSQL at %s has no database %s: make it with \"createdb -O %s -E UTF8 %s\".", where, config.Database, config.User, config.Database)
		case pgNoPrivilege:
			return hub.Errorf(hub.Unavailable, "The user %s may not make or change tables in the database %s at %s (%s): make it the owner of the database and of its tables, or grant it CREATE on the schema.", config.User, config.Database, where, e.Message)
		case pgTooManyConnections:
			return hub.Errorf(hub.Unavailable, "PostgreSQL at %s has no connection left for the user %s (%s): a hub keeps up to %d, so raise max_connections, or the limit of the user or the database.", where, config.User, e.Message, hubConns)
		}
		return hub.Errorf(hub.Unavailable, "PostgreSQL at %s cannot serve the database %s: %s (%s).", where, config.Database, e.Message, e.Code)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return hub.Errorf(hub.Unavailable, "PostgreSQL at %s has a certificate signed by unknown authority: name the file with that authority's certificate at the end of the database URL, sslrootcert=/PATH.", where)
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return hub.Errorf(hub.Unavailable, "The certificate of PostgreSQL at %s is for other names (%s): use one of them in the database URL, or sslmode=verify-ca.", where, strings.Join(e.Certificate.DNSNames, ", "))
	}
	return hub.Errorf(hub.Unavailable, "PostgreSQL at %s cannot be reached: %s; see that it runs and that the database URL is right.", where, rootCause(err))
}

// rootCause is the innermost error's text: "connection refused", "i/o timeout".
func rootCause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it does not answer"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return "no such host " + e.Name
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		err = e.Err
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/atriumhub/atrium/internal/hub"
)

// retryAfter is what clients are told while the database is away.
const retryAfter = 5 * time.Second

// Translate turns an engine's error into a hub.Error, by code and never by text.
// op says what was being done; it and the cause are for the log.
func Translate(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	cause := fmt.Errorf("%s: %w", op, err)
	if ctx.Err() != nil {
		// database/sql says "transaction done" to those who gave up on it.
		cause = fmt.Errorf("%s: %w", op, ctx.Err())
		if errors.Is(cause, context.Canceled) {
			return cause
		}
		return unavailable(cause)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return hub.Wrap(hub.NotFound, cause, "not found")
	}
	if retryable(err) || locked(err) {
		return busy(cause)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return withCode(postgresCode(e.Code), cause)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		if e.Code()&0xff == sqlite3.SQLITE_FULL {
			return fullDisk(cause)
		}
		return withCode(sqliteCode(e.Code()), cause)
	}
	if disconnected(err) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable(cause)
	}
	return withCode(hub.Internal, cause)
}

func unavailable(cause error) error {
	e := hub.Wrap(hub.Unavailable, cause, "the database is not available").Plainly("The hub's database does not answer right now. Try again in a moment.")
	e.RetryAfter = retryAfter
	return e
}

// busy says that the database is there: what others change just now came in between.
func busy(cause error) error {
	e := hub.Wrap(hub.Unavailable, cause, "the database is busy with other changes").Plainly("The hub is busy with other changes. Try again in a moment.")
	e.RetryAfter = retryAfter
	return e
}

// fullDisk says what the person can do about it, which is more than to try again.
func fullDisk(cause error) error {
	e := hub.Wrap(hub.Unavailable, cause, "The hub's disk is full. Ask an administrator of this hub to make room.")
	e.RetryAfter = retryAfter
	return e
}

func withCode(code hub.Code, cause error) error {
	switch code {
	case hub.Unavailable:
		return unavailable(cause)
	case hub.Conflict:
		return hub.Wrap(code, cause, "exists already")
	case hub.NotFound:
		return hub.Wrap(code, cause, "not found")
	default:
		return hub.Wrap(code, cause, "the database refused a statement")
	}
}

// PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	pgForeignKey    = "23503"
	pgUnique        = "23505"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgNoPassword    = "28000"
	pgBadPassword   = "28P01"
	pgNoDatabase    = "3D000"
	pgNoPrivilege   = "42501"
	pgReadOnly      = "25006" // a standby, or a database set read-only

	pgTooManyConnections = "53300" // for the server, the database or the user
)

func postgresCode(code string) hub.Code {
	switch {
	case code == pgUnique:
		return hub.Conflict
	case code == pgForeignKey:
		return hub.NotFound // what the row belongs to is gone
	case code == pgSerialization, code == pgDeadlock, code == pgReadOnly:
		return hub.Unavailable
	case strings.HasPrefix(code, "08"), // connection
		strings.HasPrefix(code, "53"), // out of memory, disk, connections
		strings.HasPrefix(code, "57"), // shut down, cancelled by the operator
		strings.HasPrefix(code, "58"), // the server's own system failed
		strings.HasPrefix(code, "28"): // the login is refused now
		return hub.Unavailable
	}
	return hub.Internal
}

// sqliteCode takes an extended code: https://www.sqlite.org/rescode.html
func sqliteCode(code int) hub.Code {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return hub.Conflict
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return hub.NotFound
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return hub.Unavailable
	}
	return hub.Internal
}

// disconnected tells whether an error is one of the way to the database.
func disconnected(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// refused tells whether the error of a commit is the engine's word that nothing was
// committed.
func refused(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return retryable(err) || postgresCode(e.Code) != hub.Unavailable
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && sqliteCode(e.Code()) != hub.Unavailable
}

// locked tells whether SQLite was kept waiting by others for too long.
func locked(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

// retryable tells whether PostgreSQL wants the transaction run again.
func retryable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == pgSerialization || e.Code == pgDeadlock)
}

package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/migrations"
)

// The kinds of columns, as Export and Import have them.
const (
	KindInteger = "integer" // int64
	KindText    = "text"    // string
	KindBoolean = "boolean" // bool
)

// Rows takes the rows of a database: a table's name with its columns and their kinds, then
// its rows, values in the order of the columns, nil for NULL. Sequence says which id of a
// table was given out last.
type Rows interface {
	Table(name string, columns, kinds []string) error
	Row(values []any) error
	Sequence(table string, last int64) error
}

// tables are all of a database's, in an order in which each comes after those that it
// refers to. A test compares them with the migrations.
func tables() []string {
	return []string{
		"users", "passwords", "groups", "memberships", "servers", "tickets", "sessions", "services", "oauth_clients", "tokens",
		"oauth_codes", "service_tokens", "role_members", "shares", "share_codes", "audit", "server_events", "server_usage",
		"settings", "answers", "jobs", "job_results", "homes", "nodes", "replicas", "login_failures", "runs", "identities", "announcements",
		"starts", "usage_days", "visits", "made_roles", "given_roles", "views", "job_tasks", "idleness",
		"quota_accounts", "quota_entries", "quota_runs", "device_claims",
	}
}

// Snapshot is a database opened for reading alone, beside a hub that may run on it: all
// that is read is of one moment. Each answer of the server has to come in time, however long
// the whole takes.
type Snapshot struct {
	db      *engine.DB
	tx      *sql.Tx
	life    context.Context //nolint:containedctx // of the transaction, until Close
	end     func()          // ends life
	Engine  string          // sqlite or postgres
	Version int64           // of the schema
}

// OpenSnapshot opens a database as it is. Close ends it. Errors are those of engine.Open,
// and hub.NotFound where there is no database; a schema that is newer than this binary knows
// is hub.Unavailable.
func OpenSnapshot(ctx context.Context, url string) (*Snapshot, error) {
	db, err := engine.LookAt(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{db: db, Engine: db.Dialect.Name}
	s.life, s.end = context.WithCancel(ctx)
	err = s.await(func() (err error) {
		if s.tx, err = db.Readers.BeginTx(s.life, &db.Dialect.View); err == nil {
			s.Version, err = schemaVersion(s.life, s.tx)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if known, err := migrations.Known(); err != nil || s.Version > known {
		return nil, errors.Join(err, s.Close(), migrations.Newer(s.Version, known))
	}
	return s, nil
}

// Close ends the snapshot.
func (s *Snapshot) Close() error {
	if s.tx != nil {
		_ = s.await(func() error { return s.tx.Rollback() })
	}
	s.end()
	return s.db.Close()
}

// await bounds one wait for the server: where no answer comes, the snapshot ends.
func (s *Snapshot) await(exchange func() error) error {
	return engine.AwaitWithin(s.db.Patience, s.end, exchange)
}

// Setting is one of the hub's own values; empty for one that was never set.
func (s *Snapshot) Setting(ctx context.Context, name string) (value string, err error) {
	defer context.AfterFunc(ctx, s.end)()
	err = s.await(func() error {
		return s.tx.QueryRowContext(s.life, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the setting %s: %w", name, err)
	}
	return value, nil
}

// schemaVersion is that of the database; 0 for one without any.
func schemaVersion(ctx context.Context, tx *sql.Tx) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version (is this a database of Atrium's?): %w", err)
	}
	return version, nil
}

// Export gives every row of every table.
func (s *Snapshot) Export(ctx context.Context, into Rows) error {
	defer context.AfterFunc(ctx, s.end)()
	for _, table := range tables() {
		columns, kinds, err := s.columns(table)
		if err != nil {
			return err
		}
		if len(columns) == 0 { // of a version that had no such table
			continue
		}
		if err := s.exportTable(into, table, columns, kinds); err != nil {
			return fmt.Errorf("export %s: %w", table, err)
		}
		last, ok, err := s.sequence(table)
		if err != nil {
			return err
		}
		if ok {
			if err := into.Sequence(table, last); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Snapshot) exportTable(into Rows, table string, columns, kinds []string) error {
	if err := into.Table(table, columns, kinds); err != nil {
		return err
	}
	rows, err := s.query(`SELECT "` + strings.Join(columns, `", "`) + `" FROM ` + table + " ORDER BY 1") //nolint:sqlclosecheck // it is, in time
	if err != nil {
		return err
	}
	defer func() { _ = s.await(rows.Close) }()
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for {
		there, err := s.next(rows)
		if err != nil || !there {
			return err
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row := slices.Clone(values)
		for i, kind := range kinds {
			if row[i], err = plain(kind, row[i]); err != nil {
				return fmt.Errorf("%s: %w", columns[i], err)
			}
		}
		if err := into.Row(row); err != nil {
			return err
		}
	}
}

func (s *Snapshot) query(text string, args ...any) (rows *sql.Rows, err error) {
	err = s.await(func() error {
		rows, err = s.tx.QueryContext(s.life, text, args...) //nolint:sqlclosecheck,rowserrcheck // the caller's
		return err
	})
	return rows, err
}

// next goes on to the next row; false where there is none.
func (s *Snapshot) next(rows *sql.Rows) (there bool, err error) {
	err = s.await(func() error {
		there = rows.Next()
		return rows.Err()
	})
	return there, err
}

// plain is a value as both engines have it.
func plain(kind string, v any) (any, error) {
	if b, ok := v.([]byte); ok {
		v = string(b)
	}
	switch x := v.(type) {
	case nil, string, bool:
		return x, nil
	case int64:
		if kind == KindBoolean {
			return x != 0, nil
		}
		return x, nil
	}
	return nil, fmt.Errorf("there is a %T", v)
}

// columns are a table's in their order; none where there is no such table.
func (s *Snapshot) columns(table string) (columns, kinds []string, err error) {
	rows, err := s.query(s.db.Dialect.Columns, table) //nolint:sqlclosecheck // it is, in time
	if err != nil {
		return nil, nil, fmt.Errorf("read the columns of %s: %w", table, err)
	}
	defer func() { _ = s.await(rows.Close) }()
	for {
		there, err := s.next(rows)
		if err != nil || !there {
			return columns, kinds, err
		}
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, nil, fmt.Errorf("read the columns of %s: %w", table, err)
		}
		columns, kinds = append(columns, name), append(kinds, kindOf(kind))
	}
}

// kindOf is the kind of a column with a type of the engine's.
func kindOf(sqlType string) string {
	switch strings.ToUpper(sqlType) {
	case "BIGINT", "INTEGER":
		return KindInteger
	case "BOOLEAN":
		return KindBoolean
	}
	return KindText
}

// sequence is the id of a table that was given out last, where it has ids of its own.
func (s *Snapshot) sequence(table string) (last int64, ok bool, err error) {
	err = s.await(func() error { return s.tx.QueryRowContext(s.life, s.db.Dialect.Sequence, table).Scan(&last) })
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read the last id of %s: %w", table, err)
	}
	return last, true, nil
}

package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
	"github.com/atriumhub/atrium/internal/store/migrations"
)

// importBatch is how many rows go in one statement.
const importBatch = 500

// Import fills a new database with the rows that fill gives, under the schema version
// that they have, and brings it up to date then. It is all or nothing, and hub.Conflict
// where the database is not empty. Other errors are those of engine.Open.
func Import(ctx context.Context, url string, version int64, logger *slog.Logger, fill func(Rows) error) (err error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	db, err := openEmpty(ctx, url)
	if err != nil {
		return err
	}
	return (&target{db, logger}).fill(ctx, url, version, fill)
}

// target is a database that is being filled.
type target struct {
	*engine.DB
	logger *slog.Logger
}

// fill is Import into a database that is open and empty, and closes it.
func (db *target) fill(ctx context.Context, url string, version int64, fill func(Rows) error) (err error) {
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.exec(ctx, "CREATE TABLE "+migrations.Unfinished+" (begun BIGINT)"); err != nil {
		return fmt.Errorf("begin to restore: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.abandon(context.WithoutCancel(ctx), url))
		}
	}()
	if known, err := migrations.Known(); err != nil || version > known {
		if err == nil {
			err = migrations.Newer(version, known)
		}
		return err
	}
	if err := engine.WhileAnswers(ctx, db.Writer, db.Patience, func(ctx context.Context) error {
		p, err := migrations.NewProvider(ctx, db.Writer, db.Dialect)
		if err != nil {
			return fmt.Errorf("read the migrations: %w", err)
		}
		if _, err := p.UpTo(ctx, version); err != nil {
			return fmt.Errorf("make the schema of version %d: %w", version, err)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := db.importRows(ctx, fill); err != nil {
		return err
	}
	return migrations.Up(ctx, db.DB, db.logger)
}

// exec runs a statement outside of transactions.
func (db *target) exec(ctx context.Context, statement string) error {
	inTime, cancel := engine.Within(ctx, db.Patience)
	defer cancel()
	_, err := db.Writer.ExecContext(inTime, statement)
	return engine.Translate(ctx, "execute", err)
}

// openEmpty opens a database that has no tables yet.
func openEmpty(ctx context.Context, url string) (*engine.DB, error) {
	db, err := engine.Take(ctx, url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := engine.Within(ctx, db.Patience)
	defer cancel()
	if err := migrations.Finished(ctx, db.Writer, db.Dialect); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	var count int
	if err = db.Writer.QueryRowContext(ctx, db.Dialect.CountTables).Scan(&count); err == nil && count > 0 {
		err = hub.Errorf(hub.Conflict, "The database is not empty: a backup is restored into a new one.")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// abandon takes away what an import that failed has made, so that it can be tried again.
func (db *target) abandon(ctx context.Context, url string) error {
	if path, ok := engine.SQLiteFile(url); ok {
		errs := []error{db.Writer.Close()}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + suffix); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
	ctx, cancel := engine.Within(ctx, min(engine.CommitPatience, db.Patience))
	defer cancel()
	p, err := migrations.NewProvider(ctx, db.Writer, db.Dialect)
	if err == nil {
		_, err = p.DownTo(ctx, 0)
	}
	for _, table := range []string{"goose_db_version", migrations.Unfinished} {
		if err == nil {
			_, err = db.Writer.ExecContext(ctx, "DROP TABLE IF EXISTS "+table)
		}
	}
	if err != nil {
		return fmt.Errorf("take away what was made of the database: %w", err)
	}
	return nil
}

func (db *target) importRows(ctx context.Context, fill func(Rows) error) error {
	life, end := context.WithCancel(ctx)
	defer end()
	var tx *sql.Tx
	if err := engine.AwaitWithin(db.Patience, end, func() (err error) {
		tx, err = db.Writer.BeginTx(life, nil)
		return err
	}); err != nil {
		return fmt.Errorf("begin to fill the database: %w", err)
	}
	defer func() { _ = engine.AwaitWithin(db.Patience, end, tx.Rollback) }()
	in := &importer{ctx: life, end: end, patience: db.Patience, tx: tx, dialect: db.Dialect}
	// What migrations put in is in the backup, too.
	for _, table := range slices.Backward(tables()) {
		if err := in.await(func() error { return emptyTable(life, tx, db.Dialect, table) }); err != nil {
			return err
		}
	}
	if err := fill(in); err != nil {
		return err
	}
	if err := in.flush(); err != nil {
		return err
	}
	if err := in.endJobs(); err != nil {
		return err
	}
	if err := in.exec("DROP TABLE " + migrations.Unfinished); err != nil {
		return fmt.Errorf("end the restore: %w", err)
	}
	if err := in.await(tx.Commit); err != nil {
		return fmt.Errorf("write the database: %w", err)
	}
	return nil
}

// endJobs keeps bulk work from being gone on with that ran when the backup was made: the hub has
// done it since, or somebody has thought better of it.
func (i *importer) endJobs() error {
	var there bool
	err := i.await(func() (err error) {
		there, err = hasTable(i.ctx, i.tx, i.dialect, "jobs")
		return err
	})
	if err != nil || !there { // an older version's
		return err
	}
	if err := i.exec("UPDATE jobs SET asker = $1, claim_until = 0 WHERE state = 'running'", hub.RestoredAsker); err != nil {
		return fmt.Errorf("end the jobs that ran: %w", err)
	}
	return nil
}

func hasTable(ctx context.Context, tx *sql.Tx, d *engine.Dialect, table string) (bool, error) {
	var columns int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM ("+d.Columns+") AS columns", table).Scan(&columns); err != nil {
		return false, fmt.Errorf("look for the table %s: %w", table, err)
	}
	return columns > 0, nil
}

func emptyTable(ctx context.Context, tx *sql.Tx, d *engine.Dialect, table string) error {
	if there, err := hasTable(ctx, tx, d, table); err != nil || !there {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil { //nolint:gosec // one of tables()
		return fmt.Errorf("empty the table %s: %w", table, err)
	}
	return nil
}

// importer writes rows in batches. It implements Rows.
type importer struct {
	ctx      context.Context //nolint:containedctx // of the one call that it is made for
	end      func()          // ends ctx
	patience time.Duration   // for one statement
	tx       *sql.Tx
	dialect  *engine.Dialect

	table  string
	insert string
	width  int
	rows   [][]any
}

func (i *importer) await(exchange func() error) error {
	return engine.AwaitWithin(i.patience, i.end, exchange)
}

func (i *importer) exec(statement string, args ...any) error {
	return i.await(func() error {
		_, err := i.tx.ExecContext(i.ctx, statement, args...)
		return err
	})
}

// Table begins a table.
func (i *importer) Table(name string, columns, kinds []string) error {
	if err := i.flush(); err != nil {
		return err
	}
	if !slices.Contains(tables(), name) || len(columns) != len(kinds) || len(columns) == 0 {
		return hub.Errorf(hub.Invalid, "The table %s of the backup is none of Atrium's.", hub.Clip(name))
	}
	records := make([]string, len(columns))
	for n, column := range columns {
		sqlType, ok := map[string]string{KindInteger: "BIGINT", KindText: "TEXT", KindBoolean: "BOOLEAN"}[kinds[n]]
		if !ok || !plainName(column) {
			return hub.Errorf(hub.Invalid, "The column %s of the table %s in the backup is of no kind that is known.", hub.Clip(column), name)
		}
		records[n] = column + " " + sqlType
	}
	i.table, i.width = name, len(columns)
	i.insert = "INSERT INTO " + name + " (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(columns, ", ") +
		" FROM " + i.dialect.Records(records...) + " AS given"
	return nil
}

// plainName tells whether a text can be the name of a column, and nothing else.
func plainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' && (r < '0' || r > '9') })
}

// Row adds a row to the table.
func (i *importer) Row(values []any) error {
	if i.table == "" || len(values) != i.width {
		return hub.Errorf(hub.Invalid, "A row of the table %s in the backup has %d values, not %d.", i.table, len(values), i.width)
	}
	if i.rows = append(i.rows, values); len(i.rows) < importBatch {
		return nil
	}
	return i.flush()
}

func (i *importer) flush() error {
	if len(i.rows) == 0 {
		return nil
	}
	rows := i.rows
	i.rows = i.rows[:0]
	if err := i.exec(i.insert, engine.Tuples(rows)); err != nil {
		return fmt.Errorf("fill the table %s: %w", i.table, err)
	}
	return nil
}

// Sequence says which id of a table was given out last.
func (i *importer) Sequence(table string, last int64) error {
	if err := i.flush(); err != nil {
		return err
	}
	if !slices.Contains(tables(), table) {
		return hub.Errorf(hub.Invalid, "The table %s of the backup is none of Atrium's.", hub.Clip(table))
	}
	for _, statement := range i.dialect.Raise {
		if err := i.exec(statement, table, last); err != nil {
			return fmt.Errorf("set the last id of %s: %w", table, err)
		}
	}
	return nil
}

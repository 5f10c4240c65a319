package migrations

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/engine"
)

//go:embed *.sql
var files embed.FS

// Up brings the schema to the version this binary knows, and refuses one that
// is newer. On PostgreSQL a lock lets one replica do it while the others wait; on
// SQLite the process holds the database alone.
func Up(ctx context.Context, db *engine.DB, logger *slog.Logger) error {
	return engine.WhileAnswers(ctx, db.Writer, db.Patience, func(ctx context.Context) error {
		return migrate(ctx, db.Writer, db.Dialect, logger)
	})
}

func migrate(ctx context.Context, db *sql.DB, d *engine.Dialect, logger *slog.Logger) error {
	if err := Finished(ctx, db, d); err != nil {
		return err
	}
	p, err := NewProvider(ctx, db, d)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if have > known {
		return Newer(have, known)
	}
	if len(done) > 0 {
		logger.InfoContext(ctx, "database migrated", "from", have-int64(len(done)), "to", have)
	}
	return nil
}

// Unfinished is a table that is there while a database is being restored. Whoever is killed
// meanwhile leaves one that looks like a new hub's, and must not be taken for one.
const Unfinished = "restore_unfinished"

// Finished is hub.Unavailable for a database whose restore came to no end.
func Finished(ctx context.Context, db *sql.DB, d *engine.Dialect) error {
	var columns int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM ("+d.Columns+") AS columns", Unfinished).Scan(&columns); err != nil {
		return fmt.Errorf("look whether the database was restored: %w", err)
	}
	if columns > 0 {
		return hub.Errorf(hub.Unavailable, "A backup is being restored into the database, or was until that was cut short: wait for it, or restore it again, "+
			"into a new PostgreSQL database, or with --replace where it is SQLite.")
	}
	return nil
}

// Newer is the error for a schema of a version that is newer than the newest one known.
func Newer(have, known int64) error {
	return hub.Errorf(hub.Unavailable, "The database has schema version %d, this Atrium knows versions up to %d: "+
		"run the newer Atrium that wrote it, or restore a backup made before the upgrade.", have, known)
}

// Known is the newest version of the schema that this binary knows.
func Known() (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	return goose.NumericComponent(names[len(names)-1])
}

// NewProvider makes what migrates a database up and down, in its words.
func NewProvider(ctx context.Context, db *sql.DB, d *engine.Dialect) (*goose.Provider, error) {
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	}
	if d.Name == engine.Postgres {
		locker, err := postgresLocker(ctx, db)
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(gooseDialect(d), db, translated{files, d}, options...)
}

func gooseDialect(d *engine.Dialect) goose.Dialect {
	if d.Name == engine.Postgres {
		return goose.DialectPostgres
	}
	return goose.DialectSQLite3
}

// postgresLocker lets one process at a time migrate a schema. The others ask once
// a second for five minutes; they do not wait inside PostgreSQL, where they would
// hold up the building of an index.
func postgresLocker(ctx context.Context, db *sql.DB) (lock.SessionLocker, error) {
	var id int64
	err := db.QueryRowContext(ctx, "SELECT hashtextextended('atrium ' || current_schema(), 0)").Scan(&id)
	if err != nil {
		return nil, err
	}
	return lock.NewPostgresSessionLocker(lock.WithLockID(id), lock.WithLockTimeout(1, 300))
}

// translated is a folder of migrations in the words of one engine.
type translated struct {
	fs.FS
	dialect *engine.Dialect
}

// Open gives a file with its words replaced, and anything else as it is.
func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer func() { _ = f.Close() }()
	text, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return nil, err
	}
	return &textFile{bytes.NewReader([]byte(t.dialect.Migration(string(text)))), info}, nil
}

// textFile is a file in memory.
type textFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *textFile) Close() error               { return nil }

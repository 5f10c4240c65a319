package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/atriumhub/atrium/internal/hub"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema to the version this binary knows, and refuses one that
// is newer. On PostgreSQL a lock lets one replica do it while the others wait; on
// SQLite the process holds the database alone.
func (db *DB) migrate(ctx context.Context) error {
	return whileAnswers(ctx, db.writer, db.patience, func(ctx context.Context) error {
		return migrate(ctx, db.writer, db.dialect, db.logger)
	})
}

// whileAnswers runs fn, whose statements may take as long as they need, as the building of
// an index does, as long as the server answers others: where it does not for as long as the
// patience, fn's context ends and the error is hub.Unavailable. A patience of 0 has no end.
func whileAnswers(ctx context.Context, pool *sql.DB, patience time.Duration, fn func(context.Context) error) error {
	if patience == 0 {
		return fn(ctx)
	}
	own, end := context.WithCancelCause(ctx)
	var asking sync.WaitGroup
	asking.Go(func() {
		for hub.Sleep(own, patience/3) == nil {
			inTime, cancel := context.WithTimeout(own, patience)
			err := pool.PingContext(inTime)
			silent := err != nil && inTime.Err() != nil && own.Err() == nil
			cancel()
			if silent {
				end(unavailable(fmt.Errorf("no answer in %s: %w", patience, err)))
			}
		}
	})
	err := fn(own)
	silence := context.Cause(own)
	end(nil)
	asking.Wait()
	if silence != nil && ctx.Err() == nil {
		return silence
	}
	return err
}

func migrate(ctx context.Context, db *sql.DB, d *dialect, logger *slog.Logger) error {
	if err := finished(ctx, db, d); err != nil {
		return err
	}
	p, err := newProvider(ctx, db, d)
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
		return newerSchema(have, known)
	}
	if len(done) > 0 {
		logger.InfoContext(ctx, "database migrated", "from", have-int64(len(done)), "to", have)
	}
	return nil
}

func newerSchema(have, known int64) error {
	return hub.Errorf(hub.Unavailable, "The database has schema version %d, this Atrium knows versions up to %d: "+
		"run the newer Atrium that wrote it, or restore a backup made before the upgrade.", have, known)
}

// knownVersion is the newest version of the schema that this binary knows.
func knownVersion() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	return goose.NumericComponent(files[len(files)-1])
}

func newProvider(ctx context.Context, db *sql.DB, d *dialect) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)),
	}
	if d.goose == goose.DialectPostgres {
		locker, err := postgresLocker(ctx, db)
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(d.goose, db, translated{files, d}, options...)
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
	dialect *dialect
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
	return &textFile{bytes.NewReader([]byte(t.dialect.migration(string(text)))), info}, nil
}

// textFile is a file in memory.
type textFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *textFile) Close() error               { return nil }

package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// reservePiece is how much is written at once, in bytes, so that nobody waits long for
// their turn to write.
const reservePiece = 1 << 20

// KeepRoom sees to it that an SQLite database can go on writing on a full disk for as
// much as Options.Reserve: in its log of writes, whose blocks are allocated ahead, and in
// its file, which keeps free pages. Nobody else on the disk can use either, so no
// program that fills it, however often, takes them away. It gives an error where the
// disk has no room for it now, and is to be called again from time to time.
//
// It does nothing on PostgreSQL, whose disk is not the hub's to keep.
func (db *DB) KeepRoom(ctx context.Context) error {
	if db.path == "" || db.reserve <= 0 {
		return nil
	}
	if err := db.keepPages(ctx); err != nil {
		return fmt.Errorf("keep room in the database: %w", err)
	}
	if err := allocate(db.path+"-wal", db.reserve); err != nil {
		return fmt.Errorf("keep room for the database's log: %w", err)
	}
	return nil
}

// File is where an SQLite database lies; empty for any other.
func (db *DB) File() string { return db.path }

// keepPages writes a table of zeros and drops it: SQLite keeps the pages of its file, and
// takes these for what comes next.
func (db *DB) keepPages(ctx context.Context) error {
	var pages, size int64
	if err := db.Writer.QueryRowContext(ctx, "SELECT freelist_count, page_size FROM pragma_freelist_count, pragma_page_size").Scan(&pages, &size); err != nil {
		return err
	}
	if pages*size >= db.reserve/2 {
		return nil
	}
	drop := func() error {
		_, err := db.Writer.ExecContext(ctx, "DROP TABLE IF EXISTS room_kept")
		return err
	}
	if err := drop(); err != nil { // of one who was interrupted
		return err
	}
	_, err := db.Writer.ExecContext(ctx, "CREATE TABLE room_kept (zeros BLOB)")
	for n := int64(0); n < db.reserve && err == nil; n += reservePiece {
		_, err = db.Writer.ExecContext(ctx, "INSERT INTO room_kept VALUES (zeroblob($1))", min(reservePiece, db.reserve-n))
	}
	if err := errors.Join(err, drop()); err != nil {
		return err
	}
	// Until they are in the file itself, its disk has no blocks for them.
	_, err = db.Writer.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

// allocate gives a file blocks up to a size, which it then need not ask the disk for. Its
// own size stays. A disk that cannot do that is left alone.
func allocate(path string, size int64) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // beside the configured database
	if err != nil {
		return err
	}
	err = preallocate(file, size)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		err = nil
	}
	return errors.Join(err, file.Close())
}

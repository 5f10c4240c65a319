package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// trimmedNotice is the first line of a log that was trimmed.
const trimmedNotice = "[the older part of this log was cut off]\n"

// newLog begins a log; the one before is kept as ID.log.1. It belongs to the hub.
func (f files) newLog(id int64) error {
	path := f.log(id)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := os.Rename(path, path+formerSuffix); err != nil {
			return fmt.Errorf("keep the last log of server %d: %w", id, err)
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // in the data directory
	if err != nil {
		return fmt.Errorf("open the log of server %d: %w", id, err)
	}
	return file.Close()
}

const (
	// logAge is how long the log of a run that has ended is kept. What its person is shown
	// of one that failed is in the hub's database.
	logAge = 30 * 24 * time.Hour
	// pruneInterval is how often logs are looked through.
	pruneInterval = time.Hour
)

// pruneLogs removes the logs that nothing was written to since the time, but for those of
// servers that run.
func (d *Driver) pruneLogs(before time.Time) error {
	entries, err := os.ReadDir(d.files.dir)
	if err != nil {
		return fmt.Errorf("list the servers' logs: %w", err)
	}
	var failed []error
	for _, e := range entries {
		name, former := strings.CutSuffix(e.Name(), formerSuffix)
		number, log := strings.CutSuffix(name, logSuffix)
		id, err := strconv.ParseInt(number, 10, 64)
		if !log || err != nil {
			continue
		}
		if err := d.pruneLog(id, filepath.Join(d.files.dir, e.Name()), former, before); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// pruneLog removes a log of a server if it is as old as pruneLogs wants it. One of a server that
// another call is working on, which may be about to write to it, is left for the next time.
func (d *Driver) pruneLog(id int64, path string, former bool, before time.Time) error {
	release := d.serverLocks.tryLock(id)
	if release == nil {
		return nil
	}
	defer release()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.ModTime().Before(before) || !former && !d.ended(id) {
		return err
	}
	return os.Remove(path)
}

// ended tells whether nothing of a server runs or is about to; false where that is not known.
// The caller holds the server's lock in serverLocks.
func (d *Driver) ended(id int64) bool {
	rec, err := d.files.read(id)
	return err == nil && rec.State != starting && rec.State != running
}

// removeOldLogs prunes logs, and writes to the hub's log where it fails.
func (d *Driver) removeOldLogs() {
	if err := d.pruneLogs(d.opt.Clock().Add(-logAge)); err != nil {
		d.log.Warn("old logs of notebook servers could not be removed", "error", err)
	}
}

// Logs returns the last bytes of what the newest run printed, from the start of a
// line where there is one.
func (d *Driver) Logs(_ context.Context, serverID int64, limit int) (string, error) {
	if o := d.outputs.get(serverID); o != nil {
		o.drain()
		o.mu.Lock() // or it might be cut while it is read
		defer o.mu.Unlock()
	}
	file, err := os.Open(d.files.log(serverID))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the log of server %d: %w", serverID, err)
	}
	defer file.Close()
	text, cut, err := tail(file, int64(limit))
	if err != nil {
		return "", fmt.Errorf("read the log of server %d: %w", serverID, err)
	}
	if _, rest, ok := strings.Cut(text, "\n"); cut && ok && rest != "" {
		text = rest
	}
	return strings.ToValidUTF8(text, "?"), nil
}

// tail reads the last bytes, and reports whether there were more.
func tail(file *os.File, limit int64) (string, bool, error) {
	info, err := file.Stat()
	if err != nil {
		return "", false, err
	}
	from := max(info.Size()-max(limit, 0), 0)
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	return string(text), from > 0, err
}

package output

import (
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

const (
	pipeSuffix   = ".pipe"
	logSuffix    = ".log"
	formerSuffix = ".1" // after it, of the log of the run before
)

// File is the log of the newest run of a server.
func (a *Logs) File(id int64) string { return a.path(id, logSuffix) }

func (a *Logs) pipe(id int64) string { return a.path(id, pipeSuffix) }

func (a *Logs) path(id int64, suffix string) string {
	return filepath.Join(a.opt.Dir, strconv.FormatInt(id, 10)+suffix)
}

// begin begins a log; the one before is kept as ID.log.1. It belongs to the hub.
func (a *Logs) begin(id int64) error {
	path := a.File(id)
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

// Prune removes the logs that nothing was written to since the time, but for those of
// servers that have not ended. One of a server that another call is working on, which may be about
// to write to it, is left for the next time: tryLock gives nil for it.
func (a *Logs) Prune(before time.Time, tryLock func(id int64) (unlock func()), ended func(id int64) bool) error {
	entries, err := os.ReadDir(a.opt.Dir)
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
		unlock := tryLock(id)
		if unlock == nil {
			continue
		}
		err = prune(filepath.Join(a.opt.Dir, e.Name()), before, func() bool { return former || ended(id) })
		unlock()
		if err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// prune removes a log if nothing was written to it since the time and it may go.
func prune(path string, before time.Time, may func() bool) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.ModTime().Before(before) || !may() {
		return err
	}
	return os.Remove(path)
}

// Tail returns the last bytes of what the newest run printed, from the start of a
// line where there is one.
func (a *Logs) Tail(serverID int64, limit int) (string, error) {
	if o := a.get(serverID); o != nil {
		o.drain()
		o.mu.Lock() // or it might be cut while it is read
		defer o.mu.Unlock()
	}
	file, err := os.Open(a.File(serverID))
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

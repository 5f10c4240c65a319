package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// newLog begins a log; the one before is kept as ID.log.1. It belongs to the hub:
// the server inherits it open for writing and can open it no other way.
func (f files) newLog(id int64) (*os.File, error) {
	path := f.log(id)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fmt.Errorf("keep the last log of server %d: %w", id, err)
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // in the data directory
	if err != nil {
		return nil, fmt.Errorf("open the log of server %d: %w", id, err)
	}
	return file, nil
}

// Logs gives the last bytes of what the newest run printed, from the start of a
// line where there is one.
func (d *Driver) Logs(_ context.Context, serverID int64, limit int) (string, error) {
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

// tail reads the last bytes, and tells whether there were more.
func tail(file *os.File, limit int64) (string, bool, error) {
	info, err := file.Stat()
	if err != nil {
		return "", false, err
	}
	from := max(info.Size()-max(limit, 0), 0)
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	return string(text), from > 0, err
}

// trimLogs takes the older half from logs that are too large. It works on the file
// that the server has open, so that it also goes on after the hub was away; a line
// written in the same instant may be lost.
func (d *Driver) trimLogs() {
	logs, err := filepath.Glob(filepath.Join(d.files.dir, "*.log"))
	if err != nil {
		return
	}
	for _, path := range logs {
		info, err := os.Lstat(path)
		if err != nil || info.Size() <= d.opt.LogMaxBytes {
			continue
		}
		if err := trimLog(path, d.opt.LogMaxBytes/2); err != nil {
			d.log.Warn("a notebook server's log could not be cut", "path", path, "error", err)
		}
	}
}

func trimLog(path string, keep int64) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0) //nolint:gosec // in the data directory
	if err != nil {
		return err
	}
	defer file.Close()
	text, _, err := tail(file, keep)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	if _, rest, ok := strings.Cut(text, "\n"); ok {
		text = rest
	}
	_, err = file.WriteString("[the older part of this log was cut off]\n" + text)
	return err
}

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// trimmedNotice is the first line of a log that was trimmed.
const trimmedNotice = "[the older part of this log was cut off]\n"

// newLog begins a log; the one before is kept as ID.log.1. It belongs to the hub.
func (f files) newLog(id int64) error {
	path := f.log(id)
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := os.Rename(path, path+".1"); err != nil {
			return fmt.Errorf("keep the last log of server %d: %w", id, err)
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // in the data directory
	if err != nil {
		return fmt.Errorf("open the log of server %d: %w", id, err)
	}
	return file.Close()
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

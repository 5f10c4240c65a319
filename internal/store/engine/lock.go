package engine

import (
	"errors"
	"os"
	"syscall"

	"github.com/atriumhub/atrium/internal/hub"
)

// lockFile takes a file's lock for as long as the result is open. The lock ends
// with the process, however it ends, and is not handed to child processes.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // beside the configured database
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, hub.Errorf(hub.Conflict, "Another hub is running on this data directory (it holds %s): stop it first, or give this one a data directory of its own.", path)
		}
		return nil, err
	}
	return f, nil
}

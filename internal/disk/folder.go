package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/atriumhub/atrium/internal/hub"
)

// MakeFolder makes a folder with the mode, or checks that what is there is one, belongs
// to the hub and has the mode. A symbolic link is no folder. It is hub.Unavailable, in
// one sentence with the cure, where something is in the way.
func MakeFolder(path string, mode fs.FileMode) error {
	err := os.Mkdir(path, mode)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hub.Errorf(hub.Unavailable, "The folder %s cannot be made: there is no %s. Make it, or is its disk not mounted?", path, filepath.Dir(path))
	case err != nil && !errors.Is(err, fs.ErrExist):
		return hub.Wrap(hub.Unavailable, err, fmt.Sprintf("The folder %s cannot be made", path))
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if !info.IsDir() {
		return hub.Errorf(hub.Unavailable, "%s is not a folder.", path)
	}
	if int64(Owner(info)) != int64(os.Geteuid()) {
		return hub.Errorf(hub.Unavailable, "The folder %s belongs to uid %d, not to the hub's uid %d: run the hub as that user, or chown it.",
			path, Owner(info), os.Geteuid())
	}
	return SetMode(path, info, mode)
}

// SetMode gives a file or folder, of which info speaks, the mode where it has another.
func SetMode(path string, info fs.FileInfo, mode fs.FileMode) error {
	if info.Mode().Perm() == mode {
		return nil
	}
	if err := os.Chmod(path, mode); err != nil {
		return fmt.Errorf("set the mode of %s: %w", path, err)
	}
	return nil
}

// Owner is the uid that a file or folder belongs to.
func Owner(info fs.FileInfo) uint32 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Uid
	}
	return 0
}

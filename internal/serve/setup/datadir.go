package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
)

// DataDirThere says how to name the data directory, where there is none.
func DataDirThere(cfg config.Config) error {
	if _, err := os.Stat(cfg.DataDir); err != nil {
		return hub.Wrap(hub.Invalid, err, fmt.Sprintf("There is no data directory %s. Name the hub's with --data-dir.", cfg.DataDir))
	}
	return nil
}

// PrepareDataDir makes the data directory, reachable but not readable for others,
// and claims it for this process.
func PrepareDataDir(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // people's accounts must reach their homes below it
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The data directory %s cannot be made: %s. Choose another with --data-dir.", dir, Reason(err)))
	}
	path := filepath.Join(dir, "hub.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own choice of folder
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The data directory %s cannot be written: %s. Choose another with --data-dir.", dir, Reason(err)))
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, hub.Wrap(hub.Conflict, err, fmt.Sprintf("Another hub is running on the data directory %s. Stop it, or choose another with --data-dir.", dir))
	}
	return f.Close, nil
}

// Reason is the operating system's own word for what failed.
func Reason(err error) string {
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return no.Error()
	}
	return err.Error()
}

// DatabaseURL is where the database is: as configured, else in the data directory.
func DatabaseURL(cfg config.Config) string {
	if cfg.Database != "" {
		return string(cfg.Database)
	}
	return "sqlite:///" + filepath.Join(cfg.DataDir, "atrium.sqlite")
}

// HomesDir is where people's homes lie; empty where they are those of the machine's accounts.
func HomesDir(cfg config.Config) string {
	l := cfg.Spawner.Local
	switch {
	case l.SystemUsers && os.Geteuid() == 0:
		return ""
	case l.Homes != "":
		return l.Homes
	}
	return filepath.Join(cfg.DataDir, "homes")
}

// Hostname is what this machine calls itself; empty where it does not say.
func Hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
)

// loadConfig reads the configuration, and lets the flags have the last word.
func loadConfig(e *command.Env, f serveFlags) (config.Config, error) {
	cfg, warnings, _ := config.Load(f.config, e.Environ, os.ReadFile) // Validate names what is wrong, with all else that is
	for _, w := range warnings {
		fmt.Fprintf(e.Err, "atrium: warning: %s\n", w)
	}
	if f.dataDir != "" {
		cfg.DataDir = f.dataDir
		cfg.SetBy("data_dir", "--data-dir")
	}
	if f.listen != "" {
		cfg.Listen = f.listen
		cfg.SetBy("listen", "--listen")
	}
	if f.stopServers {
		cfg.Servers.StopWithHub = true
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return cfg, fmt.Errorf("find the data directory: %w", err)
	}
	cfg.DataDir = dir
	if err := cfg.Validate(); err != nil {
		return cfg, err
	}
	if cfg.Auth.Dummy.Active() {
		fmt.Fprintln(e.Err, "atrium: warning: auth.dummy is on: whoever knows its one password can be anybody. For trials only.")
	}
	for _, w := range plainWarnings(cfg) {
		fmt.Fprintf(e.Err, "atrium: warning: %s\n", w)
	}
	return cfg, nil
}

// checkExposure says when everybody's notebooks run as one account, which can read
// the hub's own files, and refuses to serve others then; and where each was to have an
// account of their own.
func checkExposure(e *command.Env, cfg config.Config, uid int) error {
	if uid == 0 {
		return nil
	}
	if cfg.Spawner.Local.SystemUsers {
		return hub.Errorf(hub.Invalid, "spawner.local.system_users: only a hub that runs as root can start servers as other accounts, "+
			"and this one was started as uid %d. Start it as root, or remove the key.", uid)
	}
	way := wayIn(cfg)
	if cfg.Spawner.Local.SharedUID || way == "" {
		fmt.Fprintln(e.Err, "atrium: warning: not started as root, so all notebook servers run as the hub's own account: "+
			"whoever has one can read everybody's files and the hub's. Fine for yourself; for others, start it as root.")
		return nil
	}
	return hub.Errorf(hub.Invalid, "The hub is reachable from other machines (%s), but not started as root it runs everybody's notebooks as its own account, "+
		"so anybody could read everybody's files and the hub's. Start it as root, let only this machine reach it, "+
		"or set spawner.local.shared_uid: true if all who log in may see everything.", way)
}

// wayIn is the setting by which others than those on this machine reach the hub: where
// it listens on loopback alone, a proxy in front of it. Empty where they don't.
func wayIn(cfg config.Config) string {
	if !config.Loopback(cfg.Listen) {
		return "listen: " + cfg.Listen
	}
	if u, err := url.Parse(cfg.PublicOrigin()); err == nil && u.Host != "" && !config.LocalHost(u.Hostname()) {
		return "public_url: " + cfg.PublicURL
	}
	if given := cfg.TrustedProxies; len(given) > 0 && !slices.Equal(given, config.Default().TrustedProxies) {
		return "trusted_proxies: " + strings.Join(given, ", ")
	}
	return ""
}

// dataDirThere says how to name the data directory, where there is none.
func dataDirThere(cfg config.Config) error {
	if _, err := os.Stat(cfg.DataDir); err != nil {
		return hub.Wrap(hub.Invalid, err, fmt.Sprintf("There is no data directory %s. Name the hub's with --data-dir.", cfg.DataDir))
	}
	return nil
}

// prepareDataDir makes the data directory, reachable but not readable for others,
// and claims it for this process.
func prepareDataDir(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // people's accounts must reach their homes below it
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The data directory %s cannot be made: %s. Choose another with --data-dir.", dir, reason(err)))
	}
	path := filepath.Join(dir, "hub.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own choice of folder
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The data directory %s cannot be written: %s. Choose another with --data-dir.", dir, reason(err)))
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, hub.Wrap(hub.Conflict, err, fmt.Sprintf("Another hub is running on the data directory %s. Stop it, or choose another with --data-dir.", dir))
	}
	return f.Close, nil
}

// reason is the operating system's own word for what failed.
func reason(err error) string {
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return no.Error()
	}
	return err.Error()
}

// listen opens an address; setting is where another one is chosen.
func listen(ctx context.Context, addr, setting string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("The address %s is in use. Stop what listens there, or choose another with %s.", addr, setting))
	}
	if err != nil {
		return nil, hub.Wrap(hub.Invalid, err, fmt.Sprintf("Cannot listen on %s: %s. Choose another address with %s.", addr, reason(err), setting))
	}
	return l, nil
}

func databaseURL(cfg config.Config) string {
	if cfg.Database != "" {
		return string(cfg.Database)
	}
	return "sqlite:///" + filepath.Join(cfg.DataDir, "atrium.sqlite")
}

package serve

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local"
	"github.com/atriumhub/atrium/internal/subdomain"
	"github.com/atriumhub/atrium/web"
)

// changeFeed is a bus that has an end.
type changeFeed interface {
	data.Bus
	Close()
	Wait()
}

// newBus carries changes within the process, and, where hubs may share a PostgreSQL, those
// of the others.
func newBus(ctx context.Context, cfg config.Config, db data.Store, relay *mirror.Relay, log *slog.Logger) (changeFeed, error) {
	if shared(cfg) {
		feed, err := bus.NewPostgres(ctx, bus.PostgresOptions{URL: databaseURL(cfg), Log: db, Apply: relay.Apply, Logger: log})
		if err != nil { // not a nil pointer in an interface
			return nil, err
		}
		return feed, nil
	}
	return bus.New(log), nil
}

// siteOf is where people find the hub, and each other's servers.
func siteOf(cfg config.Config) hub.Site {
	site := hub.Site{Base: cfg.BaseURL, Origin: cfg.PublicOrigin()}
	if cfg.Subdomains() {
		site.Label = subdomain.Label
	}
	return site
}

// shared tells whether other hubs may work on the same database.
func shared(cfg config.Config) bool { return strings.HasPrefix(databaseURL(cfg), "postgres") }

func notActive(s hub.Server) bool { return !s.Active() }

// newPages gives the templates the built app to go with, and says whose hub it is.
func newPages(cfg config.Config) (*pages.Pages, error) {
	dist, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return nil, err
	}
	brand := pages.Brand{Title: cfg.Pages.Title, Help: cfg.Pages.Help, HelpURL: cfg.Pages.HelpURL}
	if cfg.Pages.LogoFile != "" {
		if brand.Logo, err = readLogo(cfg.Pages.LogoFile); err != nil {
			return nil, hub.Errorf(hub.Invalid, "pages.logo_file: %v", err)
		}
	}
	return pages.New(cfg.BaseURL, dist, brand)
}

// homesDir is where people's homes lie; empty where they are those of the machine's accounts.
func homesDir(cfg config.Config) string {
	l := cfg.Spawner.Local
	switch {
	case l.SystemUsers && os.Geteuid() == 0:
		return ""
	case l.Homes != "":
		return l.Homes
	}
	return filepath.Join(cfg.DataDir, "homes")
}

// openHomes opens the folder with people's homes; nil where there is none of the hub's.
func openHomes(cfg config.Config, hubID string, log *slog.Logger) (*homedir.Place, error) {
	dir := homesDir(cfg)
	if dir == "" {
		return nil, nil
	}
	l := cfg.Spawner.Local
	return homedir.Open(homedir.Options{
		Dir: dir, HubID: hubID, Root: os.Geteuid() == 0, UIDRange: l.UIDRange, Registry: l.UIDRegistry,
		Clock: hub.SystemClock, Logger: log,
	})
}

// newDriver makes the configured driver; place is nil where the servers have no homes of
// the hub's.
func newDriver(e *command.Env, cfg config.Config, place *homedir.Place, log *slog.Logger) (spawn.Driver, error) {
	o, err := localOptions(e, cfg, log)
	if err != nil {
		return nil, err
	}
	if place != nil { // not a nil pointer in an interface
		o.Homes = place
	}
	d, err := local.New(o)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// launchOf is what servers are started with.
func launchOf(cfg config.Config) hub.Launch {
	l := cfg.Spawner.Local
	return hub.Launch{
		Command: l.Command, Environment: l.Environment,
		Limits: hub.Limits{
			Memory: int64(l.Limits.Memory), CPU: l.Limits.CPU, Processes: l.Limits.Processes,
			OpenFiles: l.Limits.OpenFiles, FileSize: int64(l.Limits.FileSize),
		},
	}
}

// localOptions is the configuration of the local driver.
func localOptions(e *command.Env, cfg config.Config, log *slog.Logger) (local.Options, error) {
	l := cfg.Spawner.Local
	self, err := os.Executable()
	if err != nil {
		return local.Options{}, err
	}
	return local.Options{
		DataDir: cfg.DataDir, Command: l.Command, UIDRange: l.UIDRange, SystemUsers: l.SystemUsers, Unnamed: !l.UserNames,
		Packages: l.Python.Packages, OwnPython: l.Python.Wanted(),
		EnvKeep: l.EnvKeep, Lookup: e.Lookup,
		InterruptTimeout: l.InterruptTimeout.Std(), TermTimeout: l.TermTimeout.Std(), KillTimeout: l.KillTimeout.Std(),
		Limits: launchOf(cfg).Limits, LimitMeans: local.LimitMeans{Means: l.Limits.Means, Cgroup: l.Limits.Cgroup},
		LogMaxBytes: l.LogMaxBytes, Executable: self, Progress: e.Err, Clock: hub.SystemClock, Logger: log,
	}, nil
}

// peerVerifier is how a driver whose servers share a machine with their visitors' servers
// tells which addresses are theirs; nil where the driver need not.
func peerVerifier(d spawn.Driver) func(net.Addr) error {
	if v, ok := d.(interface{ VerifyPeer(server net.Addr) error }); ok {
		return v.VerifyPeer
	}
	return nil
}

package cli

import (
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/local"
	"github.com/atriumhub/atrium/internal/subdomain"
	"github.com/atriumhub/atrium/web"
)

// changeFeed is a bus that has an end.
type changeFeed interface {
	app.Bus
	Close()
	Wait()
}

// newBus carries changes within the process, or through the PostgreSQL that
// replicas share.
func newBus(cfg config.Config, log *slog.Logger) (changeFeed, error) {
	if shared(cfg) {
		feed, err := bus.NewPostgres(databaseURL(cfg), log)
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

// newPages gives the templates the built app to go with.
func newPages(base string) (*pages.Pages, error) {
	dist, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return nil, err
	}
	return pages.New(base, dist)
}

// newDriver makes the configured driver.
func newDriver(e *env, cfg config.Config, log *slog.Logger) (spawn.Driver, error) {
	l := cfg.Spawner.Local
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return local.New(local.Options{
		DataDir: cfg.DataDir, Command: l.Command, UIDRange: l.UIDRange, SystemUsers: l.SystemUsers,
		Environment: l.Environment, EnvKeep: l.EnvKeep, Lookup: e.lookup,
		InterruptTimeout: l.InterruptTimeout.Std(), TermTimeout: l.TermTimeout.Std(), KillTimeout: l.KillTimeout.Std(),
		LogMaxBytes: l.LogMaxBytes, Executable: self, Progress: e.err, Clock: hub.SystemClock, Logger: log,
	})
}

// voucher is how a driver whose servers share a machine with their visitors' servers
// tells which addresses are theirs; nil where the driver need not.
func voucher(d spawn.Driver) func(net.Addr) error {
	if v, ok := d.(interface{ Vouch(server net.Addr) error }); ok {
		return v.Vouch
	}
	return nil
}

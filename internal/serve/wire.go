package serve

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/atriumhub/atrium/internal/bus"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/homedir"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/serve/setup"
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
		feed, err := bus.NewPostgres(ctx, bus.PostgresOptions{URL: setup.DatabaseURL(cfg), Log: db, Apply: relay.Apply, Logger: log})
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
func shared(cfg config.Config) bool { return strings.HasPrefix(setup.DatabaseURL(cfg), "postgres") }

func notActive(s hub.Server) bool { return !s.Active() }

// newPages gives the templates the built app to go with, and says whose hub it is.
func newPages(cfg config.Config) (*pages.Pages, error) {
	dist, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return nil, err
	}
	brand := pages.Brand{Title: cfg.Pages.Title, Help: cfg.Pages.Help, HelpURL: cfg.Pages.HelpURL}
	brand.Colours = pages.Colours{Light: cfg.Pages.Accent, Dark: cfg.Pages.AccentDark}
	for _, l := range cfg.Pages.Links {
		brand.Links = append(brand.Links, pages.Link(l))
	}
	if cfg.Pages.LogoFile != "" {
		if brand.Logo, err = setup.ReadLogo(cfg.Pages.LogoFile); err != nil {
			return nil, hub.Errorf(hub.Invalid, "pages.logo_file: %v", err)
		}
	}
	return pages.New(cfg.BaseURL, dist, brand)
}

// openHomes opens the folder with people's homes; nil where there is none of the hub's.
func openHomes(cfg config.Config, hubID string, log *slog.Logger) (*homedir.Place, error) {
	dir := setup.HomesDir(cfg)
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
	o, err := setup.LocalOptions(e, cfg, log)
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

// peerVerifier is how a driver whose servers share a machine with their visitors' servers
// tells which addresses are theirs; nil where the driver need not.
func peerVerifier(d spawn.Driver) func(net.Addr) error {
	if v, ok := d.(interface{ VerifyPeer(server net.Addr) error }); ok {
		return v.VerifyPeer
	}
	return nil
}

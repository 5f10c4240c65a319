package services

import (
	"context"
	"net/url"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// RouteView is a line of the proxy's table: the hub's own, a server's or a service's.
type RouteView struct {
	Path         string // escaped, with slashes at both ends
	Target       string // scheme://host:port
	User, Server string // whose server, and its name
	Service      string
	LastActivity time.Time
}

// Routes shows where requests go, by path, the hub's own route first.
func (se *Services) Routes(ctx context.Context, r *access.Requester) (views []RouteView, err error) {
	if err := r.Need("proxy"); err != nil {
		return nil, err
	}
	site := se.cfg.Site
	err = se.store.View(ctx, func(tx data.Tx) error {
		views = []RouteView{{Path: se.cfg.Site.Base, Target: se.cfg.ConnectURL, LastActivity: tx.Now()}} // by this very request
		live, err := tx.LiveServers(ctx)
		if err != nil {
			return err
		}
		for _, s := range live {
			if se.routes.Routed(s) {
				views = append(views, RouteView{
					Path: site.UserHostname(s.UserName) + hub.ServerPath(se.cfg.Site.Base, s.UserName, s.Name), Target: s.Upstream,
					User: s.UserName, Server: s.Name, LastActivity: later(s.LastActivity, s.ReadyAt),
				})
			}
		}
		var used map[int64]time.Time
		if fn := se.serviceUse.Load(); fn != nil {
			used = (*fn)()
		}
		services, err := mirror.ServedServices(ctx, tx)
		for _, v := range services {
			views = append(views, RouteView{Path: site.ServiceHostname(v.Name) + hub.ServicePath(se.cfg.Site.Base, v.Name), Target: origin(v.URL), Service: v.Name, LastActivity: used[v.ID]})
		}
		return err
	})
	return views, err
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// origin is an address without its path.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// CheckRoutes brings the proxy's table in line with the database. (It is all the
// time; JupyterHub's clients ask for it.)
func (se *Services) CheckRoutes(ctx context.Context, r *access.Requester) error {
	if err := r.Need("proxy"); err != nil {
		return err
	}
	return se.routes.Load(ctx)
}

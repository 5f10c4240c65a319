package app

import (
	"context"
	"net/url"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
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
func (a *App) Routes(ctx context.Context, r *Requester) (views []RouteView, err error) {
	if err := r.need("proxy"); err != nil {
		return nil, err
	}
	site := a.cfg.Site()
	err = a.store.View(ctx, func(tx data.Tx) error {
		views = []RouteView{{Path: a.cfg.Base, Target: a.cfg.ConnectURL, LastActivity: tx.Now()}} // by this very request
		live, err := tx.LiveServers(ctx)
		if err != nil {
			return err
		}
		for _, s := range live {
			if a.routes.routed(s) {
				views = append(views, RouteView{
					Path: site.UserHostname(s.UserName) + hub.ServerPath(a.cfg.Base, s.UserName, s.Name), Target: s.Upstream,
					User: s.UserName, Server: s.Name, LastActivity: later(s.LastActivity, s.ReadyAt),
				})
			}
		}
		var used map[int64]time.Time
		if fn := a.serviceUse.Load(); fn != nil {
			used = (*fn)()
		}
		services, err := servedServices(ctx, tx)
		for _, v := range services {
			views = append(views, RouteView{Path: site.ServiceHostname(v.Name) + hub.ServicePath(a.cfg.Base, v.Name), Target: origin(v.URL), Service: v.Name, LastActivity: used[v.ID]})
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
func (a *App) CheckRoutes(ctx context.Context, r *Requester) error {
	if err := r.need("proxy"); err != nil {
		return err
	}
	return a.LoadRoutes(ctx)
}

package httpapi

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// siteObserver is told what people do, to count and time it.
type siteObserver interface {
	// Login is an attempt to log in with a name and a password.
	Login(ok bool, took time.Duration)
	Logout(took time.Duration)
	// CSPReport is a browser's report of what a page's policy refused.
	CSPReport()
}

// siteOptions is what Handlers are made from.
type siteOptions struct {
	OAuth OAuth        // nil: notebook servers log nobody in
	Pages *pages.Pages // nil: pages without the React app
	// ClaimKey signs the tickets of first logins.
	ClaimKey []byte
	// Borrowed are folders with the static files of the Python package jupyterhub, which
	// services with its templates load from the hub. nil: there are none.
	Borrowed func() []string
	Observer siteObserver
	Clock    hub.Clock
	Logger   *slog.Logger
	Version  string // Atrium's own
}

// siteHandlers answer with the hub's pages. Make them with newSite.
type siteHandlers struct {
	env      *Env
	opts     siteOptions
	app      *app.App
	pages    *pages.Pages
	clock    hub.Clock
	log      *slog.Logger
	observer siteObserver
}

// newSite makes handlers that answer in env. Without pages in the options they show the plain
// ones: no React app was built.
func newSite(env *Env, o siteOptions) (*siteHandlers, error) {
	s := &siteHandlers{env: env, opts: o, app: env.app, pages: o.Pages, clock: o.Clock, log: o.Logger, observer: o.Observer}
	if s.pages == nil {
		var err error
		if s.pages, err = pages.New(env.base, nil, pages.Brand{}); err != nil {
			return nil, fmt.Errorf("make plain pages: %w", err)
		}
	}
	if env.site.Subdomains() {
		s.pages.AllowForms(env.subdomainSource())
	}
	return s, nil
}

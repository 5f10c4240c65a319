// Package site answers with the hub's pages: its handlers read forms, ask use cases, and fill in
// the templates of internal/httpapi/pages. routes.go is their table.
package site

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
)

// Observer is told what people do, to count and time it.
type Observer interface {
	// Login is an attempt to log in with a name and a password.
	Login(ok bool, took time.Duration)
	Logout(took time.Duration)
	// CSPReport is a browser's report of what a page's policy refused.
	CSPReport()
}

// Options is what Handlers are made from.
type Options struct {
	OAuth OAuth        // nil: notebook servers log nobody in
	Pages *pages.Pages // nil: pages without the React app
	// ClaimKey signs the tickets of first logins.
	ClaimKey []byte
	// Borrowed are folders with the static files of the Python package jupyterhub, which
	// services with its templates load from the hub. nil: there are none.
	Borrowed func() []string
	Observer Observer
	Clock    hub.Clock
	Logger   *slog.Logger
	Version  string // Atrium's own
}

// Handlers answer with the hub's pages. Make them with New.
type Handlers struct {
	env      *endpoint.Env
	opts     Options
	app      *app.App
	pages    *pages.Pages
	clock    hub.Clock
	log      *slog.Logger
	observer Observer
}

// New makes handlers that answer in env. Without pages in the options they show the plain
// ones: no React app was built.
func New(env *endpoint.Env, o Options) (*Handlers, error) {
	s := &Handlers{env: env, opts: o, app: env.App, pages: o.Pages, clock: o.Clock, log: o.Logger, observer: o.Observer}
	if s.pages == nil {
		var err error
		if s.pages, err = pages.New(env.Base, nil, pages.Brand{}); err != nil {
			return nil, fmt.Errorf("make plain pages: %w", err)
		}
	}
	if env.Site.Subdomains() {
		s.pages.AllowForms(env.SubdomainSource())
	}
	return s, nil
}

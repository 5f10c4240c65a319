// Package rest answers JupyterHub's REST API as JupyterHub 6.1.1 does. routes.go is its table;
// each handler asks a use case, which decides about rights, and returns an error, which the
// Server of httpapi writes.
package rest

import (
	"log/slog"
	"time"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
)

// Options is what an API is made from.
type Options struct {
	// SlowStart and SlowStop are how long a request to start or stop a server waits
	// for it before it answers 202. 0: it doesn't wait.
	SlowStart, SlowStop time.Duration
	// Shutdown begins the end of the hub and returns at once; servers says whether the
	// notebook servers end too, nil that the configuration does. nil: nothing happens.
	Shutdown func(servers *bool)
	Logger   *slog.Logger
	Version  string // Atrium's own
}

// API answers JupyterHub's REST API. Make it with New.
type API struct {
	env       *endpoint.Env
	opts      Options
	app       *app.App
	log       *slog.Logger
	selfCache *selfCache
	streams   *streamCounter // of progress
}

// New makes an API that answers in env.
func New(env *endpoint.Env, o Options) *API {
	return &API{env: env, opts: o, app: env.App, log: o.Logger, selfCache: &selfCache{}, streams: &streamCounter{}}
}

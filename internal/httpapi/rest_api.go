package httpapi

import (
	"log/slog"
	"time"

	"github.com/atriumhub/atrium/internal/app"
)

// restOptions is what an API is made from.
type restOptions struct {
	// SlowStart and SlowStop are how long a request to start or stop a server waits
	// for it before it answers 202. 0: it doesn't wait.
	SlowStart, SlowStop time.Duration
	// Shutdown begins the end of the hub and returns at once; servers says whether the
	// notebook servers end too, nil that the configuration does. nil: nothing happens.
	Shutdown func(servers *bool)
	Logger   *slog.Logger
	Version  string // Atrium's own
}

// restAPI answers JupyterHub's REST API. Make it with newREST.
type restAPI struct {
	env       *Env
	opts      restOptions
	app       *app.App
	log       *slog.Logger
	selfCache *selfCache
	streams   *streamCounter // of progress
}

// newREST makes an API that answers in env.
func newREST(env *Env, o restOptions) *restAPI {
	return &restAPI{env: env, opts: o, app: env.app, log: o.Logger, selfCache: &selfCache{}, streams: &streamCounter{}}
}

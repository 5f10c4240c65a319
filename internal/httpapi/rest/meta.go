package rest

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// readyTimeout is how long the database may take to answer before the hub counts
// as not ready.
const readyTimeout = 2 * time.Second

// getVersion says which JupyterHub this hub answers like, and that it is Atrium, to
// anybody.
func (a *API) getVersion(w http.ResponseWriter, _ *http.Request, _ *access.Requester) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Del("Cross-Origin-Resource-Policy")
	endpoint.WriteJSON(w, http.StatusOK, map[string]string{"version": hub.JupyterHubVersion, "atrium": a.version()})
	return nil
}

// version is Atrium's own.
func (a *API) version() string {
	if a.opts.Version == "" {
		return "unknown"
	}
	return a.opts.Version
}

// getInfo says what the hub is made of. JupyterHub's fields are there for its
// clients; there is no Python in Atrium.
func (a *API) getInfo(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
	if err := a.app.May(who, "read:hub"); err != nil {
		return err
	}
	version := a.version()
	class := func(name string) model { return model{"class": name, "version": version} }
	endpoint.WriteJSON(w, http.StatusOK, model{
		"version": hub.JupyterHubVersion, "python": "none (" + runtime.Version() + ")", "sys_executable": "atrium",
		"spawner": class("atrium.Spawner"), "authenticator": class("atrium.Authenticator"),
		"atrium": model{"version": version},
	})
	return nil
}

// getHealth answers while the process serves, also when its database is away: a
// liveness probe must not end open notebooks.
func (a *API) getHealth(w http.ResponseWriter, _ *http.Request, _ *access.Requester) error {
	w.Header().Set("Cache-Control", "no-store")
	endpoint.WriteEmpty(w, http.StatusOK)
	return nil
}

// getReady reports whether the hub can do its work.
func (a *API) getReady(w http.ResponseWriter, r *http.Request, _ *access.Requester) error {
	w.Header().Set("Cache-Control", "no-store")
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := a.app.Ready(ctx); err != nil {
		a.log.WarnContext(r.Context(), "not ready", "error", err)
		endpoint.WriteJSON(w, http.StatusServiceUnavailable, endpoint.ErrorBody{Status: http.StatusServiceUnavailable, Message: "The database does not answer"})
		return nil
	}
	if a.app.DiskFull() {
		endpoint.WriteJSON(w, http.StatusServiceUnavailable, endpoint.ErrorBody{Status: http.StatusServiceUnavailable, Message: "The disk is full"})
		return nil
	}
	endpoint.WriteEmpty(w, http.StatusOK)
	return nil
}

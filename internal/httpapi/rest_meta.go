package httpapi

import (
	"net/http"

	"github.com/atriumhub/atrium/internal/app"
)

// getVersion says which JupyterHub this hub answers like, to anybody.
func (s *Server) getVersion(w http.ResponseWriter, _ *http.Request, _ *app.Requester) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Del("Cross-Origin-Resource-Policy")
	writeJSON(w, http.StatusOK, map[string]string{"version": jupyterHubVersion})
	return nil
}

package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// What JupyterHub's own templates load from the hub is there for the services that use
// them, where the package jupyterhub is installed beside the notebook servers.
func TestServicesFindTheFilesOfJupyterHubsTemplates(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t)})
	for path, kind := range map[string]string{
		"css/style.min.css": "text/css", "js/darkmode.js": "text/javascript", "js/jhapi.js": "text/javascript", "favicon.ico": "image/x-icon",
		"components/bootstrap/dist/js/bootstrap.bundle.min.js": "text/javascript", "components/requirejs/require.js": "text/javascript",
		"components/jquery/dist/jquery.min.js": "text/javascript", "../logo": "image/svg+xml",
	} {
		got := h.As("").Do(http.MethodGet, strings.Replace("/hub/static/"+path, "/static/../", "/", 1), nil, http.StatusOK)
		if !strings.HasPrefix(got.Header.Get("Content-Type"), kind) || len(got.Body) == 0 {
			t.Errorf("%s: %q, %d bytes", path, got.Header.Get("Content-Type"), len(got.Body))
		}
	}
	h.As("").Do(http.MethodGet, "/hub/static/js/nothing.js", nil, http.StatusNotFound)
}

package local

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/spawn"
	"github.com/atriumhub/atrium/internal/spawn/spawntest"
)

// The real notebook server, against just enough of a hub for it to start.
func TestJupyter(t *testing.T) {
	jupyter := os.Getenv("HUBTEST_JUPYTER")
	if jupyter == "" {
		if os.Getenv("HUBTEST_REQUIRE") == "1" {
			t.Fatal("HUBTEST_JUPYTER names no jupyterhub-singleuser")
		}
		t.Skip("HUBTEST_JUPYTER names no jupyterhub-singleuser")
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-JupyterHub-Version", "6.1.1")
		_, _ = w.Write([]byte(`{"version":"6.1.1"}`))
	}))
	defer api.Close()
	f := newFixture(t, func(o *Options) { o.Command = []string{jupyter} })
	spec := spawntest.Spec(1, 1)
	for name, value := range map[string]string{
		"JUPYTERHUB_API_URL": api.URL + "/hub/api", "JUPYTERHUB_ACTIVITY_URL": api.URL + "/hub/api/users/user1/activity",
		"JUPYTERHUB_CLIENT_ID": "jupyterhub-user-user1", "JUPYTERHUB_BASE_URL": "/", "JUPYTERHUB_HOST": "",
		"JUPYTERHUB_SERVICE_PREFIX": spec.Prefix, "JUPYTERHUB_OAUTH_CALLBACK_URL": spec.Prefix + "oauth_callback",
		"JUPYTERHUB_OAUTH_ACCESS_SCOPES": `["access:servers!server=user1/"]`, "JUPYTERHUB_SERVER_NAME": "",
	} {
		spec.Env[name] = value
	}
	if err := f.driver.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	spawntest.Until(t, "Jupyter answers", func() bool {
		status, err := f.driver.Inspect(t.Context(), 1)
		if err != nil || status.State != spawn.Alive {
			log, _ := f.driver.Logs(t.Context(), 1, 5000)
			t.Fatalf("%+v, %v\n%s", status, err, log)
		}
		text, ok := spawntest.Try(t, status.Upstream+spec.Prefix+"api")
		return ok && strings.Contains(text, "version")
	})
	if err := f.driver.Stop(t.Context(), 1, 1, true); err != nil {
		t.Error(err)
	}
	log, err := f.driver.Logs(t.Context(), 1, 20_000)
	if err != nil || !strings.Contains(log, "Interrupted") && !strings.Contains(log, "hutting down") {
		t.Errorf("%v: SIGINT did not end it well:\n%s", err, log)
	}
}

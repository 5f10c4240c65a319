package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// What Prometheus reads, and what JupyterHub's dashboards ask of it, moves with what
// happens.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig()})
	admin := h.Admin()
	alice := admin.NewUser("alice")
	alice.StartServer("alice")
	alice.Do(http.MethodGet, "/user/alice/api", nil, http.StatusOK)
	alice.StopServer("alice")
	alice.StartServer("alice")

	for _, who := range []*api{h.As(""), alice} {
		if got := who.Do(http.MethodGet, "/hub/metrics", nil, http.StatusForbidden); !strings.Contains(string(got.Body), "read:metrics") {
			t.Errorf("whoever may not read the metrics is not told what they need: %s", shorten(got.Body))
		}
	}
	eventually(t, "the numbers of the database are read again", startPatience, func() bool {
		return strings.Contains(string(admin.Do(http.MethodGet, "/hub/metrics", nil, http.StatusOK).Body), "\njupyterhub_running_servers 1\n")
	})
	text := string(admin.Do(http.MethodGet, "/hub/api/metrics", nil, http.StatusOK).Body)
	for _, line := range []string{
		`jupyterhub_total_users 2`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="",status="success"} 2`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="",status="error"} 0`,
		`jupyterhub_server_stop_seconds_count{status="success"} 1`,
		`jupyterhub_proxy_add_duration_seconds_count{status="success"} 2`,
		`jupyterhub_proxy_delete_duration_seconds_count{status="success"} 1`,
		`jupyterhub_hub_startup_duration_seconds_count 1`,
		`jupyterhub_request_duration_seconds_count{code="201",handler="jupyterhub.apihandlers.users.UserAPIHandler",method="POST"} 1`,
		`atrium_proxy_requests_total{class="2xx",to="server"} 1`,
		`atrium_servers{phase="ready"} 1`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("no line %q in\n%s", line, linesWith(text, name))
		}
	}
	if strings.Contains(text, "alice") {
		t.Error("a person's name is in the metrics")
	}
}

func TestMetricsWithoutAuthentication(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig() + "metrics: {authenticate: false}\n"})
	if got := h.As("").Do(http.MethodGet, "/hub/metrics", nil, http.StatusOK); !strings.Contains(string(got.Body), "\natrium_build_info{") {
		t.Errorf("%s", shorten(got.Body))
	}
}

func linesWith(text, name string) string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

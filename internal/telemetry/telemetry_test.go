package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newClock() *clock { return &clock{time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)} }

// text is what Prometheus would read.
func text(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/hub/metrics", http.NoBody))
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(kind, "text/plain; version=") {
		t.Fatalf("%d %s: %s", w.Code, kind, w.Body)
	}
	return w.Body.String()
}

// says checks that the lines are there.
func says(t *testing.T, got string, lines ...string) {
	t.Helper()
	all := strings.Split(got, "\n")
	for _, line := range lines {
		if !slices.Contains(all, line) {
			name, _, _ := strings.Cut(line, "{")
			var like []string
			for _, have := range all {
				if strings.HasPrefix(have, name) {
					like = append(like, have)
				}
			}
			t.Errorf("no line %q, but\n%s", line, strings.Join(like, "\n"))
		}
	}
}

func someSources() Sources {
	return Sources{
		Counts: func(context.Context) (app.Counts, error) {
			return app.Counts{
				Users: 40, Active24h: 3, Active7d: 5, Active30d: 8,
				Servers: map[hub.Phase]int{hub.Ready: 7, hub.Queued: 2},
			}, nil
		},
		Identities: func() access.IdentityCounts {
			return access.IdentityCounts{Tokens: 4, Sessions: 5, TokenHits: 6, TokenMisses: 7, SessionHits: 8, SessionMisses: 9}
		},
		Disks: func() []Disk {
			return []Disk{{Path: "/srv/class", Free: 12, Size: 34, Full: true}, {Path: "/data", Free: 5, Size: 6}}
		},
		Pools: func() []Pool {
			return []Pool{{Name: "writer", InUse: 1, Idle: 2, Waits: 3, Waited: 1500 * time.Millisecond}}
		},
		Proxy: func() Proxy {
			return Proxy{Servers: Classes{1, 2, 3, 4, 5, 6}, Open: 7, Websockets: 8, ToClients: 9, ToServers: 10}
		},
		Hashing: func() map[string]int { return map[string]int{"login": 1, "bulk": 2} },
	}
}

// JupyterHub's are those of its metrics.py, in the version that we answer like.
func TestJupyterHubsMetrics(t *testing.T) {
	usual := []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
	spawn := []float64{.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600}
	want := []Definition{
		{Name: "jupyterhub_active_users", Type: "gauge", Labels: []string{"period"}},
		{Name: "jupyterhub_check_routes_duration_seconds", Type: "histogram", Buckets: usual},
		{Name: "jupyterhub_csp_reports_total", Type: "counter"},
		{Name: "jupyterhub_hub_startup_duration_seconds", Type: "histogram", Buckets: usual},
		{Name: "jupyterhub_init_spawners_duration_seconds", Type: "histogram", Buckets: usual},
		{Name: "jupyterhub_login_duration_seconds", Type: "histogram", Labels: []string{"status"}, Buckets: usual},
		{Name: "jupyterhub_logout_duration_seconds", Type: "histogram", Buckets: usual},
		{Name: "jupyterhub_proxy_add_duration_seconds", Type: "histogram", Labels: []string{"status"}, Buckets: usual},
		{Name: "jupyterhub_proxy_delete_duration_seconds", Type: "histogram", Labels: []string{"status"}, Buckets: usual},
		{Name: "jupyterhub_request_duration_seconds", Type: "histogram", Labels: []string{"method", "handler", "code"}, Buckets: usual},
		{Name: "jupyterhub_running_servers", Type: "gauge"},
		{Name: "jupyterhub_server_poll_duration_seconds", Type: "histogram", Labels: []string{"status"}, Buckets: usual},
		{Name: "jupyterhub_server_spawn_duration_seconds", Type: "histogram", Labels: []string{"status", "reason"}, Buckets: spawn},
		{Name: "jupyterhub_server_stop_seconds", Type: "histogram", Labels: []string{"status"}, Buckets: usual},
		{Name: "jupyterhub_total_users", Type: "gauge"},
	}
	var got []Definition
	for _, d := range New(Options{}).Definitions() {
		if strings.HasPrefix(d.Name, "jupyterhub_") {
			d.Help = ""
			got = append(got, d)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JupyterHub's metrics (-want +got):\n%s", diff)
	}
}

// A series that appears only with its first event has no rate then: dashboards and
// alerts would miss it.
func TestSeriesAreThereFromTheStart(t *testing.T) {
	says(t, text(t, New(Options{Version: "1.2.3"})),
		`jupyterhub_server_spawn_duration_seconds_count{reason="",status="success"} 0`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="",status="failure"} 0`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="",status="error"} 0`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="throttled",status="failure"} 0`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="too-many-users",status="failure"} 0`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="already-pending",status="failure"} 0`,
		`jupyterhub_server_stop_seconds_count{status="success"} 0`,
		`jupyterhub_server_stop_seconds_count{status="failure"} 0`,
		`jupyterhub_server_poll_duration_seconds_count{status="running"} 0`,
		`jupyterhub_server_poll_duration_seconds_count{status="stopped"} 0`,
		`jupyterhub_proxy_add_duration_seconds_count{status="failure"} 0`,
		`jupyterhub_proxy_delete_duration_seconds_count{status="success"} 0`,
		`jupyterhub_login_duration_seconds_count{status="failure"} 0`,
		`jupyterhub_logout_duration_seconds_count 0`,
		`jupyterhub_check_routes_duration_seconds_count 0`,
		`jupyterhub_hub_startup_duration_seconds_count 0`,
		`jupyterhub_csp_reports_total 0`,
		`atrium_database_transaction_seconds_count{kind="update"} 0`,
		`atrium_password_hash_wait_seconds_count{kind="login"} 0`,
		`atrium_bus_resyncs_total 0`,
	)
}

func TestWhatIsTold(t *testing.T) {
	m := New(Options{})
	m.Request(http.MethodGet, "h", http.StatusOK, 20*time.Millisecond)
	m.Request("BREW", "h", http.StatusMethodNotAllowed, time.Millisecond)
	m.Request("FETCH", "h", http.StatusMethodNotAllowed, -time.Hour) // the clock was set back
	m.Login(true, time.Second)
	m.Login(false, time.Second)
	m.Logout(time.Second)
	m.CSPReport()
	m.Spawned("success", "", 3*time.Second)
	m.Spawned("error", "timeout", time.Minute)
	m.Stopped(true, time.Second)
	m.Polled(true, time.Second)
	m.Polled(false, time.Second)
	m.Routes([]int64{1, 2, 3}, time.Millisecond)
	m.Routes([]int64{3, 4}, time.Millisecond)
	m.RoutesChecked(time.Second)
	m.Started(4*time.Second, time.Second)
	m.Queued(time.Second)
	m.Hash("login", time.Second)
	m.Transaction("update", time.Second, 3)
	m.Transaction("view", time.Second, 1)
	m.Resync()
	says(t, text(t, m),
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="0.01"} 0`,
		`jupyterhub_request_duration_seconds_bucket{code="200",handler="h",method="GET",le="0.025"} 1`,
		`jupyterhub_request_duration_seconds_count{code="405",handler="h",method="other"} 2`,
		`jupyterhub_request_duration_seconds_sum{code="405",handler="h",method="other"} 0.001`,
		`jupyterhub_login_duration_seconds_count{status="success"} 1`,
		`jupyterhub_login_duration_seconds_count{status="failure"} 1`,
		`jupyterhub_logout_duration_seconds_count 1`,
		`jupyterhub_csp_reports_total 1`,
		`jupyterhub_server_spawn_duration_seconds_sum{reason="",status="success"} 3`,
		`jupyterhub_server_spawn_duration_seconds_count{reason="timeout",status="error"} 1`,
		`jupyterhub_server_stop_seconds_count{status="success"} 1`,
		`jupyterhub_server_poll_duration_seconds_count{status="running"} 1`,
		`jupyterhub_server_poll_duration_seconds_count{status="stopped"} 1`,
		`jupyterhub_proxy_add_duration_seconds_count{status="success"} 4`,
		`jupyterhub_proxy_delete_duration_seconds_count{status="success"} 2`,
		`jupyterhub_check_routes_duration_seconds_count 1`,
		`jupyterhub_hub_startup_duration_seconds_sum 4`,
		`jupyterhub_init_spawners_duration_seconds_sum 1`,
		`atrium_start_queue_wait_seconds_count 1`,
		`atrium_password_hash_wait_seconds_count{kind="login"} 1`,
		`atrium_database_transaction_seconds_count{kind="update"} 1`,
		`atrium_database_transaction_seconds_count{kind="view"} 1`,
		`atrium_database_retries_total 2`,
		`atrium_bus_resyncs_total 1`,
	)
}

func TestWhatIsRead(t *testing.T) {
	m := New(Options{Version: "1.2.3"})
	m.Read(someSources())
	got := text(t, m)
	says(t, got,
		`jupyterhub_total_users 40`, `jupyterhub_running_servers 7`,
		`jupyterhub_active_users{period="24h"} 3`, `jupyterhub_active_users{period="7d"} 5`, `jupyterhub_active_users{period="30d"} 8`,
		`atrium_servers{phase="ready"} 7`, `atrium_servers{phase="queued"} 2`, `atrium_servers{phase="stopping"} 0`,
		`atrium_identities{kind="token"} 4`, `atrium_identities{kind="session"} 5`,
		`atrium_identity_lookups_total{kind="token",result="hit"} 6`, `atrium_identity_lookups_total{kind="session",result="miss"} 9`,
		`atrium_database_connections{pool="writer",state="in_use"} 1`, `atrium_database_waits_total{pool="writer"} 3`,
		`atrium_database_wait_seconds_total{pool="writer"} 1.5`,
		`atrium_proxy_requests_total{class="none",to="server"} 1`, `atrium_proxy_requests_total{class="1xx",to="server"} 2`,
		`atrium_proxy_requests_total{class="5xx",to="server"} 6`, `atrium_proxy_requests_total{class="2xx",to="service"} 0`,
		`atrium_proxy_open_requests 7`, `atrium_proxy_open_websockets 8`,
		`atrium_proxy_bytes_total{direction="to_clients"} 9`, `atrium_proxy_bytes_total{direction="to_servers"} 10`,
		`atrium_password_hash_waiting{kind="bulk"} 2`,
		`atrium_disk_free_bytes{path="/srv/class"} 12`, `atrium_disk_size_bytes{path="/data"} 6`,
		`atrium_disk_full{path="/srv/class"} 1`, `atrium_disk_full{path="/data"} 0`,
	)
	if !strings.Contains(got, `atrium_build_info{goversion="go`) || !strings.Contains(got, `version="1.2.3"} 1`) {
		t.Error("nothing of the version")
	}
	for _, name := range []string{"go_goroutines ", "go_sched_latencies_seconds_count ", "process_cpu_seconds_total "} {
		if !strings.Contains(got, "\n"+name) {
			t.Errorf("no %s", name)
		}
	}
}

// The database is asked once in a while, however often somebody reads.
func TestCountsAreKept(t *testing.T) {
	now, asked := newClock(), 0
	m := New(Options{Clock: now.Now})
	m.Read(Sources{Counts: func(context.Context) (app.Counts, error) {
		asked++
		return app.Counts{Users: asked}, nil
	}})
	for range 3 {
		says(t, text(t, m), "jupyterhub_total_users 1")
	}
	now.now = now.now.Add(keepCounts)
	says(t, text(t, m), "jupyterhub_total_users 2")
	now.now = now.now.Add(-time.Hour) // set back: not an hour of old numbers
	says(t, text(t, m), "jupyterhub_total_users 3")
}

// Without the database the rest can be read all the same.
func TestCountsThatFail(t *testing.T) {
	m := New(Options{Clock: newClock().Now})
	from := someSources()
	from.Counts = func(context.Context) (app.Counts, error) { return app.Counts{}, errors.New("away") }
	m.Read(from)
	text(t, m)
	got := text(t, m)
	if strings.Contains(got, "jupyterhub_total_users") || strings.Contains(got, "atrium_servers{") {
		t.Error("there are numbers that nobody counted")
	}
	if !strings.Contains(got, "atrium_identities{") || !strings.Contains(got, "atrium_metrics_errors_total ") {
		t.Error("the rest is missing")
	}
}

func TestLint(t *testing.T) {
	m := New(Options{})
	m.Read(someSources())
	m.Request(http.MethodGet, "h", http.StatusOK, time.Second)
	problems, err := promlint.New(bytes.NewReader([]byte(text(t, m)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Every metric that is defined is there, with its type, and no other.
func TestDefinitionsAreComplete(t *testing.T) {
	m := New(Options{})
	m.Read(someSources())
	m.Request(http.MethodGet, "h", http.StatusOK, time.Second)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range families {
		if name := f.GetName(); !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			got[name] = strings.ToLower(f.GetType().String()) + " " + f.GetHelp()
		}
	}
	want := map[string]string{}
	for _, d := range m.Definitions() {
		want[d.Name] = d.Type + " " + d.Help
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definitions (-) and what is there (+):\n%s", diff)
	}
}

func TestManyAtOnce(t *testing.T) {
	m := New(Options{})
	m.Read(someSources())
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 50 {
				m.Request(http.MethodGet, "h", http.StatusOK, time.Second)
				m.Routes([]int64{int64(i)}, time.Millisecond)
				w := httptest.NewRecorder()
				m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
				_, _ = io.Copy(io.Discard, w.Body)
			}
		}()
	}
	for range 4 {
		<-done
	}
	says(t, text(t, m), `jupyterhub_request_duration_seconds_count{code="200",handler="h",method="GET"} 200`)
}

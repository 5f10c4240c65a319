package telemetry

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// jupyterHub is what JupyterHub 6.1.1 measures (its metrics.py) and has a meaning
// here, with its names, labels and buckets. Gauges are in scrape.
type jupyterHub struct {
	request, spawn, stop, poll   *prometheus.HistogramVec
	proxyAdd, proxyDelete, check *prometheus.HistogramVec
	startup, initSpawners        *prometheus.HistogramVec
	login, logout                *prometheus.HistogramVec
	cspReports                   prometheus.Counter
}

// table is the proxy's, as it was told last.
type table struct {
	mu      sync.Mutex
	servers map[int64]struct{}
}

// Values of the label status.
const (
	success = "success"
	failure = "failure"
	failed  = "error"
)

func (m *Metrics) newJupyterHub() jupyterHub {
	// What the Python client takes where nothing is said. Go's has fewer.
	usual := []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
	start := []float64{.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600}
	h := jupyterHub{
		request: m.histogram("jupyterhub_request_duration_seconds",
			"How long requests to the hub took, without those that the proxy sent to servers.", usual, "method", "handler", "code"),
		spawn: m.histogram("jupyterhub_server_spawn_duration_seconds",
			"How long starts of servers took, from the request to the server's first answer or to the failure.", start, "status", "reason"),
		stop: m.histogram("jupyterhub_server_stop_seconds",
			"How long it took to stop servers.", usual, "status"),
		poll: m.histogram("jupyterhub_server_poll_duration_seconds",
			"How long it took to find out whether a server runs.", usual, "status"),
		proxyAdd: m.histogram("jupyterhub_proxy_add_duration_seconds",
			"How long it took to let the proxy know of a server.", usual, "status"),
		proxyDelete: m.histogram("jupyterhub_proxy_delete_duration_seconds",
			"How long it took to let the proxy know that a server is gone.", usual, "status"),
		check: m.histogram("jupyterhub_check_routes_duration_seconds",
			"How long it took to bring the proxy's table in line with the database.", usual),
		startup: m.histogram("jupyterhub_hub_startup_duration_seconds",
			"How long the hub took to start.", usual),
		initSpawners: m.histogram("jupyterhub_init_spawners_duration_seconds",
			"How long it took at the start to find the servers that run.", usual),
		login: m.histogram("jupyterhub_login_duration_seconds",
			"How long attempts to log in took.", usual, "status"),
		logout: m.histogram("jupyterhub_logout_duration_seconds",
			"How long it took to log people out.", usual),
		cspReports: m.counter("jupyterhub_csp_reports_total",
			"How often browsers reported that a page's Content-Security-Policy refused something."),
	}
	for _, status := range []string{success, failure, failed} {
		h.spawn.WithLabelValues(status, "")
	}
	for _, reason := range []string{"throttled", "too-many-users", "already-pending"} {
		h.spawn.WithLabelValues(failure, reason)
	}
	begin(h.stop, success, failure)
	begin(h.poll, "running", "stopped")
	begin(h.proxyAdd, success, failure)
	begin(h.proxyDelete, success, failure)
	begin(h.login, success, failure)
	for _, plain := range []*prometheus.HistogramVec{h.check, h.startup, h.initSpawners, h.logout} {
		plain.WithLabelValues()
	}
	return h
}

func statusOf(ok bool) string {
	if ok {
		return success
	}
	return failure
}

// Request notes a request that the hub itself answered. handler is one of a fixed
// set of names, never a path.
func (m *Metrics) Request(method, handler string, status int, took time.Duration) {
	observe(m.jupyterHub.request, took, knownMethod(method), handler, strconv.Itoa(status))
}

// knownMethod keeps clients from making series by inventing methods.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// Login notes an attempt to log in with a name and a password.
func (m *Metrics) Login(ok bool, took time.Duration) { observe(m.jupyterHub.login, took, statusOf(ok)) }

// Logout notes that somebody was logged out.
func (m *Metrics) Logout(took time.Duration) { observe(m.jupyterHub.logout, took) }

// CSPReport notes a browser's report.
func (m *Metrics) CSPReport() { m.jupyterHub.cspReports.Inc() }

// Spawned notes the end of a start; took is from the request on. status is
// "success"; "failure" where the start was refused; "error" where something went
// wrong. reason is one of a fixed set of words, or empty.
func (m *Metrics) Spawned(status, reason string, took time.Duration) {
	observe(m.jupyterHub.spawn, took, status, reason)
}

// Stopped notes a stop of a server, or an attempt at one.
func (m *Metrics) Stopped(ok bool, took time.Duration) {
	observe(m.jupyterHub.stop, took, statusOf(ok))
}

// Polled notes a look at a server that should run.
func (m *Metrics) Polled(running bool, took time.Duration) {
	if running {
		observe(m.jupyterHub.poll, took, "running")
		return
	}
	observe(m.jupyterHub.poll, took, "stopped")
}

// Routes notes that the proxy got a new table, which holds these servers: each one
// more and each one less took as long as the table did.
func (m *Metrics) Routes(servers []int64, took time.Duration) {
	m.table.mu.Lock()
	defer m.table.mu.Unlock()
	now := make(map[int64]struct{}, len(servers))
	for _, id := range servers {
		now[id] = struct{}{}
		if _, had := m.table.servers[id]; !had {
			observe(m.jupyterHub.proxyAdd, took, success)
		}
	}
	for id := range m.table.servers {
		if _, stays := now[id]; !stays {
			observe(m.jupyterHub.proxyDelete, took, success)
		}
	}
	m.table.servers = now
}

// RoutesChecked notes that the proxy's table was read anew from the database.
func (m *Metrics) RoutesChecked(took time.Duration) { observe(m.jupyterHub.check, took) }

// Started notes that the hub is up: how long that took in all, and the part of it
// in which it found the servers that run.
func (m *Metrics) Started(all, servers time.Duration) {
	observe(m.jupyterHub.startup, all)
	observe(m.jupyterHub.initSpawners, servers)
}

package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// atrium is what only this hub has. What is read from elsewhere is in scrape.
type atrium struct {
	build        *prometheus.GaugeVec
	queueWait    *prometheus.HistogramVec
	hashWait     *prometheus.HistogramVec
	transaction  *prometheus.HistogramVec
	retries      prometheus.Counter
	resyncs      prometheus.Counter
	scrapeErrors prometheus.Counter
	culled       *prometheus.CounterVec
	culledUsers  prometheus.Counter
	refreshed    prometheus.Counter
	refreshFails prometheus.Counter
}

func (m *Metrics) newAtrium() atrium {
	short := []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	long := []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600}
	a := atrium{
		build: m.gauge("atrium_build_info",
			"Always 1; its labels say which Atrium runs, and which Go it was built with.", "version", "goversion"),
		queueWait: m.histogram("atrium_start_queue_wait_seconds",
			"How long servers waited in the queue before they were started.", long),
		hashWait: m.histogram("atrium_password_hash_wait_seconds",
			"How long the check (login) or the making (bulk) of a password hash waited for its turn.", short, "kind"),
		transaction: m.histogram("atrium_database_transaction_seconds",
			"How long transactions took, with all their tries: views only read, updates may write, and touches write when somebody was last active.", short, "kind"),
		retries: m.counter("atrium_database_retries_total",
			"How often the database sent a transaction back because it was busy or another came first."),
		resyncs: m.counter("atrium_bus_resyncs_total",
			"How often news of changes may have been lost, so that all that was cached was read anew."),
		scrapeErrors: m.counter("atrium_metrics_errors_total",
			"How often the database could not be asked for the numbers that are read from it."),
		culled: m.counterVec("atrium_servers_culled_total",
			"How many servers this hub stopped because nobody used them (idle), or because they had run for as long as a server may (max_age).", "reason"),
		culledUsers: m.counter("atrium_users_culled_total",
			"How many people this hub deleted because they had not been seen for long (cull.cull_users)."),
		refreshed: m.counter("atrium_quota_refreshes_total",
			"How often this hub gave people what a rule of quota.refresh has for them."),
		refreshFails: m.counter("atrium_quota_refresh_failures_total",
			"How often rules of quota.refresh could not be carried out; the hub tries again."),
	}
	a.queueWait.WithLabelValues()
	a.culled.WithLabelValues("idle")
	a.culled.WithLabelValues("max_age")
	begin(a.hashWait, "login", "bulk")
	begin(a.transaction, "view", "update", "touch")
	return a
}

// Queued notes how long a server waited for its turn to be started.
func (m *Metrics) Queued(wait time.Duration) { observe(m.atrium.queueWait, wait) }

// Hash notes how long the work on a password ("login" or "bulk") waited.
func (m *Metrics) Hash(kind string, wait time.Duration) { observe(m.atrium.hashWait, wait, kind) }

// Transaction notes a transaction ("view", "update" or "touch") and how often it was tried.
func (m *Metrics) Transaction(kind string, took time.Duration, tries int) {
	observe(m.atrium.transaction, took, kind)
	if tries > 1 {
		m.atrium.retries.Add(float64(tries - 1))
	}
}

// Culled notes servers that were stopped for a reason.
func (m *Metrics) Culled(reason string, servers int) {
	m.atrium.culled.WithLabelValues(reason).Add(float64(servers))
}

// CulledUsers notes people who were deleted because they had not been seen for long.
func (m *Metrics) CulledUsers(n int) { m.atrium.culledUsers.Add(float64(n)) }

// Refreshed notes that a rule gave people credits.
func (m *Metrics) Refreshed() { m.atrium.refreshed.Inc() }

// RefreshFailed notes that the rules could not be carried out.
func (m *Metrics) RefreshFailed() { m.atrium.refreshFails.Inc() }

// Resync notes that changes may have been missed.
func (m *Metrics) Resync() { m.atrium.resyncs.Inc() }

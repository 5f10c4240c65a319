// Package telemetry counts and times what the hub does, for Prometheus: under the
// names of JupyterHub 6.1.1, so that dashboards made for it work, and under
// Atrium's own, which begin with "atrium_".
//
// Nothing here is known to the rest of the hub. Those who have something to tell
// declare a small interface or a function; a Metrics has the methods, and serve hands
// it in. What a program holds anyway (people in the database, open connections) is
// asked for when somebody reads the metrics: see Sources.
package telemetry

import (
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/atriumhub/atrium/internal/hub"
)

// Options is what a Metrics is made from.
type Options struct {
	Version string // Atrium's own
	Clock   hub.Clock
	Logger  *slog.Logger
}

// Definition is one metric, as the reference lists it. The histograms' own series
// (_bucket, _sum, _count) are not in the name, the counters' "_total" is.
type Definition struct {
	Name, Type, Help string
	Labels           []string
	Buckets          []float64 // upper bounds, without +Inf; of histograms
}

// Metrics holds every metric of one hub. Make it with New. All methods may be called
// from many goroutines.
type Metrics struct {
	registry    *prometheus.Registry
	definitions []Definition
	jupyterHub  jupyterHub
	atrium      atrium
	scrape      *scrape
	table       table
	log         *slog.Logger
}

// New makes the metrics, all at zero, in a registry of their own.
func New(o Options) *Metrics {
	if o.Clock == nil {
		o.Clock = hub.SystemClock
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{registry: prometheus.NewRegistry(), log: o.Logger}
	m.jupyterHub = m.newJupyterHub()
	m.atrium = m.newAtrium()
	m.atrium.build.WithLabelValues(o.Version, runtime.Version()).Set(1)
	m.scrape = m.newScrape(o.Clock)
	m.registry.MustRegister(m.scrape,
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler)), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Definitions lists JupyterHub's metrics and Atrium's own by name. What Go and the
// operating system tell of the process (go_…, process_…) is left out.
func (m *Metrics) Definitions() []Definition {
	list := slices.Clone(m.definitions)
	slices.SortFunc(list, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Handler answers with all metrics in Prometheus' text format. Who may read them is
// the caller's affair.
func (m *Metrics) Handler() http.Handler {
	return bounded(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:           slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
		ErrorHandling:      promhttp.ContinueOnError,
		DisableCompression: true, // after the bounds
		// A scrape is cheap, but not so cheap that a hundred at once are.
		MaxRequestsInFlight: 10,
	}))
}

func (m *Metrics) define(kind, name, help string, buckets []float64, labels []string) {
	m.definitions = append(m.definitions, Definition{Name: name, Type: kind, Help: help, Labels: labels, Buckets: buckets})
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	m.define("counter", name, help, nil, nil)
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	m.define("counter", name, help, nil, labels)
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	m.define("gauge", name, help, nil, labels)
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	m.define("histogram", name, help, buckets, labels)
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// desc is a metric whose values are made when somebody reads them.
func (m *Metrics) desc(kind, name, help string, labels ...string) *prometheus.Desc {
	m.define(kind, name, help, nil, labels)
	return prometheus.NewDesc(name, help, labels, nil)
}

// observe notes a time under labels of a histogram. A clock that was set back must
// not make a sum smaller.
func observe(h *prometheus.HistogramVec, took time.Duration, labels ...string) {
	h.WithLabelValues(labels...).Observe(max(took, 0).Seconds())
}

// begin makes the series of these label values, so that they are there from the
// start, at zero.
func begin(h *prometheus.HistogramVec, values ...string) {
	for _, v := range values {
		h.WithLabelValues(v)
	}
}

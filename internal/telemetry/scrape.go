package telemetry

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// keepCounts is how long numbers from the database are good for: whoever reads
	// the metrics more often must not keep the database busy with it.
	keepCounts = 15 * time.Second
	// countPatience is how long the database may take for them.
	countPatience = 3 * time.Second
)

// Sources are asked when somebody reads the metrics. Each may be nil.
type Sources struct {
	Counts     func(context.Context) (app.Counts, error)
	Identities func() access.IdentityCounts
	Pools      func() []Pool
	Proxy      func() Proxy
	Hashing    func() map[string]int // who waits for their turn, by kind
	Disks      func() []Disk
}

// Disk is the room on a disk of the hub's.
type Disk struct {
	Path       string // a folder on it
	Free, Size int64  // bytes
	Full       bool
}

// Pool is the state of a pool of connections to the database.
type Pool struct {
	Name        string
	InUse, Idle int
	Waits       int64         // requests for a connection that had to wait
	Waited      time.Duration // how long, together
}

// Proxy is what the proxy has done since the start, and what it has open.
type Proxy struct {
	Servers, Services    Classes // answered requests by class
	Open                 int64   // requests under way, websockets too
	Websockets           int64
	ToClients, ToServers uint64 // bytes of bodies and websockets
}

// Classes counts answers by their status divided by 100; 0 is no answer at all.
type Classes [6]uint64

// scrape makes the metrics that are read from elsewhere.
type scrape struct {
	clock  hub.Clock
	log    *slog.Logger
	errors prometheus.Counter
	from   atomic.Pointer[Sources]

	mu      sync.Mutex
	counts  app.Counts
	counted time.Time // zero: never

	totalUsers, running, active, servers   *prometheus.Desc
	identities, lookups                    *prometheus.Desc
	connections, poolWaits, poolWaited     *prometheus.Desc
	requests, open, websockets, proxyBytes *prometheus.Desc
	hashing                                *prometheus.Desc
	diskFree, diskSize, diskFull           *prometheus.Desc
}

func (m *Metrics) newScrape(clock hub.Clock) *scrape {
	return &scrape{
		clock: clock, log: m.log, errors: m.atrium.scrapeErrors,

		totalUsers: m.desc("gauge", "jupyterhub_total_users", "How many people the hub knows."),
		running:    m.desc("gauge", "jupyterhub_running_servers", "How many servers run."),
		active:     m.desc("gauge", "jupyterhub_active_users", "How many people were active within the period.", "period"),
		servers:    m.desc("gauge", "atrium_servers", "How many servers are in the phase: queued ones wait for their turn.", "phase"),

		identities: m.desc("gauge", "atrium_identities", "How many tokens and sessions are kept in memory.", "kind"),
		lookups: m.desc("counter", "atrium_identity_lookups_total",
			"How often a token or a session was looked up, and was in memory (hit) or not (miss).", "kind", "result"),

		connections: m.desc("gauge", "atrium_database_connections", "How many connections to the database are open.", "pool", "state"),
		poolWaits:   m.desc("counter", "atrium_database_waits_total", "How often somebody waited for a connection to the database.", "pool"),
		poolWaited:  m.desc("counter", "atrium_database_wait_seconds_total", "How long everybody waited for a connection to the database, together.", "pool"),

		requests: m.desc("counter", "atrium_proxy_requests_total",
			"Requests sent on to servers and services, by the answer's class; none: it was cut off.", "to", "class"),
		open:       m.desc("gauge", "atrium_proxy_open_requests", "Requests to servers and services under way, websockets too."),
		websockets: m.desc("gauge", "atrium_proxy_open_websockets", "Websockets that are open."),
		proxyBytes: m.desc("counter", "atrium_proxy_bytes_total",
			"Bytes of bodies and websockets that passed through the proxy.", "direction"),

		hashing: m.desc("gauge", "atrium_password_hash_waiting", "How many wait for a password's hash.", "kind"),

		diskFree: m.desc("gauge", "atrium_disk_free_bytes", "How much can still be written to the disk of the folder.", "path"),
		diskSize: m.desc("gauge", "atrium_disk_size_bytes", "How large the disk of the folder is.", "path"),
		diskFull: m.desc("gauge", "atrium_disk_full", "1 while the disk counts as full, so that no server starts.", "path"),
	}
}

// Read says where the numbers come from that are read rather than told. Until then
// they are left out.
func (m *Metrics) Read(from Sources) { m.scrape.from.Store(&from) }

// Describe implements prometheus.Collector.
func (s *scrape) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		s.totalUsers, s.running, s.active, s.servers, s.identities, s.lookups, s.connections, s.poolWaits, s.poolWaited,
		s.requests, s.open, s.websockets, s.proxyBytes, s.hashing,
		s.diskFree, s.diskSize, s.diskFull,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *scrape) Collect(ch chan<- prometheus.Metric) {
	from := s.from.Load()
	if from == nil {
		return
	}
	out := series{ch}
	if from.Counts != nil {
		s.people(out, from.Counts)
	}
	if from.Identities != nil {
		s.known(out, from.Identities())
	}
	if from.Pools != nil {
		s.pools(out, from.Pools())
	}
	if from.Proxy != nil {
		s.proxy(out, from.Proxy())
	}
	if from.Hashing != nil {
		for kind, n := range from.Hashing() {
			out.gauge(s.hashing, float64(n), kind)
		}
	}
	if from.Disks != nil {
		s.disks(out, from.Disks())
	}
}

// series is where values go.
type series struct{ ch chan<- prometheus.Metric }

func (s series) gauge(d *prometheus.Desc, v float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (s series) counter(d *prometheus.Desc, v float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

func (s *scrape) people(out series, read func(context.Context) (app.Counts, error)) {
	c, ok := s.fresh(read)
	if !ok {
		return // no number is better than a wrong one
	}
	out.gauge(s.totalUsers, float64(c.Users))
	out.gauge(s.active, float64(c.Active24h), "24h")
	out.gauge(s.active, float64(c.Active7d), "7d")
	out.gauge(s.active, float64(c.Active30d), "30d")
	out.gauge(s.running, float64(c.Servers[hub.Ready]))
	for _, phase := range []hub.Phase{hub.Queued, hub.Starting, hub.Waiting, hub.Ready, hub.Stopping} {
		out.gauge(s.servers, float64(c.Servers[phase]), string(phase))
	}
}

// fresh gives numbers that are a few seconds old at most; one asks at a time.
func (s *scrape) fresh(read func(context.Context) (app.Counts, error)) (app.Counts, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if !s.counted.IsZero() && now.Sub(s.counted) < keepCounts && !now.Before(s.counted) {
		return s.counts, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), countPatience)
	defer cancel()
	c, err := read(ctx)
	if err != nil {
		s.errors.Inc()
		s.counted = time.Time{}
		s.log.DebugContext(ctx, "cannot count people and servers for the metrics", "error", err)
		return app.Counts{}, false
	}
	s.counts, s.counted = c, now
	return c, true
}

func (s *scrape) known(out series, c access.IdentityCounts) {
	for _, k := range []struct {
		kind         string
		size         int
		hits, misses uint64
	}{
		{"token", c.Tokens, c.TokenHits, c.TokenMisses},
		{"session", c.Sessions, c.SessionHits, c.SessionMisses},
	} {
		out.gauge(s.identities, float64(k.size), k.kind)
		out.counter(s.lookups, float64(k.hits), k.kind, "hit")
		out.counter(s.lookups, float64(k.misses), k.kind, "miss")
	}
}

func (s *scrape) pools(out series, list []Pool) {
	for _, p := range list {
		out.gauge(s.connections, float64(p.InUse), p.Name, "in_use")
		out.gauge(s.connections, float64(p.Idle), p.Name, "idle")
		out.counter(s.poolWaits, float64(p.Waits), p.Name)
		out.counter(s.poolWaited, p.Waited.Seconds(), p.Name)
	}
}

func (s *scrape) disks(out series, list []Disk) {
	for _, d := range list {
		full := 0.0
		if d.Full {
			full = 1
		}
		out.gauge(s.diskFree, float64(d.Free), d.Path)
		out.gauge(s.diskSize, float64(d.Size), d.Path)
		out.gauge(s.diskFull, full, d.Path)
	}
}

func (s *scrape) proxy(out series, p Proxy) {
	for to, classes := range map[string]Classes{"server": p.Servers, "service": p.Services} {
		for class, n := range classes {
			name := "none"
			if class > 0 {
				name = strconv.Itoa(class) + "xx"
			}
			out.counter(s.requests, float64(n), to, name)
		}
	}
	out.gauge(s.open, float64(p.Open))
	out.gauge(s.websockets, float64(p.Websockets))
	out.counter(s.proxyBytes, float64(p.ToClients), "to_clients")
	out.counter(s.proxyBytes, float64(p.ToServers), "to_servers")
}

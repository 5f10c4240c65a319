package serve

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/auth/native"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/telemetry"
)

// newHasher hashes as configured; waited may be nil.
func newHasher(cfg config.Config, waited func(kind string, wait time.Duration)) *native.Hasher {
	cost := cfg.Auth.Native.Argon2
	return native.NewHasher(native.HasherOptions{
		MemoryKiB: int(cost.MemoryKiB), Iterations: int(cost.Iterations), Parallelism: int(cost.Parallelism), Waited: waited,
	})
}

// readMetrics says where the metrics that nobody tells come from.
func (p *parts) readMetrics(hasher *native.Hasher) {
	p.metrics.Read(telemetry.Sources{
		Counts:     p.app.Counts,
		Identities: p.app.Identities().Counts,
		Pools: func() []telemetry.Pool {
			var pools []telemetry.Pool
			for _, pool := range p.store.Pools() {
				pools = append(pools, telemetry.Pool(pool))
			}
			return pools
		},
		Proxy: func() telemetry.Proxy {
			c := p.proxy.Counts()
			return telemetry.Proxy{
				Servers: telemetry.Classes(c.Servers), Services: telemetry.Classes(c.Services), Open: c.Open,
				Websockets: c.Websockets, ToClients: c.ToClients, ToServers: c.ToServers,
			}
		},
		Hashing: hasher.Waiting,
		Disks: func() []telemetry.Disk {
			var disks []telemetry.Disk
			for _, s := range p.disks.Spaces() {
				disks = append(disks, telemetry.Disk{Path: s.Path, Free: s.Free, Size: s.Size, Full: s.Full})
			}
			return disks
		},
	})
}

// route hands the proxy its table.
func (p *parts) route(routed mirror.Routed) {
	began := p.uptime()
	p.proxy.SetRoutes(proxyRoutes(siteOf(p.cfg), routed))
	ids := make([]int64, len(routed.Servers))
	for i, s := range routed.Servers {
		ids[i] = s.ID
	}
	p.metrics.Routes(ids, p.uptime()-began)
}

// checkRoutes brings the proxy's table in line with the database.
func (p *parts) checkRoutes(ctx context.Context) error {
	began := p.uptime()
	err := p.app.LoadRoutes(ctx)
	if err == nil {
		p.metrics.RoutesChecked(p.uptime() - began)
	}
	return err
}

package serve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/culling"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/kernels"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/servers"
)

const (
	flushEvery   = 15 * time.Second // activity
	reloadEvery  = 30 * time.Second // routes, in case a change was missed
	rereadEvery  = 10 * time.Minute // everybody, likewise
	sweepEvery   = time.Hour
	refreshEvery = 5 * time.Second // of quotas
	markEvery    = time.Minute     // how far the database has come, see homes.MarkHomes

	leavePatience = 3 * time.Second // for giving the servers back at the end
)

// housekeeping does what has to be done now and then, until ctx ends. A failure
// is logged and tried again at the next turn.
func (p *parts) housekeeping(ctx context.Context) error {
	flush, reload, sweep := time.NewTicker(flushEvery), time.NewTicker(reloadEvery), time.NewTicker(sweepEvery)
	reread, mark := time.NewTicker(rereadEvery), time.NewTicker(markEvery)
	defer reread.Stop()
	defer mark.Stop()
	defer flush.Stop()
	defer reload.Stop()
	defer sweep.Stop()
	p.sweep(ctx)
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-flush.C:
			err = p.flushActivity(ctx)
		case <-reload.C:
			p.app.CatchUp(ctx)
			err = p.checkRoutes(ctx)
		case <-reread.C:
			err = p.app.LoadDirectory(ctx)
		case <-mark.C:
			err = p.app.MarkHomes(ctx)
		case <-sweep.C:
			p.sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "housekeeping failed; trying again", "error", err)
		}
	}
}

// flushActivity writes when people and servers were last seen.
func (p *parts) flushActivity(ctx context.Context) error {
	p.app.NoteServers(p.proxy.TakeActivity())
	return p.app.FlushActivity(ctx)
}

// cull stops servers that nobody uses, now and then, until ctx ends.
func (p *parts) cull(ctx context.Context) {
	rules := setup.Culling(p.cfg)
	if !rules.Enabled {
		return
	}
	asker := kernels.New(p.cfg.BaseURL, peerVerifier(p.driver))
	for hub.Sleep(ctx, rules.Every) == nil {
		term, held := p.lease.Term()
		if !held { // another drives the servers
			continue
		}
		if err := p.cullOnce(ctx, term, asker.Ask); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "cannot look which servers are idle; trying again", "error", err)
		}
	}
}

// refreshQuotas gives people what the rules have for them, until ctx ends. Every hub does; each time of a rule is done once.
func (p *parts) refreshQuotas(ctx context.Context) {
	begun := false
	for hub.Sleep(ctx, refreshEvery) == nil {
		if !begun {
			if err := p.app.BeginRefreshing(ctx); err != nil {
				p.log.WarnContext(ctx, "cannot look how far the rules of quotas are; trying again", "error", err)
				continue
			}
			begun = true
		}
		did, err := p.app.RefreshQuotas(ctx)
		for _, rule := range did {
			p.metrics.Refreshed()
			p.log.InfoContext(ctx, "quotas were refreshed", "rule", rule)
		}
		if err != nil && ctx.Err() == nil {
			p.metrics.RefreshFailed()
			p.log.WarnContext(ctx, "cannot refresh quotas; trying again", "error", err)
		}
		if !p.app.Refreshes() {
			return
		}
	}
}

// cullOnce ends with the term: nobody acts on a lease that ran out.
func (p *parts) cullOnce(ctx, term context.Context, ask culling.Ask) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(term, cancel)()
	if err := p.flushActivity(ctx); err != nil {
		return err
	}
	culled, err := p.app.CullServers(ctx, p.lease.ID(), ask)
	p.metrics.Culled(string(hub.StopIdle), culled.Idle)
	p.metrics.Culled(string(hub.StopAged), culled.Aged)
	if err != nil {
		return err
	}
	gone, err := p.app.CullUsers(ctx)
	p.metrics.CulledUsers(gone)
	if gone > 0 {
		p.log.InfoContext(ctx, "people were deleted whom nobody had seen for long", "users", gone)
	}
	return err
}

func (p *parts) sweep(ctx context.Context) {
	if err := p.app.CountUsage(ctx); err != nil && ctx.Err() == nil {
		p.log.WarnContext(ctx, "cannot count the hours of servers by day; trying again", "error", err)
	}
	n, err := p.app.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		p.log.WarnContext(ctx, "cannot delete what has expired", "error", err)
	}
	if n > 0 {
		p.log.InfoContext(ctx, "deleted what has expired", "rows", n)
	}
}

// lastWords says what becomes of the notebook servers when the hub ends, and stops
// them where that is wanted.
func (p *parts) lastWords(ctx context.Context) error {
	if p.cfg.Servers.StopWithHub {
		return p.stopServers(ctx)
	}
	live, err := p.app.OwnServers(ctx, p.owner())
	if err != nil {
		return err
	}
	if n := countRunning(live); n > 0 {
		fmt.Fprintf(p.env.Err, "%s running and will be found again at the next start. To stop them with the hub: atrium serve --stop-servers, or servers.stop_with_hub: true\n",
			countServers(n, "stays", "stay"))
	}
	return nil
}

// countRunning counts those that have a process, or are about to, and are to keep it.
func countRunning(live []hub.Server) (n int) {
	for _, s := range live {
		if s.WantRunning && s.Phase != hub.Queued {
			n++
		}
	}
	return n
}

func countServers(n int, one, many string) string {
	if n == 1 {
		return "1 notebook server " + one
	}
	return fmt.Sprintf("%d notebook servers %s", n, many)
}

// owner is this hub as the owner of servers.
func (p *parts) owner() servers.Lease {
	return servers.Lease{Owner: p.lease.ID(), Node: p.driver.Node()}
}

// stopServers stops this hub's servers and waits until they are gone. The reconciler
// still runs.
func (p *parts) stopServers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.stopPatience())
	defer cancel()
	n, err := p.tellToStop(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		fmt.Fprintf(p.env.Err, "%s to stop …\n", countServers(n, "has", "have"))
	}
	for {
		live, err := p.app.OwnServers(ctx, p.owner())
		if err != nil || len(live) == 0 {
			return err
		}
		_, err = p.app.WaitServer(ctx, live[0].ID, notActive)
		if err == nil { // another replica may have let one start
			_, err = p.tellToStop(ctx)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%s running: they did not stop in time", countServers(len(live), "stays", "stay"))
		}
		if err != nil {
			return err
		}
	}
}

// tellToStop tells this hub's servers to stop, for as long as the database is busy or away: others
// may start theirs meanwhile.
func (p *parts) tellToStop(ctx context.Context) (n int, err error) {
	for {
		more, err := p.app.StopOwn(ctx, &access.Requester{}, p.owner())
		if n += more; !hub.Is(err, hub.Unavailable) || hub.Sleep(ctx, time.Second) != nil {
			return n, err
		}
	}
}

// stopPatience is how long a server may take to stop by all its signals, and a bit.
func (p *parts) stopPatience() time.Duration {
	l := p.cfg.Spawner.Local
	return l.InterruptTimeout.Std() + l.TermTimeout.Std() + l.KillTimeout.Std() + 15*time.Second
}

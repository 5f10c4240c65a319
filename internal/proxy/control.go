package proxy

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/data"
)

// SetRoutes replaces all routes at once. Websockets to servers that are no longer
// among them are closed; a route that stays the same keeps its own.
func (p *Proxy) SetRoutes(routes []Route) {
	p.routing.Lock()
	defer p.routing.Unlock()
	old := p.table.Load()
	entries := make([]*entry, 0, len(routes))
	for _, r := range routes {
		if r.Upstream == nil || r.Upstream.Host == "" || !strings.HasPrefix(r.Prefix, p.opts.Base) || r.Prefix == p.opts.Base {
			continue
		}
		e := old.by[routeKey(r.Prefix)]
		if e == nil || !e.same(r) {
			e = &entry{Route: r, seen: p.activity.counter(r.ServerID)}
			if r.ServiceID != 0 {
				e.seen.Store(p.opts.Clock().UnixMicro())
			}
		}
		entries = append(entries, e)
	}
	next := newTable(entries)
	p.table.Store(next)
	gone := false
	for _, e := range old.by {
		if !next.has(e) {
			gone = true
			e.lines.close()
		}
	}
	if !gone {
		return
	}
	endAll(p.flows.where(0, func(f *flow) bool { return f.upgraded() && !next.has(f.entry) }), goingAway)
	// The transport cannot close one host's; the others' are opened anew when needed.
	p.servers.transport.CloseIdleConnections()
	p.services.transport.CloseIdleConnections()
}

// manyPeople is of how many people at a time everybody's connections are asked after, which
// is done every few moments anyway, rather than each one's.
const manyPeople = 64

// Apply makes open connections follow changes. Identities must know of them already.
// It may read from Identities, and waits for no client.
func (p *Proxy) Apply(changes ...data.Change) {
	var people []int64
	for _, c := range changes {
		switch c.Kind {
		case data.ServerChanged, data.ServerDoubted, data.GroupChanged, data.HomeChanged:
			continue
		case data.TokenRevoked:
			p.changes.Add(1)
			hit := bound(func(cred Credential) bool { return cred.TokenHash != "" && cred.TokenHash == c.Key })
			endAll(p.flows.where(c.UserID, hit), policyViolation)
		case data.SessionRevoked:
			p.changes.Add(1)
			hit := bound(func(cred Credential) bool { return cred.SessionID != "" && cred.SessionID == c.Key })
			endAll(p.flows.where(c.UserID, hit), policyViolation)
		case data.UserChanged:
			p.changes.Add(1)
			people = append(people, c.ID)
		case data.Resync:
			p.changes.Add(1)
			people = append(people, 0)
		case data.ServiceChanged:
			p.changes.Add(1)
		}
	}
	if len(people) > manyPeople || slices.Contains(people, 0) {
		people = []int64{0}
	}
	for _, id := range people {
		p.recheck(context.Background(), id)
	}
}

// Run asks again every few moments whether what open connections came with is still
// good, until ctx ends: sessions and tokens expire without anybody telling.
func (p *Proxy) Run(ctx context.Context) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.recheck(ctx, 0)
		}
	}
}

// recheckPatience bounds one look at the credentials of all open connections.
const recheckPatience = 10 * time.Second

// recheck ends the connections whose session or token no longer resolves, or gives the
// access no longer that it gave: one person's, or for 0 everybody's.
func (p *Proxy) recheck(ctx context.Context, userID int64) {
	ctx, cancel := context.WithTimeout(ctx, recheckPatience)
	defer cancel()
	now := nowKnown{}
	var dead []*flow
	for _, f := range p.flows.where(userID, func(*flow) bool { return true }) {
		if !p.keeps(ctx, f, now) {
			dead = append(dead, f)
		}
	}
	endAll(dead, policyViolation)
}

// nowKnown is what became of sessions and tokens, each looked up once.
type nowKnown map[secretKey]nowGood

type secretKey struct {
	by     proof
	secret string
}

type nowGood struct {
	cred Credential
	good bool
}

// keeps tells whether all that a connection was opened with is still good, and, where
// it gave access to the server, whether some of it still does. Who was let in by the
// server alone stays.
func (p *Proxy) keeps(ctx context.Context, f *flow, now nowKnown) bool {
	reached := false
	for _, b := range f.identity.bonds {
		k := secretKey{b.by, b.secret}
		known, ok := now[k]
		if !ok {
			known.cred, known.good = p.live(ctx, b)
			now[k] = known
		}
		if !known.good {
			return false
		}
		reached = reached || b.reach && p.mayReach(ctx, known.cred, f.entry)
	}
	return reached || !f.identity.reaches()
}

// Drain ends websockets and event streams, with the word that the hub goes away,
// and waits for the other requests until ctx ends; then it cuts them off and says
// so. No websocket is opened any more. Servers are not touched.
func (p *Proxy) Drain(ctx context.Context) error {
	p.draining.Store(true)
	endAll(p.flows.where(0, (*flow).long), goingAway)
	defer p.hangUp()
	select {
	case <-p.flows.none():
		return nil
	case <-ctx.Done():
		endAll(p.flows.where(0, func(*flow) bool { return true }), goingAway)
		return ctx.Err()
	}
}

// hangUp closes the connections to servers that nobody uses.
func (p *Proxy) hangUp() {
	p.servers.transport.CloseIdleConnections()
	p.services.transport.CloseIdleConnections()
	for _, e := range p.table.Load().by {
		e.lines.close()
	}
}

// TakeActivity tells when servers were last active, by their ids, of those that
// were since the last call.
func (p *Proxy) TakeActivity() map[int64]time.Time {
	p.routing.Lock()
	defer p.routing.Unlock()
	current := map[int64]bool{}
	for _, e := range p.table.Load().by {
		current[e.ServerID] = true
	}
	return p.activity.take(current)
}

// ServicesUsed tells when each service that has a route was last used, by its id; at
// the earliest when it got the route.
func (p *Proxy) ServicesUsed() map[int64]time.Time {
	at := map[int64]time.Time{}
	for _, e := range p.table.Load().by {
		if e.ServiceID != 0 {
			at[e.ServiceID] = time.UnixMicro(e.seen.Load()).UTC()
		}
	}
	return at
}

// activity counts by server. A counter lives as long as its server has a route, and
// until it was read.
type activity struct {
	mu   sync.Mutex
	seen map[int64]*atomic.Int64
}

func (a *activity) counter(server int64) *atomic.Int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.seen[server]
	if c == nil {
		c = new(atomic.Int64)
	}
	if server != 0 { // what services do nobody counts
		a.seen[server] = c
	}
	return c
}

func (a *activity) take(current map[int64]bool) map[int64]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := map[int64]time.Time{}
	for id, c := range a.seen {
		if micro := c.Swap(0); micro != 0 {
			at[id] = time.UnixMicro(micro).UTC()
		}
		if !current[id] {
			delete(a.seen, id)
		}
	}
	return at
}

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

// SetRoutes replaces all routes at once. It closes the websockets of routes that are
// removed or changed; a route that stays the same keeps its own.
func (p *Proxy) SetRoutes(routes []Route) {
	p.routesMu.Lock()
	defer p.routesMu.Unlock()
	old := p.table.Load()
	entries := make([]*entry, 0, len(routes))
	for _, r := range routes {
		if r.Upstream == nil || r.Upstream.Host == "" || !strings.HasPrefix(r.Prefix, p.opts.Base) || r.Prefix == p.opts.Base {
			continue
		}
		e := old.byKey[routeKey(r.Prefix)]
		if e == nil || !e.isFor(r) {
			e = &entry{Route: r, seen: p.activity.counter(r.ServerID)}
			if r.ServiceID != 0 {
				e.seen.active.Store(p.opts.Clock().UnixMicro())
			}
		}
		entries = append(entries, e)
	}
	next := newTable(entries)
	p.table.Store(next)
	removed := false
	for _, e := range old.byKey {
		if !next.has(e) {
			removed = true
			e.pool.close()
		}
	}
	if !removed {
		return
	}
	endAll(p.exchanges.find(0, func(x *exchange) bool { return x.isUpgraded() && !next.has(x.entry) }), goingAway)
	// A Transport cannot close the idle connections to one host only: close all of them.
	p.servers.transport.CloseIdleConnections()
	p.services.transport.CloseIdleConnections()
}

// maxRecheckUsers is up to how many changed users Apply rechecks one by one. For more, it
// rechecks everybody at once, as Run does every two seconds.
const maxRecheckUsers = 64

// Apply ends the open connections that changes have taken the credentials or the access of.
// Identities must have applied the changes already. It may read from Identities, and does not
// wait for clients.
func (p *Proxy) Apply(changes ...data.Change) {
	var users []int64
	for _, c := range changes {
		switch c.Kind {
		case data.ServerChanged, data.ServerDoubted, data.GroupChanged, data.HomeChanged:
			continue
		case data.TokenRevoked:
			p.changes.Add(1)
			hit := boundTo(func(cred Credential) bool { return cred.TokenHash != "" && cred.TokenHash == c.Key })
			endAll(p.exchanges.find(c.UserID, hit), policyViolation)
		case data.SessionRevoked:
			p.changes.Add(1)
			hit := boundTo(func(cred Credential) bool { return cred.SessionID != "" && cred.SessionID == c.Key })
			endAll(p.exchanges.find(c.UserID, hit), policyViolation)
		case data.UserChanged:
			p.changes.Add(1)
			users = append(users, c.ID)
		case data.Resync:
			p.changes.Add(1)
			users = append(users, 0)
		case data.ServiceChanged:
			p.changes.Add(1)
		}
	}
	if len(users) > maxRecheckUsers || slices.Contains(users, 0) {
		users = []int64{0}
	}
	for _, id := range users {
		p.recheck(context.Background(), id)
	}
}

// Run looks through all open connections every two seconds until ctx ends: no change
// announces that a session or a token has expired, and who is in a server by way of a
// connection that stays open may send no other request for hours.
func (p *Proxy) Run(ctx context.Context) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.look(ctx)
		}
	}
}

// look ends what is not allowed any more, and tells of the visitors who stay.
func (p *Proxy) look(ctx context.Context) {
	p.recheck(ctx, 0)
	p.noteVisitors(ctx)
}

// noteVisitors calls Options.OnVisit for those who are in somebody else's server by way of a
// connection that is open, once for each of them in each server.
func (p *Proxy) noteVisitors(ctx context.Context) {
	if p.opts.OnVisit == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recheckTimeout)
	defer cancel()
	type visit struct{ userID, serverID int64 }
	noted := map[visit]bool{}
	for _, x := range p.exchanges.find(0, (*exchange).isVisit) {
		b, _ := x.visitor()
		v := visit{b.cred.UserID, x.entry.ServerID}
		if noted[v] {
			continue
		}
		noted[v] = true
		if err := x.noteVisitor(ctx); err != nil { // the others would wait for the same database
			p.opts.Logger.WarnContext(ctx, "cannot note that somebody is still in somebody else's server", "user_id", x.entry.UserID, "error", err)
			return
		}
	}
}

// recheckTimeout limits one recheck of all open connections.
const recheckTimeout = 10 * time.Second

// recheck ends the connections whose session or token has become invalid or no longer
// grants the access that it did: one person's, or with userID 0 everybody's.
func (p *Proxy) recheck(ctx context.Context, userID int64) {
	ctx, cancel := context.WithTimeout(ctx, recheckTimeout)
	defer cancel()
	cache := recheckCache{}
	var dead []*exchange
	for _, x := range p.exchanges.find(userID, func(*exchange) bool { return true }) {
		if !p.stillAllowed(ctx, x, cache) {
			dead = append(dead, x)
		}
	}
	endAll(dead, policyViolation)
}

// recheckCache holds the results of one recheck, so that it looks up each session and
// token once.
type recheckCache map[secretKey]recheckResult

type secretKey struct {
	source credentialSource
	secret string
}

type recheckResult struct {
	cred  Credential
	valid bool
}

// stillAllowed reports whether all credentials of an exchange are still valid and, if any
// granted access to the server, whether one still does. An exchange without such a
// credential, which the server let in by itself, stays.
func (p *Proxy) stillAllowed(ctx context.Context, x *exchange, cache recheckCache) bool {
	hasAccess := false
	for _, b := range x.identity.bindings {
		k := secretKey{b.source, b.secret}
		result, ok := cache[k]
		if !ok {
			result.cred, result.valid = p.stillValid(ctx, b)
			cache[k] = result
		}
		if !result.valid {
			return false
		}
		hasAccess = hasAccess || b.grantsAccess && p.mayAccess(ctx, result.cred, x.entry)
	}
	return hasAccess || !x.identity.hasAccess()
}

// Drain ends websockets and event streams with the close code "going away" and waits for
// all other requests. When ctx ends before they do, it cuts them off and returns ctx's
// error. From its call on no websocket is opened. Servers keep running.
func (p *Proxy) Drain(ctx context.Context) error {
	p.draining.Store(true)
	endAll(p.exchanges.find(0, (*exchange).isLongLived), goingAway)
	defer p.closeIdle()
	select {
	case <-p.exchanges.drained():
		return nil
	case <-ctx.Done():
		endAll(p.exchanges.find(0, func(*exchange) bool { return true }), goingAway)
		return ctx.Err()
	}
}

// closeIdle closes the idle connections to servers and services.
func (p *Proxy) closeIdle() {
	p.servers.transport.CloseIdleConnections()
	p.services.transport.CloseIdleConnections()
	for _, e := range p.table.Load().byKey {
		e.pool.close()
	}
}

// TakeActivity returns when servers were last active, and last used, by server id, for those
// that were since the last call. What an open page does by itself is activity and no use.
func (p *Proxy) TakeActivity() (active, used map[int64]time.Time) {
	p.routesMu.Lock()
	defer p.routesMu.Unlock()
	current := map[int64]bool{}
	for _, e := range p.table.Load().byKey {
		current[e.ServerID] = true
	}
	return p.activity.take(current)
}

// ServicesUsed returns when each service that has a route was last used, by service id; a
// service not used yet counts from when it got the route.
func (p *Proxy) ServicesUsed() map[int64]time.Time {
	at := map[int64]time.Time{}
	for _, e := range p.table.Load().byKey {
		if e.ServiceID != 0 {
			at[e.ServiceID] = time.UnixMicro(e.seen.active.Load()).UTC()
		}
	}
	return at
}

// lastSeen is when a server was last active and last used, in Unix microseconds; 0 is not since it was taken.
type lastSeen struct{ active, used atomic.Int64 }

// activity holds when each server was last seen. A counter lives until its server has no route
// any more and its value was taken.
type activity struct {
	mu       sync.Mutex
	counters map[int64]*lastSeen
}

func (a *activity) counter(server int64) *lastSeen {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.counters[server]
	if c == nil {
		c = new(lastSeen)
	}
	if server != 0 { // the activity of services is not collected
		a.counters[server] = c
	}
	return c
}

func (a *activity) take(current map[int64]bool) (active, used map[int64]time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	active, used = map[int64]time.Time{}, map[int64]time.Time{}
	for id, c := range a.counters {
		if micro := c.active.Swap(0); micro != 0 {
			active[id] = time.UnixMicro(micro).UTC()
		}
		if micro := c.used.Swap(0); micro != 0 {
			used[id] = time.UnixMicro(micro).UTC()
		}
		if !current[id] {
			delete(a.counters, id)
		}
	}
	return active, used
}

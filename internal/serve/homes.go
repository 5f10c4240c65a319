package serve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/homes"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/replica"
	"github.com/atriumhub/atrium/internal/serve/setup"
)

const (
	tendEvery = 10 * time.Second // homes whose change was not heard of
	packEvery = 2 * time.Second
	// strayStops is how many servers that nobody knows of are stopped at once.
	strayStops = 16
)

// buildDriver opens the homes and makes the driver, makes both known to the use cases, and
// says what an operator should know of them. It also makes the lease, which is for the
// driver's node.
func (p *parts) buildDriver(ctx context.Context, newHomes bool) error {
	hubID, err := p.app.HubID(ctx)
	if err != nil {
		return err
	}
	if p.homes, err = openHomes(p.cfg, hubID, p.log); err != nil {
		return err
	}
	if p.driver, err = newDriver(p.env, p.cfg, p.homes, p.log); err != nil {
		return err
	}
	if err := p.driver.Check(ctx); err != nil {
		return err
	}
	p.lease = replica.New(replica.Options{
		Store: p.store, Node: p.driver.Node(), Version: command.Version(), Alone: p.store.Alone(), Logger: p.log,
	})
	// Before the node, its homes, people and the configuration are written: they are the other
	// hub's where this one works on a copy of its data directory.
	if err := p.lease.Look(ctx); err != nil {
		return err
	}
	if remembers, ok := p.driver.(interface{ HighestServer() int64 }); ok {
		if err := p.app.RaiseIDs(ctx, 0, remembers.HighestServer()); err != nil {
			return err
		}
	}
	node := hub.Node{ID: p.driver.Node(), Host: setup.Hostname()}
	var place homes.HomePlace
	if p.homes != nil { // not a nil pointer in an interface
		place = p.homes
	}
	found, err := p.app.OpenHomes(ctx, place, node, newHomes)
	if err != nil {
		return err
	}
	for _, w := range p.homeWords(found, node) {
		p.tell(ctx, w)
	}
	return nil
}

// tell says something to the operator, on standard error and to those who read the log alone.
func (p *parts) tell(ctx context.Context, words string) {
	fmt.Fprintf(p.env.Err, "atrium: %s\n", words)
	p.log.InfoContext(ctx, "said at the start", "words", words)
}

// strays are notebook servers that run on this machine and that the database does not know
// of: it was lost, or went back to a backup. Nobody can reach them any more. It says so, or
// stops them where that is wanted; not by itself, since the database may be the wrong one.
func (p *parts) strays(ctx context.Context, stop bool) error {
	driver, ok := p.driver.(interface {
		Living() (map[int64]int64, error)
	})
	if !ok {
		return nil
	}
	living, err := driver.Living()
	if err != nil {
		return err
	}
	known, err := p.app.KnownServers(ctx, slices.Collect(maps.Keys(living)))
	if err != nil {
		return err
	}
	maps.DeleteFunc(living, func(id, _ int64) bool { return known[id] })
	switch {
	case len(living) == 0:
		return nil
	case !stop:
		p.tell(ctx, fmt.Sprintf("warning: %s here that the database does not know of: it was lost, or is another one. To stop them: atrium serve --stop-strays",
			countServers(len(living), "runs", "run")))
		return nil
	}
	p.tell(ctx, countServers(len(living), "that the database does not know of is stopped", "that the database does not know of are stopped"))
	var g errgroup.Group
	g.SetLimit(strayStops)
	for id, fence := range living {
		g.Go(func() error { return p.driver.Stop(ctx, id, fence, true) })
	}
	return g.Wait()
}

// homeWords is what an operator should know of homes and of other nodes, a sentence each.
func (p *parts) homeWords(found homes.Found, node hub.Node) (words []string) {
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if p.homes != nil {
		dir := p.homes.Dir()
		if found.Adopted > 0 {
			say("the %d home folders in %s know now whose they are; they keep their user ids", found.Adopted, dir)
		}
		if p.homes.Former() != "" {
			say("warning: the homes in %s were another hub's until now: its database was lost, or is another one. People get new homes; "+
				"an administrator gives them the former ones: atrium homes list --unowned", dir)
		}
		if found.Unowned > 0 {
			say("homes in %s that are nobody's: %d; see atrium homes list --unowned", dir, found.Unowned)
		}
		if found.Closed > 0 {
			say("warning: the database is older than the homes in %s, as from a backup. People who had not set their first password when it was made, and have a home, "+
				"cannot set it by logging in any more, since others' work may be in the home: %d; see atrium users list --without-password, and set one for them", dir, found.Closed)
		}
		if found.Elsewhere > 0 {
			say("people whose home lies in another place, where alone their servers start: %d", found.Elsewhere)
		}
	}
	for _, n := range found.Nodes {
		age := hub.SystemClock().Sub(n.LastSeen)
		switch {
		case n.ID == node.ID:
		case age < homes.NodeAway: // said to be at work
			say("another node works on this database, too: %s (%s), homes in %s. People's servers start where their homes are, and are reached there", n.Host, n.ID, n.Folder)
		case n.Servers > 0:
			say("warning: %d servers are on record as running on the node %s (%s), last seen %s. If it is gone for good: atrium servers forget %s",
				n.Servers, n.Host, n.ID, lastSeen(n), n.ID)
		}
	}
	return words
}

func lastSeen(n hub.Node) string {
	if n.LastSeen.IsZero() {
		return "never"
	}
	return n.LastSeen.Format("2006-01-02 15:04 UTC")
}

// tendHomes keeps the records of homes up to date until ctx ends.
func (p *parts) tendHomes(ctx context.Context) error {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		if err := p.app.TendHomes(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "cannot tend people's homes; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.app.HomesDue():
		case <-tick.C:
		}
	}
}

// packHomes packs and unpacks homes until ctx ends. That may take long, so nothing else
// waits for it.
func (p *parts) packHomes(ctx context.Context) error {
	tick := time.NewTicker(packEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := p.app.PackHomes(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "cannot pack or unpack a home; trying again", "error", err)
		}
	}
}

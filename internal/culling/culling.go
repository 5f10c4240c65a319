package culling

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
	"github.com/atriumhub/atrium/internal/servers"
)

// Ask asks a running notebook server, with a token that opens it, what its kernels do. It fails where the server
// does not answer as Jupyter's do.
type Ask func(ctx context.Context, s hub.Server, token string) (hub.Kernels, error)

// Deps is what Culling is made from.
type Deps struct {
	Rules     Rules
	Store     data.Store
	Servers   *servers.Servers
	Directory *mirror.Directory
	Logger    *slog.Logger
}

// Culling stops what nobody uses, and says when it will.
type Culling struct {
	rules     Rules
	store     data.Store
	servers   *servers.Servers
	directory *mirror.Directory
	log       *slog.Logger
}

// New makes Culling.
func New(d Deps) *Culling {
	return &Culling{rules: d.Rules, store: d.Store, servers: d.Servers, directory: d.Directory, log: d.Logger}
}

// Culled is what one turn stopped.
type Culled struct {
	Idle, Aged int // servers
}

// candidate is a server that may be due.
type candidate struct {
	server hub.Server
	idle   hub.Idleness
	groups []string
}

// CullServers looks once at the servers that owner drives, and asks those to stop whose time is over. An
// error with one server is logged, and the others go on.
func (c *Culling) CullServers(ctx context.Context, owner string, ask Ask) (culled Culled, err error) {
	if !c.rules.Enabled {
		return culled, nil
	}
	due, err := c.candidates(ctx, owner)
	if err != nil {
		return culled, err
	}
	var mu sync.Mutex
	c.each(ctx, len(due), func(n int) {
		why, err := c.settle(ctx, due[n], ask)
		if err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "cannot tell whether a server is idle; trying again at the next turn", "server", due[n].server.FullName(), "error", err)
		}
		mu.Lock()
		defer mu.Unlock()
		switch why {
		case hub.StopIdle:
			culled.Idle++
		case hub.StopAged:
			culled.Aged++
		}
	})
	return culled, nil
}

// each does n things, Rules.Concurrency at a time.
func (c *Culling) each(ctx context.Context, n int, do func(int)) {
	turns := make(chan struct{}, max(c.rules.Concurrency, 1))
	var all sync.WaitGroup
	defer all.Wait()
	for i := range n {
		select {
		case <-ctx.Done():
			return
		case turns <- struct{}{}:
		}
		all.Go(func() {
			defer func() { <-turns }()
			do(i)
		})
	}
}

// candidates are the servers that are due by what is known without asking them.
func (c *Culling) candidates(ctx context.Context, owner string) (due []candidate, err error) {
	now, idle, list, err := c.unused(ctx, owner)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]hub.Server, len(list))
	for _, s := range list {
		byID[s.ID] = s
	}
	for _, x := range idle {
		s := byID[x.ServerID]
		groups, err := c.groupsOf(ctx, s.UserID)
		if err != nil {
			return nil, err
		}
		if c.rules.due(now, s, x, groups) != "" {
			due = append(due, candidate{s, x, groups})
		}
	}
	return due, nil
}

// unused are the servers that somebody's limits may be over for, as they are now.
func (c *Culling) unused(ctx context.Context, owner string) (now time.Time, idle []hub.Idleness, list []hub.Server, err error) {
	err = c.store.View(ctx, func(tx data.Tx) (err error) {
		now = tx.Now()
		usedBy, startedBy := before(now, c.rules.narrowest())
		if idle, err = tx.IdleServers(ctx, owner, usedBy, startedBy); err != nil || len(idle) == 0 {
			return err
		}
		ids := make([]int64, len(idle))
		for i, x := range idle {
			ids[i] = x.ServerID
		}
		list, err = tx.ServersByID(ctx, ids)
		return err
	})
	return now, idle, list, err
}

// before gives the times by which a server has to have been used and started not to be due; zero for none.
func before(now time.Time, l Limits) (usedBy, startedBy time.Time) {
	if l.Timeout > 0 {
		usedBy = now.Add(-l.Timeout)
	}
	if l.MaxAge > 0 {
		startedBy = now.Add(-l.MaxAge)
	}
	return usedBy, startedBy
}

func (c *Culling) groupsOf(ctx context.Context, userID int64) ([]string, error) {
	p, err := c.directory.ByID(ctx, userID)
	if hub.Is(err, hub.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p.Groups, nil
}

// settle stops a server that is due, and says why it did. One that would go because it is idle is asked first.
func (c *Culling) settle(ctx context.Context, x candidate, ask Ask) (why hub.StopReason, err error) {
	now, err := c.now(ctx)
	if err != nil {
		return "", err
	}
	why = c.rules.due(now, x.server, x.idle, x.groups)
	if why == hub.StopIdle {
		if x.idle, err = c.hear(ctx, x, ask); err != nil {
			return "", err
		}
		why = c.rules.due(now, x.server, x.idle, x.groups)
	}
	if why == "" {
		return "", nil
	}
	done, err := c.servers.Cull(ctx, servers.Cull{Server: x.server, Idle: x.idle, Why: why, Remove: c.rules.RemoveNamed && x.server.Name != ""})
	if err != nil || !done {
		return "", err
	}
	c.log.InfoContext(ctx, "a server is stopped", "server", x.server.FullName(), "reason", why,
		"unused_seconds", now.Sub(x.idle.LastUsed).Seconds(), "seconds", now.Sub(x.idle.Started).Seconds())
	return why, nil
}

// hear asks a server what its kernels do, and writes it down.
func (c *Culling) hear(ctx context.Context, x candidate, ask Ask) (hub.Idleness, error) {
	token, err := c.servers.LendToken(ctx, x.server)
	if err != nil {
		return x.idle, err
	}
	said, err := ask(ctx, x.server, token)
	if ctx.Err() != nil {
		return x.idle, ctx.Err()
	}
	answered := err == nil
	if !answered { // it is none of Jupyter's, or hangs: its own reports are all there is
		c.log.DebugContext(ctx, "a server does not say what its kernels do", "server", x.server.FullName(), "error", err)
		said = hub.Kernels{LastUsed: x.server.LastActivity}
	}
	known := x.idle
	err = c.store.WithServer(ctx, x.server.ID, func(tx data.Tx) error {
		if answered {
			said.Asked = tx.Now()
		}
		if said.Busy > 0 {
			said.LastUsed = tx.Now()
		}
		if err := tx.NoteKernels(ctx, x.server.ID, said); err != nil {
			return err
		}
		list, err := tx.IdlenessOf(ctx, []int64{x.server.ID})
		if err == nil && len(list) == 1 {
			known = list[0]
		}
		return err
	})
	return known, err
}

// CullsUsers tells whether people whom nobody has seen for long are deleted.
func (c *Culling) CullsUsers() bool { return c.rules.Enabled && c.rules.Users }

// UserDue gives why somebody, as they are now, is to be deleted: they were not seen for long, or are there for as long as anybody
// may be. It is empty where they stay.
func (c *Culling) UserDue(now time.Time, u hub.User) hub.StopReason { return c.rules.userDue(now, u) }

// Prospects says when those of the servers of somebody in groups end that are running and end by themselves, by the
// servers' ids. It reads the database only where there is one.
func (c *Culling) Prospects(ctx context.Context, groups []string, list []hub.Server) (map[int64]hub.Prospect, error) {
	running := map[int64]hub.Server{}
	var ids []int64
	for _, s := range list {
		if c.rules.Enabled && s.Running() && s.WantRunning {
			running[s.ID] = s
			ids = append(ids, s.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found := map[int64]hub.Prospect{}
	err := c.store.View(ctx, func(tx data.Tx) error {
		idle, err := tx.IdlenessOf(ctx, ids)
		for _, i := range idle {
			if e, ok := c.rules.End(running[i.ServerID], i, groups); ok {
				found[i.ServerID] = hub.Prospect{Idleness: i, Ends: e.At, Why: e.Why, Spared: e.Spared}
			}
		}
		return err
	})
	return found, err
}

func (c *Culling) now(ctx context.Context) (now time.Time, err error) {
	err = c.store.View(ctx, func(tx data.Tx) error {
		now = tx.Now()
		return nil
	})
	return now, err
}

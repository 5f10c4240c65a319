package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// measureServers starts everybody's server at once and leaves the last round's running,
// for the rows that need them.
func (b *bench) measureServers(ctx context.Context) error {
	wanted := b.opt.wants(rowServers)
	rounds := 1
	if wanted {
		rounds = b.opt.rounds
	}
	hubs := []*hub{b.ours, b.theirs}
	found := make([][]sample, len(hubs))
	for round := range rounds {
		for i, h := range hubs {
			if round > 0 {
				if err := b.stopServers(ctx, h); err != nil {
					return err
				}
			}
			got, err := b.startServers(ctx, h)
			if err != nil {
				return err
			}
			found[i] = append(found[i], got)
		}
	}
	if !wanted {
		return nil
	}
	b.report.compare(comparison{
		Row: rowServers, Work: fmt.Sprintf("%d servers started at once, until all are ready", b.opt.servers),
		Unit: seconds, Less: true, Ours: found[0], Theirs: found[1], Bar: 8,
	})
	return b.measureAllAtOnce(ctx)
}

// measureAllAtOnce is Atrium allowed to start as many at once as JupyterHub does by
// itself; the row above is both as they come.
func (b *bench) measureAllAtOnce(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-wide", fmt.Sprintf("ATRIUM_SPAWNER_CONCURRENT_STARTS=%d", b.opt.servers))
	if err != nil {
		return err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	if err := h.client.createUsers(ctx, b.opt.servers); err != nil {
		return err
	}
	var took []sample
	for range b.opt.rounds {
		got, err := b.startServers(ctx, h)
		if err != nil {
			return err
		}
		took = append(took, got)
		if err := b.stopServers(ctx, h); err != nil {
			return err
		}
	}
	b.report.fact(fact{
		Row: rowServers, Work: fmt.Sprintf("%[1]d servers started at once, with `spawner.concurrent_starts: %[1]d`", b.opt.servers),
		Value: median(values(took)), Unit: seconds,
	})
	return h.stop()
}

// startServers asks for all servers at once, and waits until the last is ready.
func (b *bench) startServers(ctx context.Context, h *hub) (sample, error) {
	pids := h.all()
	before, err := cpuTime(pids)
	if err != nil {
		return sample{}, err
	}
	begun := time.Now()
	err = each(b.opt.servers, b.opt.servers, func(i int) error { return h.client.startServer(ctx, userName(i)) })
	if err != nil {
		return sample{}, fmt.Errorf("%s: start a server: %w", h.name, err)
	}
	took := time.Since(begun)
	after, err := cpuTime(pids)
	if err != nil {
		return sample{}, err
	}
	b.say("%d servers started by %s in %.2f s", b.opt.servers, h.name, took.Seconds())
	if err := b.allReady(ctx, h); err != nil {
		return sample{}, err
	}
	return sample{Value: took.Seconds(), CPU: (after - before).Seconds() / float64(b.opt.servers)}, nil
}

// attempts is how often somebody asks for a server that doesn't start. On a machine with
// other work to do, starting a hundred at once may take longer than a hub lets one take.
const attempts = 3

// startServer waits for the answer, which comes when the server is ready, and asks
// again and again where the hub answers sooner.
func (c *client) startServer(ctx context.Context, name string) error {
	for range attempts {
		res, err := c.call(ctx, http.MethodPost, "/hub/api/users/"+name+"/server", nil,
			http.StatusCreated, http.StatusAccepted, http.StatusInternalServerError)
		if err != nil || res.status == http.StatusCreated {
			return err
		}
		err = c.await(ctx, name, func(u user) bool { return u.ready() || u.stopped() })
		if err != nil {
			return err
		}
		if err := c.ready(ctx, name); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the server of %s does not start, asked for %d times", name, attempts)
}

// stopServer asks a server to stop, and says whether it has by the time of the answer.
func (c *client) stopServer(ctx context.Context, name string) (stopped bool, err error) {
	res, err := c.call(ctx, http.MethodDelete, "/hub/api/users/"+name+"/server", nil, http.StatusNoContent, http.StatusAccepted)
	return res.status == http.StatusNoContent, err
}

// await waits until somebody's model is as it should be.
func (c *client) await(ctx context.Context, name string, reached func(user) bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		u, err := c.user(ctx, name)
		if err != nil || reached(u) {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the server of %s is not as it should be after %s", name, patience)
}

// allReady asks the hub once whether it sees all servers ready.
func (b *bench) allReady(ctx context.Context, h *hub) error {
	p, err := h.client.page(ctx, "/hub/api/users?state=ready&limit=200")
	if err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	if p.Pagination.Total != b.opt.servers {
		return fmt.Errorf("%s: %d servers are ready, not %d", h.name, p.Pagination.Total, b.opt.servers)
	}
	return nil
}

func (b *bench) stopServers(ctx context.Context, h *hub) error {
	err := each(b.opt.servers, b.opt.servers, func(i int) error {
		name := userName(i)
		if _, err := h.client.stopServer(ctx, name); err != nil {
			return err
		}
		return h.client.await(ctx, name, user.stopped)
	})
	if err != nil {
		return fmt.Errorf("%s: stop a server: %w", h.name, err)
	}
	return nil
}

// each does n pieces of work, so many at once, and gives what went wrong with any.
func each(n, atOnce int, do func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	places := make(chan struct{}, atOnce)
	for i := range n {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			errs[i] = do(i)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err // one says what is wrong; a hundred say it no better
		}
	}
	return nil
}

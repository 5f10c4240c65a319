package main

import (
	"context"
	"fmt"
	"time"
)

// prepare starts the two hubs that are compared and fills them, which is itself a row.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.ours, err = b.newAtrium(ctx, "atrium"); err != nil {
		return err
	}
	hubs := []*hub{b.ours}
	if b.opt.wants(besideJupyterHub()...) {
		if b.theirs, err = b.newJupyterHub(ctx); err != nil {
			return err
		}
		hubs = append(hubs, b.theirs)
	}
	var took [2][]sample
	for i, h := range hubs {
		if _, err := h.begin(ctx); err != nil {
			return err
		}
		got, err := b.fill(ctx, h)
		if err != nil {
			return err
		}
		took[i] = append(took[i], got)
	}
	b.filled = true
	if !b.opt.wants(rowCreate) {
		return nil
	}
	for round := 1; round < b.opt.rounds; round++ {
		got, err := b.fillAnother(ctx, round)
		if err != nil {
			return err
		}
		took[0] = append(took[0], got)
	}
	work := fmt.Sprintf("%s users made, %d names a request", thousands(b.opt.users), namesAtOnce)
	b.report.compare(comparison{
		Row: rowCreate, Work: work, Unit: seconds, Less: true, Ours: took[0], Theirs: took[1], Bar: 50,
		Note: "JupyterHub once, since it takes it minutes",
	})
	b.report.fact(fact{Row: rowCreate, Work: work, Value: median(values(took[0])), Unit: seconds, AtMost: 3})
	return nil
}

// fill makes all users in a hub.
func (b *bench) fill(ctx context.Context, h *hub) (sample, error) {
	pids := h.all()
	before, err := cpuTime(pids)
	if err != nil {
		return sample{}, err
	}
	begun := time.Now()
	if err := h.client.createUsers(ctx, b.opt.users); err != nil {
		return sample{}, fmt.Errorf("%s: %w", h.name, err)
	}
	took := time.Since(begun)
	after, err := cpuTime(pids)
	if err != nil {
		return sample{}, err
	}
	b.say("%d users made by %s in %.2f s", b.opt.users, h.name, took.Seconds())
	return sample{Value: took.Seconds(), CPU: (after - before).Seconds() / float64(b.opt.users)}, nil
}

// fillAnother is a further round of Atrium, in a hub that is there for that alone.
func (b *bench) fillAnother(ctx context.Context, round int) (sample, error) {
	h, err := b.newAtrium(ctx, fmt.Sprintf("atrium-create-%d", round))
	if err != nil {
		return sample{}, err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return sample{}, err
	}
	got, err := b.fill(ctx, h)
	if err != nil {
		return sample{}, err
	}
	return got, h.stop()
}

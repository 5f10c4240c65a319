package main

import (
	"context"
	"fmt"
)

const starts = 5 // of Atrium alone

// measureStart is Atrium alone: how soon it is there, and what it holds at rest.
func (b *bench) measureStart(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-alone")
	if err != nil {
		return err
	}
	defer h.kill()
	b.say("Atrium alone: an empty data directory, then %d users", b.opt.users)
	took, err := h.begin(ctx)
	if err != nil {
		return err
	}
	b.report.fact(fact{Row: rowStart, Work: "start to the first answer, empty data directory", Value: took.Seconds(), Unit: seconds})
	if err := h.client.createUsers(ctx, b.opt.users); err != nil {
		return err
	}
	var times, fresh []float64
	for range starts {
		if err := h.stop(); err != nil {
			return err
		}
		took, err := h.start(ctx, func(ctx context.Context) error {
			_, err := h.client.user(ctx, userName(b.opt.users-1))
			return err
		})
		if err != nil {
			return err
		}
		bytes, err := memory(h.all())
		if err != nil {
			return err
		}
		times, fresh = append(times, took.Seconds()), append(fresh, float64(bytes))
	}
	b.say("Atrium alone: %s at rest", b.opt.rest)
	if err := pause(ctx, b.opt.rest); err != nil {
		return err
	}
	rested, err := memory(h.all())
	if err != nil {
		return err
	}
	b.report.fact(fact{Row: rowStart, Work: fmt.Sprintf("start to the first answer about one of %s users", thousands(b.opt.users)), Value: median(times), Unit: seconds})
	b.report.fact(fact{Row: rowStart, Work: "resident memory right after that start", Value: median(fresh), Unit: megabytes})
	b.report.fact(fact{Row: rowStart, Work: fmt.Sprintf("resident memory after %s at rest", b.opt.rest), Value: float64(rested), Unit: megabytes})
	return h.stop()
}

package main

import (
	"context"
	"fmt"
)

// logins is how many people log in by the form before memory is read.
const logins = 50

// measureRestart ends each hub while everybody's server runs, and starts it again. What
// it holds in memory is read some time after people have logged in to the new process.
func (b *bench) measureRestart(ctx context.Context) error {
	hubs := []*hub{b.ours, b.theirs}
	found, held := make([][]sample, len(hubs)), make([][]sample, len(hubs))
	for range b.opt.rounds {
		for i, h := range hubs {
			took, err := b.restart(ctx, h)
			if err != nil {
				return err
			}
			found[i] = append(found[i], took)
		}
		if !b.opt.wants(rowMemory) {
			continue
		}
		bytes, err := b.memories(ctx, hubs)
		if err != nil {
			return err
		}
		for i := range hubs {
			held[i] = append(held[i], sample{Value: bytes[i]})
		}
	}
	if b.opt.wants(rowRestart) {
		b.report.compare(comparison{
			Row: rowRestart, Work: fmt.Sprintf("hub start with %s users and %d running servers, to the first right answer",
				thousands(b.opt.users), b.opt.servers),
			Unit: seconds, Less: true, Ours: found[0], Theirs: found[1], Bar: 10,
		})
	}
	if b.opt.wants(rowMemory) {
		b.report.compare(comparison{
			Row: rowMemory, Work: fmt.Sprintf("memory of hub and proxy, %s users, %d servers, %s after the last of %d logins",
				thousands(b.opt.users), b.opt.servers, b.opt.rest, logins),
			Unit: megabytes, Less: true, Ours: held[0], Theirs: held[1], Bar: 4,
		})
	}
	return nil
}

// restart gives the time from the start of the new process to its first right answer:
// that a server which kept running is ready.
func (b *bench) restart(ctx context.Context, h *hub) (sample, error) {
	if err := h.stop(); err != nil {
		return sample{}, err
	}
	took, err := h.start(ctx, func(ctx context.Context) error { return h.client.ready(ctx, userName(0)) })
	if err != nil {
		return sample{}, err
	}
	cpu, err := cpuTime(h.all())
	if err != nil {
		return sample{}, err
	}
	b.say("%s restarted in %.3f s", h.name, took.Seconds())
	_, err = h.process.until(ctx, func(ctx context.Context) error { return b.allReady(ctx, h) })
	return sample{Value: took.Seconds(), CPU: cpu.Seconds()}, err
}

// memories has people log in everywhere, and reads what the hubs hold some time after.
func (b *bench) memories(ctx context.Context, hubs []*hub) ([]float64, error) {
	for _, h := range hubs {
		for i := range logins {
			if _, err := login(ctx, h.public, userName(i), userPath(i)); err != nil {
				return nil, fmt.Errorf("%s: %w", h.name, err)
			}
		}
		h.client.close()
	}
	b.say("%s at rest after %d logins", b.opt.rest, logins)
	if err := pause(ctx, b.opt.rest); err != nil {
		return nil, err
	}
	var found []float64
	for _, h := range hubs {
		bytes, err := memory(h.all())
		if err != nil {
			return nil, err
		}
		found = append(found, float64(bytes))
	}
	return found, nil
}

// userPath is where somebody's server is.
func userPath(i int) string { return "/user/" + userName(i) + "/" }

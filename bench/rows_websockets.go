package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// mostForReturn is how long what was opened for websockets may stay open after them.
const mostForReturn = time.Minute

// held is what a hub has open.
type held struct{ descriptors, goroutines int }

func (h held) within(other held) bool {
	return h.descriptors <= other.descriptors && h.goroutines <= other.goroutines
}

// measureWebsockets compares how many messages go through many websockets and back,
// and looks whether all that they took is given back when they are gone.
func (b *bench) measureWebsockets(ctx context.Context) error {
	hubs := []*hub{b.ours, b.theirs}
	echoes, returned := make([][]sample, len(hubs)), make([][]float64, len(hubs))
	goroutines := false
	for range b.opt.rounds {
		for i, h := range hubs {
			w, err := b.roundOfWebsockets(ctx, h)
			if err != nil {
				return fmt.Errorf("%s: %w", h.name, err)
			}
			goroutines = goroutines || w.most.goroutines > 0
			b.say("websockets, %s: %.0f/s, %d descriptors, %d goroutines at most, back after %.1f s",
				h.name, w.echoes.Value, w.most.descriptors, w.most.goroutines, w.returned.Seconds())
			echoes[i] = append(echoes[i], w.echoes)
			returned[i] = append(returned[i], w.returned.Seconds())
		}
	}
	b.report.compare(comparison{
		Row: rowWebsockets, Work: fmt.Sprintf("echo round-trips through %s websockets, %d at once", thousands(b.opt.websockets), connections),
		Unit: perSecond, Ours: echoes[0], Theirs: echoes[1], Bar: 2,
	})
	what := "descriptors"
	if goroutines {
		what = "descriptors and goroutines"
	}
	work := fmt.Sprintf("%s all back after %s websockets, half of them abandoned", what, thousands(b.opt.websockets))
	b.report.fact(fact{Row: rowWebsockets, Work: work, Value: largest(returned[0]), Unit: seconds, AtMost: mostForReturn.Seconds()})
	b.report.fact(fact{
		Row: rowWebsockets, Work: "the same of JupyterHub's descriptors", Value: largest(returned[1]), Unit: seconds,
		Note: fmt.Sprintf("watched for %s", mostForReturn),
	})
	return nil
}

type websocketRound struct {
	echoes   sample
	most     held // while they were open
	returned time.Duration
}

func (b *bench) roundOfWebsockets(ctx context.Context, h *hub) (websocketRound, error) {
	var w websocketRound
	path := userPath(0) + "ws"
	cookie, err := login(ctx, h.public, userName(0), path)
	if err != nil {
		return w, err
	}
	if err := pause(ctx, time.Second); err != nil { // whatever the login left open is closed by now
		return w, err
	}
	before, err := h.holds(ctx)
	if err != nil {
		return w, err
	}
	sockets := make([]*websocket, b.opt.websockets)
	defer abandon(sockets)
	err = each(len(sockets), connections, func(i int) (err error) {
		sockets[i], err = openWebsocket(ctx, h.public, path, cookie)
		return err
	})
	if err != nil {
		return w, err
	}
	if w.echoes, err = b.driveWebsockets(ctx, h, sockets); err != nil {
		return w, err
	}
	if w.most, err = h.holds(ctx); err != nil {
		return w, err
	}
	if want := before.descriptors + len(sockets); w.most.descriptors < want {
		return w, fmt.Errorf("%d descriptors are open where at least %d were expected", w.most.descriptors, want)
	}
	begun := time.Now()
	half := len(sockets) / 2
	if err := each(half, connections, func(i int) error { return sockets[i].close() }); err != nil {
		return w, fmt.Errorf("close a websocket: %w", err)
	}
	abandon(sockets[half:])
	for w.returned <= mostForReturn {
		now, err := h.holds(ctx)
		if err != nil {
			return w, err
		}
		w.returned = time.Since(begun)
		if now.within(before) {
			break
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return w, err
		}
	}
	return w, nil
}

func abandon(sockets []*websocket) {
	for _, ws := range sockets {
		if ws != nil {
			ws.abandon()
		}
	}
}

// driveWebsockets sends messages through all, so many at once, each worker going round
// and round those that are its own.
func (b *bench) driveWebsockets(ctx context.Context, h *hub, sockets []*websocket) (sample, error) {
	before, err := cpuTime(h.all())
	if err != nil {
		return sample{}, err
	}
	begun := time.Now()
	counts, errs := make([]int, connections), make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			counts[i], errs[i] = echoLoop(ctx, sockets, i, begun.Add(b.opt.length))
		})
	}
	wg.Wait()
	took := time.Since(begun)
	after, err := cpuTime(h.all())
	if err := errors.Join(append(errs, err)...); err != nil {
		return sample{}, err
	}
	n := 0
	for _, count := range counts {
		n += count
	}
	return sample{Value: float64(n) / took.Seconds(), CPU: (after - before).Seconds() / float64(n)}, nil
}

// echoLoop uses each websocket whose number is the first's plus a multiple of the workers'.
func echoLoop(ctx context.Context, sockets []*websocket, first int, until time.Time) (echoes int, err error) {
	message := fmt.Appendf(nil, "message of worker %02d", first)
	for time.Now().Before(until) && first < len(sockets) {
		for i := first; i < len(sockets) && time.Now().Before(until); i += connections {
			if err := ctx.Err(); err != nil {
				return echoes, err
			}
			if err := sockets[i].echo(message); err != nil {
				return echoes, fmt.Errorf("websocket %d: %w", i, err)
			}
			echoes++
		}
	}
	return echoes, nil
}

// holds counts what the hub's processes have open. Goroutines are 0 where the hub does
// not tell them in its metrics.
func (h *hub) holds(ctx context.Context) (held, error) {
	goroutines, err := h.goroutines(ctx)
	if err != nil {
		return held{}, err
	}
	h.client.close()
	n, err := descriptors(h.all())
	return held{descriptors: n, goroutines: goroutines}, err
}

func (h *hub) goroutines(ctx context.Context) (int, error) {
	n, err := h.metric(ctx, "go_goroutines")
	return int(n), err
}

// metric is the value of one without labels; 0 where the hub doesn't tell it.
func (h *hub) metric(ctx context.Context, name string) (float64, error) {
	res, err := h.client.call(ctx, http.MethodGet, "/hub/metrics", nil, http.StatusOK, http.StatusNotFound, http.StatusForbidden)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(res.body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, nil
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	openPanels      = 50
	panelsLength    = 20 * time.Second
	panelTurns      = 2 // servers a second that start, and as many that stop
	mostPanelsShare = 0.05
)

// measurePanels is what open panels with live updates cost the hub while servers start and stop: its
// processor time with them less that without.
func (b *bench) measurePanels(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-panels")
	if err != nil {
		return err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	if err := h.client.createUsers(ctx, b.opt.users); err != nil {
		return err
	}
	if _, err := b.churn(ctx, h); err != nil { // what only the first does
		return err
	}
	var without, with []float64
	var heard int64
	for range b.opt.rounds {
		share, err := b.churn(ctx, h)
		if err != nil {
			return err
		}
		without = append(without, share)
		events, stop, err := openStreams(ctx, h)
		if err != nil {
			return err
		}
		share, err = b.churn(ctx, h)
		stop()
		if err != nil {
			return err
		}
		with, heard = append(with, share), events.Load()
		b.say("servers that start and stop: %.3f of a processor, %.3f with %d panels, which heard %d events",
			without[len(without)-1], share, openPanels, heard)
	}
	b.report.fact(fact{
		Row: rowPanels, Work: fmt.Sprintf("%d open panels with live updates, %d servers a second that start and stop", openPanels, panelTurns),
		Value: max(0, median(with)-median(without)), Unit: ofAProcessor, AtMost: mostPanelsShare,
		Note: fmt.Sprintf("%.3f with them, %.3f without; %s events heard in %s", median(with), median(without), thousands(int(heard)), panelsLength),
	})
	return h.stop()
}

// churn starts and stops servers at a pace, and gives the part of a processor that the hub took.
func (b *bench) churn(ctx context.Context, h *hub) (float64, error) {
	hubAlone := []int{h.process.pid()}
	before, err := cpuTime(hubAlone)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	pace := time.NewTicker(time.Second / panelTurns)
	defer pace.Stop()
	var turns sync.WaitGroup
	failed := make(chan error, 1)
	for i := 0; time.Since(begun) < panelsLength; i++ {
		name := userName(i)
		turns.Go(func() {
			err := h.client.startServer(ctx, name)
			if err == nil {
				_, err = h.client.stopServer(ctx, name)
			}
			if err == nil {
				err = h.client.await(ctx, name, user.stopped)
			}
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
		<-pace.C
	}
	turns.Wait()
	after, err := cpuTime(hubAlone)
	if err != nil {
		return 0, err
	}
	select {
	case err := <-failed:
		return 0, err
	default:
	}
	return (after - before).Seconds() / time.Since(begun).Seconds(), nil
}

// openStreams opens a stream for each panel, with a token of its own, and counts what all of them
// hear until stop.
func openStreams(ctx context.Context, h *hub) (heard *atomic.Int64, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	heard = &atomic.Int64{}
	var readers sync.WaitGroup
	stop = func() {
		cancel()
		readers.Wait()
	}
	for range openPanels {
		res, err := openStream(ctx, h)
		if err != nil {
			stop()
			return nil, nil, err
		}
		readers.Go(func() {
			defer res.Body.Close()
			for lines := bufio.NewScanner(res.Body); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), `data: {"kind":"server"`) {
					heard.Add(1)
				}
			}
		})
	}
	return heard, stop, nil
}

func openStream(ctx context.Context, h *hub) (*http.Response, error) {
	token, err := h.client.createToken(ctx, adminName)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.public+"/hub/api/events?kind=user&kind=server", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "token "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("open an event stream: %s", res.Status), res.Body.Close())
	}
	return res, nil
}

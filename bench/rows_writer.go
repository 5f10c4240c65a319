package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	mostWriterWait = 0.25                 // seconds
	writerPause    = 2 * time.Millisecond // between two writes
	writtenGroup   = "written"
)

// measureWriter is how long somebody waits at most who writes while bulk work goes on: SQLite
// has one writer at a time. Each round has people of its own, who are made and deleted, and
// others whose servers are asked for between the two.
func (b *bench) measureWriter(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-writer")
	if err != nil {
		return err
	}
	defer b.endServers()
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	if _, err := h.client.call(ctx, http.MethodPost, "/hub/api/groups/"+writtenGroup, nil, http.StatusCreated); err != nil {
		return err
	}
	_, calm, err := meanwhile(ctx, func(ctx context.Context) error { return pause(ctx, b.opt.length) }, h.writes(ctx))
	if err != nil {
		return err
	}
	longest := map[string][]float64{}
	for round := range b.opt.rounds {
		if err := b.roundOfBulks(ctx, h, round, longest); err != nil {
			return err
		}
	}
	for _, kind := range []bulkKind{bulkMade(), bulkStarted(), bulkDeleted("people"), bulkDeleted(peopleWithServers)} {
		b.report.fact(fact{
			Row: rowWriter, Work: fmt.Sprintf("the longest wait of another writer on SQLite, while %s %s by one bulk request", thousands(b.opt.bulkRows()), kind.name),
			Value: median(longest[kind.name]), Unit: milliseconds, AtMost: mostWriterWait,
			Note: fmt.Sprintf("in all rounds %.0f ms", largest(longest[kind.name])*1e3),
		})
	}
	b.report.fact(fact{
		Row: rowWriter, Work: "the longest write while there is no bulk work", Value: largest(calm), Unit: milliseconds, Note: fmt.Sprintf("of %s", thousands(len(calm))),
	})
	return h.stop()
}

// bulkKind is a kind of bulk work.
type bulkKind struct {
	name, path string
	body       func(names []string) map[string]any
	want       []string
}

func bulkMade() bulkKind {
	return bulkKind{"people are made", "users", func(names []string) map[string]any { return bulkPeople(names, "") }, []string{"created"}}
}

// bulkStarted asks for servers, few of which run when it is done: the others wait for their turn.
func bulkStarted() bulkKind {
	return bulkKind{"servers are asked for", "servers/start", bulkServers, []string{"started"}}
}

const peopleWithServers = "people whose servers were asked for just before"

// bulkDeleted deletes such people. Whose server takes too long to stop goes after the answer,
// which calls that row failed.
func bulkDeleted(who string) bulkKind {
	return bulkKind{who + " are deleted", "users/delete", func(names []string) map[string]any {
		return map[string]any{"usernames": names}
	}, []string{"deleted", "failed"}}
}

// roundOfBulks does all kinds of bulk work, and adds the longest wait during each.
func (b *bench) roundOfBulks(ctx context.Context, h *hub, round int, longest map[string][]float64) error {
	n := b.opt.bulkRows()
	for i, kinds := range [][]bulkKind{
		{bulkMade(), bulkDeleted("people")},
		{bulkMade(), bulkStarted(), bulkDeleted(peopleWithServers)},
	} {
		names := userNames((2*round+i)*n, n)
		for _, kind := range kinds {
			wait, err := b.waitDuring(ctx, h, kind, names)
			if err != nil {
				return err
			}
			longest[kind.name] = append(longest[kind.name], wait)
		}
		if err := h.client.awaitNobody(ctx); err != nil {
			return err
		}
	}
	return nil
}

// waitDuring is the longest wait during bulk work of one kind.
func (b *bench) waitDuring(ctx context.Context, h *hub, kind bulkKind, names []string) (float64, error) {
	body := kind.body(names)
	var counts map[string]int
	took, found, err := meanwhile(ctx, func(ctx context.Context) (err error) {
		counts, err = h.client.bulk(ctx, kind.path, body, len(names), kind.want...)
		return err
	}, h.writes(ctx))
	if err != nil {
		return 0, err
	}
	b.say("%d %s in %.2f s, %v; another's writes: the longest %.0f ms, the middle one %.1f ms, %d of them",
		len(names), kind.name, took.Seconds(), counts, largest(found)*1e3, median(found)*1e3, len(found))
	return largest(found), nil
}

// writes changes a group again and again, and gives how long each change took: a request of
// little else than one transaction.
func (h *hub) writes(whole context.Context) func(context.Context) ([]float64, error) {
	return func(until context.Context) ([]float64, error) {
		var found waits
		for i := 0; pause(until, writerPause) == nil; i++ {
			begun := time.Now()
			_, err := h.client.call(whole, http.MethodPut, "/hub/api/groups/"+writtenGroup+"/properties", map[string]any{"number": i}, http.StatusOK)
			found.add(time.Since(begun), err)
			if err != nil {
				break
			}
		}
		return found.result()
	}
}

// awaitNobody waits until the administrator alone is left, so that no round has to do with
// what the last one left.
func (c *client) awaitNobody(ctx context.Context) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		p, err := c.page(ctx, "/hub/api/users?limit=1")
		if err != nil || p.Pagination.Total == 1 {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("not all who were deleted are gone after %s", patience)
}

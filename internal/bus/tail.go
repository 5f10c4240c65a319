package bus

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	pageSize  = 1000          // changes read at a time
	batchSize = 20 * pageSize // changes delivered at a time
	pollEvery = time.Second   // without a notification, for the changes of a process that was killed before it sent one
	// commitTime is for how long changes may come whose ids are lower than others that are
	// there: a change gets its id just before the commit, which takes 15 seconds at most.
	commitTime = 20 * time.Second
	// mostEarly is how many changes are remembered as delivered early before those are dropped
	// that are not looked for ahead any more. Some of them are delivered twice.
	mostEarly = 100_000
)

// Log is the table of changes: a data.Store.
type Log interface {
	View(ctx context.Context, fn func(data.Tx) error) error
	Origin() string
}

// tail reads the changes that other processes noted, and delivers each: in the order of the
// table as far as that is complete, and ahead of it what is there already. A transaction that
// lasts long keeps the table from being complete, and a revocation must not wait for it.
type tail struct {
	from    Log
	deliver func(context.Context, []data.Change)
	log     *slog.Logger
	elapsed hub.Elapsed

	at    data.Position      // what comes before it was delivered, all of it
	early map[int64]struct{} // the ids of those after it that were delivered
	most  int                // mostEarly

	// Changes ahead are looked for above the id floor: it is where mark was when that was
	// moved to the highest id that was read, which is done every commitTime.
	floor, mark, highest int64
	moved                time.Duration
}

// newTail begins after all that can be read now. Errors are those of data.Store.
func newTail(ctx context.Context, from Log, deliver func(context.Context, []data.Change), log *slog.Logger) (*tail, error) {
	t := &tail{from: from, deliver: deliver, log: log, elapsed: hub.NewElapsed(), early: map[int64]struct{}{}, most: mostEarly}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return t, from.View(ctx, func(tx data.Tx) (err error) {
		t.at, err = tx.ChangePosition(ctx)
		return err
	})
}

// run reads whenever it is woken, and every pollEvery, until ctx ends.
func (t *tail) run(ctx context.Context, wake <-chan struct{}) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	failed := false
	for {
		err := t.read(ctx)
		if err != nil && ctx.Err() == nil && !failed {
			t.log.WarnContext(ctx, "cannot read what other hubs changed; trying again", "error", err)
		}
		failed = err != nil
		woken := wake
		if failed {
			woken = nil // it is tried again no sooner than at the next turn
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-poll.C:
		}
	}
}

// read delivers all that is there, many pages at once: what is quick to apply, such as a
// revocation, then waits for nothing that takes long before it.
func (t *tail) read(ctx context.Context) error {
	b := batch{seen: map[data.Change]struct{}{}}
	defer func() { t.hand(ctx, &b) }()
	for {
		p, err := t.page(ctx)
		switch {
		case hub.Is(err, hub.NotFound):
			return t.anew(ctx, &b)
		case err != nil:
			return err
		}
		t.take(p, &b)
		t.moveFloor()
		if len(b.changes) >= batchSize {
			t.hand(ctx, &b)
		}
		if !p.more {
			return nil
		}
	}
}

// batch is changes to be delivered, each once.
type batch struct {
	changes []data.Change
	seen    map[data.Change]struct{}
}

func (b *batch) add(c data.Change) {
	if _, ok := b.seen[c]; !ok {
		b.seen[c] = struct{}{}
		b.changes = append(b.changes, c)
	}
}

// hand delivers a batch, which is empty then.
func (t *tail) hand(ctx context.Context, b *batch) {
	if len(b.changes) > 0 {
		t.deliver(ctx, b.changes)
		b.changes = nil
		clear(b.seen)
	}
}

// page is a part of the changes, as of one moment.
type page struct {
	complete, ahead []data.Noted
	more            bool // there may be more
}

func (t *tail) page(ctx context.Context) (p page, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = t.from.View(ctx, func(tx data.Tx) error {
		if p.complete, err = tx.ChangesSince(ctx, t.at, pageSize); err != nil {
			return err
		}
		if p.more = len(p.complete) == pageSize; p.more {
			return nil
		}
		for after := t.floor; ; {
			part, err := tx.ChangesAhead(ctx, after, pageSize)
			p.ahead = append(p.ahead, part...)
			if err != nil || len(part) < pageSize {
				return err
			}
			after = part[len(part)-1].Position.ID
		}
	})
	return p, err
}

// take puts into the batch what others noted and was not delivered before.
func (t *tail) take(p page, b *batch) {
	origin := t.from.Origin()
	add := func(n data.Noted) {
		if n.Origin != origin {
			b.add(n.Change)
		}
		t.highest = max(t.highest, n.Position.ID)
	}
	for _, n := range p.complete {
		if _, ok := t.early[n.Position.ID]; ok {
			delete(t.early, n.Position.ID)
		} else {
			add(n)
		}
		t.at = n.Position
	}
	for _, n := range p.ahead {
		if _, ok := t.early[n.Position.ID]; !ok {
			add(n)
			t.early[n.Position.ID] = struct{}{}
		}
	}
}

// moveFloor lets go of ids below which no more changes come.
func (t *tail) moveFloor() {
	if now := t.elapsed(); now-t.moved >= commitTime {
		t.floor, t.mark, t.moved = t.mark, t.highest, now
		t.forget()
	}
}

// forget drops ids delivered early where there are too many: those up to the floor alone, since
// what is above it is read at each turn, and would be delivered at each.
func (t *tail) forget() {
	if len(t.early) > t.most {
		maps.DeleteFunc(t.early, func(id int64, _ struct{}) bool { return id <= t.floor })
	}
}

// anew goes on at what is there now, since some changes were deleted before they were read.
func (t *tail) anew(ctx context.Context, b *batch) error {
	t.log.WarnContext(ctx, "changes of other hubs were deleted before they were read: all that is cached is read again")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := t.from.View(ctx, func(tx data.Tx) (err error) {
		t.at, err = tx.ChangePosition(ctx)
		return err
	}); err != nil {
		return err
	}
	clear(t.early)
	b.add(data.Change{Kind: data.Resync})
	return nil
}

package native

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

const (
	// maxReads is how many attempts at a time may ask the database, so that a flood of them
	// leaves its connections to others.
	maxReads = 4
	// refusedFor is how long an attempt that the database refused is refused without asking
	// again, as long as memory agrees.
	refusedFor = time.Second
)

// checkShared is Check with what all hubs counted. Refusals cost the database little: whoever
// must wait as far as this hub knows is refused without asking it where that was just done, or
// where too many ask.
func (t *Throttle) checkShared(ctx context.Context, name, from string) error {
	a := attemptOf(name, from)
	asked, refused := t.remembered(a)
	if refused != nil && asked {
		return refused
	}
	select {
	case t.reads <- struct{}{}:
	default:
		if refused != nil {
			return refused
		}
		select {
		case t.reads <- struct{}{}:
		case <-ctx.Done():
			return hub.Wrap(hub.Unavailable, ctx.Err(), "the database is not available")
		}
	}
	defer func() { <-t.reads }()
	now, err := t.read(ctx, a, name, from)
	if err != nil {
		return err
	}
	if err = t.check(a, now); err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.refused.put(a.pair, t.clock())
	}
	return err
}

// remembered is the refusal as far as memory goes, nil where there is none, and whether the
// database was just asked and refused as well.
func (t *Throttle) remembered(a attempt) (asked bool, refusal error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	here := t.clock()
	wait := t.mustWait(a, here.Add(t.ahead), here)
	if wait == 0 {
		return false, nil
	}
	if at := t.refused.get(a.pair); at != nil {
		age := here.Sub(*at)
		asked = age >= 0 && age < refusedFor
	}
	return asked, limit(wait)
}

// read loads what the hubs counted, and gives the database's time. Whether the name has logged
// in at the address at another hub is asked only where that would let somebody in, so that a
// login that nothing slows down costs no more.
func (t *Throttle) read(ctx context.Context, a attempt, name, from string) (now time.Time, err error) {
	var addresses []string
	err = t.o.Shared.View(ctx, func(tx data.Tx) error {
		now = tx.Now()
		err := t.load(ctx, tx, a)
		if err == nil && t.refusesStranger(a, now) {
			addresses, err = tx.LoginAddresses(ctx, name)
		}
		return err
	})
	if err != nil {
		return now, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, address := range addresses {
		if network(address) == network(from) {
			t.known.put(a.pair, struct{}{})
			break
		}
	}
	return now, nil
}

// refusesStranger tells whether an attempt must wait whose name is new to this hub at the address.
func (t *Throttle) refusesStranger(a attempt, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known.get(a.pair) == nil && t.mustWait(a, now, t.clock()) > 0
}

// failShared counts a wrong password for all hubs; where the database cannot be written, for
// this one, until it can.
func (t *Throttle) failShared(ctx context.Context, a attempt) {
	var rows []data.LoginFailures
	var now time.Time
	err := t.o.Shared.Update(ctx, func(tx data.Tx) error {
		if err := t.load(ctx, tx, a); err != nil {
			return err
		}
		now = tx.Now()
		rows = t.rows(a, now)
		return tx.SetLoginFailures(ctx, rows)
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.take(a, rows, now)
		return
	}
	t.o.Logger.WarnContext(ctx, "cannot count a failed login for all hubs", "error", err)
	c := t.afterFailure(a, t.clock().Add(t.ahead))
	c.pair.unsaved, c.name.unsaved, c.address.unsaved = true, true, true
	t.put(a, c)
}

// rows are what is to be kept after a wrong password. Memory stays as it is, since the
// transaction may fail or be tried again.
func (t *Throttle) rows(a attempt, now time.Time) []data.LoginFailures {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.afterFailure(a, now)
	row := func(k key, f failures) data.LoginFailures {
		return data.LoginFailures{Key: k.String(), Count: f.count, Last: f.last, Until: f.until, Expires: f.quiet().Add(t.o.PerNameWindow)}
	}
	return []data.LoginFailures{
		row(a.pair, c.pair), row(a.name, c.name),
		{Key: a.address.String(), Count: 1, Last: now, Until: c.address.full, Expires: c.address.full},
	}
}

// forgetShared forgets the failures of a name from an address for all hubs.
func (t *Throttle) forgetShared(ctx context.Context, a attempt) {
	if err := t.o.Shared.Update(ctx, func(tx data.Tx) error { return tx.DeleteLoginFailures(ctx, a.pair.String()) }); err != nil {
		t.o.Logger.WarnContext(ctx, "cannot forget failed logins for all hubs", "error", err)
	}
}

// load puts what the hubs counted in the place of what is in memory.
func (t *Throttle) load(ctx context.Context, tx data.Tx, a attempt) error {
	rows, err := tx.LoginFailures(ctx, []string{a.pair.String(), a.name.String(), a.address.String()})
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ahead = tx.Now().Sub(t.clock())
	t.take(a, rows, tx.Now())
	return nil
}

// take puts what is kept in the place of what is in memory.
func (t *Throttle) take(a attempt, rows []data.LoginFailures, now time.Time) {
	kept := make(map[string]data.LoginFailures, len(rows))
	for _, row := range rows {
		kept[row.Key] = row
	}
	t.takeFailures(a.pair, maxPairWait, kept, now)
	t.takeFailures(a.name, maxNameWait, kept, now)
	if row, ok := kept[a.address.String()]; ok || t.addresses.get(a.address) != nil {
		t.address(a.address).fillBy(row.Until, now)
	}
}

// takeFailures does so for a key. What the database could not be told of stays unless more is
// kept there. A wait longer than there are is cut once, not anew each time that it is read.
func (t *Throttle) takeFailures(k key, longest time.Duration, kept map[string]data.LoginFailures, now time.Time) {
	row, ok := kept[k.String()]
	f := t.recall(k, now)
	switch {
	case f != nil && f.unsaved && f.count >= row.Count:
	case f != nil && f.count == row.Count && row.Until.After(now.Add(longest)):
	case ok:
		t.failures.put(k, failures{count: row.Count, last: row.Last, until: row.Until})
	default:
		t.failures.remove(k)
	}
}

// String is the key as the database has it.
func (k key) String() string { return hex.EncodeToString(k[:]) }

package native

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// checkShared is Check with what all hubs counted.
func (t *Throttle) checkShared(ctx context.Context, name, from string) error {
	a := attemptOf(name, from)
	var now time.Time
	err := t.o.Shared.View(ctx, func(tx data.Tx) error {
		now = tx.Now()
		return t.load(ctx, tx, a)
	})
	if err != nil {
		return err
	}
	err = t.check(a, now)
	if !hub.Is(err, hub.Limit) || !t.loggedInElsewhere(ctx, a, name, from) {
		return err
	}
	return t.check(a, now)
}

// loggedInElsewhere tells whether the name is new to this hub at the address, but not to
// the others: it is not new then. It is asked only where that would let somebody in, so that
// a login that nothing slows down costs no more.
func (t *Throttle) loggedInElsewhere(ctx context.Context, a attempt, name, from string) bool {
	t.mu.Lock()
	known := t.known.get(a.pair) != nil
	t.mu.Unlock()
	if known {
		return false
	}
	var addresses []string
	if err := t.o.Shared.View(ctx, func(tx data.Tx) (err error) {
		addresses, err = tx.LoginAddresses(ctx, name)
		return err
	}); err != nil {
		t.o.Logger.WarnContext(ctx, "cannot read from where somebody logged in", "error", err)
		return false
	}
	for _, address := range addresses {
		if network(address) == network(from) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.known.put(a.pair, struct{}{})
			return true
		}
	}
	return false
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

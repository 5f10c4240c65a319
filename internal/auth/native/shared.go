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

// failShared counts a wrong password for all hubs; where the database is away, for this one.
func (t *Throttle) failShared(ctx context.Context, a attempt) {
	counted := false
	err := t.o.Shared.Update(ctx, func(tx data.Tx) error {
		if err := t.load(ctx, tx, a); err != nil {
			return err
		}
		counted = true
		return tx.SetLoginFailures(ctx, t.add(a, tx.Now()))
	})
	if err == nil {
		return
	}
	t.o.Logger.WarnContext(ctx, "cannot count a failed login for all hubs", "error", err)
	if !counted {
		t.add(a, t.clock())
	}
}

// add counts a wrong password in memory and gives what there is to be kept.
func (t *Throttle) add(a attempt, now time.Time) []data.LoginFailures {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(a, now)
	list := make([]data.LoginFailures, 0, 3)
	for _, k := range []key{a.pair, a.name} {
		if f := t.failures.get(k); f != nil {
			list = append(list, data.LoginFailures{
				Key: k.String(), Count: f.count, Last: f.last, Until: f.until, Expires: f.quiet().Add(t.o.PerNameWindow),
			})
		}
	}
	origin := t.address(a.address)
	return append(list, data.LoginFailures{Key: a.address.String(), Count: 1, Last: now, Until: origin.full, Expires: origin.full})
}

// forgetShared forgets the failures of a name from an address for all hubs.
func (t *Throttle) forgetShared(ctx context.Context, a attempt) {
	if err := t.o.Shared.Update(ctx, func(tx data.Tx) error { return tx.DeleteLoginFailures(ctx, a.pair.String()) }); err != nil {
		t.o.Logger.WarnContext(ctx, "cannot forget failed logins for all hubs", "error", err)
	}
}

// load puts what the hubs counted in the place of what is in memory.
func (t *Throttle) load(ctx context.Context, tx data.Tx, a attempt) error {
	list, err := tx.LoginFailures(ctx, []string{a.pair.String(), a.name.String(), a.address.String()})
	if err != nil {
		return err
	}
	kept := make(map[string]data.LoginFailures, len(list))
	for _, f := range list {
		kept[f.Key] = f
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := tx.Now()
	t.take(a.pair, maxPairWait, kept, now)
	t.take(a.name, maxNameWait, kept, now)
	if f, ok := kept[a.address.String()]; ok || t.addresses.get(a.address) != nil {
		t.address(a.address).fillBy(f.Until, now)
	}
	return nil
}

// take puts the failures that are kept of a key in the place of those in memory. A wait longer
// than there are is cut once, not anew each time that it is read.
func (t *Throttle) take(k key, longest time.Duration, kept map[string]data.LoginFailures, now time.Time) {
	row, ok := kept[k.String()]
	if !ok {
		t.failures.remove(k)
		return
	}
	if f := t.failures.get(k); f != nil && f.count == row.Count && row.Until.After(now.Add(longest)) {
		return
	}
	t.failures.put(k, failures{count: row.Count, last: row.Last, until: row.Until})
}

// String is the key as the database has it.
func (k key) String() string { return hex.EncodeToString(k[:]) }

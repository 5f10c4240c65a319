package native

import (
	"context"
	"encoding/hex"
	"math"
	"time"

	"golang.org/x/time/rate"

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
	full := t.address(a.address).full(now)
	return append(list, data.LoginFailures{Key: a.address.String(), Count: 1, Last: now, Until: full, Expires: full})
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
	for _, k := range []key{a.pair, a.name} {
		if f, ok := kept[k.String()]; ok {
			t.failures.put(k, failures{count: f.Count, last: f.Last, until: f.Until})
		} else {
			t.failures.remove(k)
		}
	}
	if f, ok := kept[a.address.String()]; ok || t.addresses.get(a.address) != nil {
		t.address(a.address).fillBy(f.Until, tx.Now())
	}
	return nil
}

// String is the key as the database has it.
func (k key) String() string { return hex.EncodeToString(k[:]) }

// full is when all tokens are back.
func (a *address) full(now time.Time) time.Time {
	missing := float64(a.bucket.Burst()) - a.bucket.TokensAt(now)
	return now.Add(time.Duration(max(missing, 0) / float64(a.bucket.Limit()) * float64(time.Second)))
}

// fillBy makes the bucket one that is full at a time.
func (a *address) fillBy(full, now time.Time) {
	limit, burst := a.bucket.Limit(), a.bucket.Burst()
	a.bucket = rate.NewLimiter(limit, burst)
	missing := max(0, full.Sub(now).Seconds()*float64(limit))
	whole := int(math.Ceil(missing))
	// As if so many had been taken a little earlier, when the part of one had not come back yet.
	before := now.Add(-time.Duration((float64(whole) - missing) / float64(limit) * float64(time.Second)))
	for whole > 0 {
		n := min(whole, burst)
		a.bucket.ReserveN(before, n)
		whole -= n
	}
}

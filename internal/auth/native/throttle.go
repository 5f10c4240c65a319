package native

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// What the throttle does where ThrottleOptions says nothing.
const (
	DefaultPerNameFailures    = 5
	DefaultPerNameWindow      = 15 * time.Minute
	DefaultPerAddressFailures = 100
	DefaultPerAddressWindow   = time.Minute
	DefaultMaxEntries         = 100_000
)

const (
	// elsewhere is how many times more failures a name may have over all addresses
	// than from one.
	elsewhere = 10

	firstWait      = 2 * time.Second // doubled with each further failure
	maxPairWait    = 2 * time.Minute
	maxNameWait    = 30 * time.Second
	maxAddressWait = 5 * time.Second
	busyWait       = time.Second

	// rightPerWrong is how many logins may be under way for each failure that is
	// left to an address, or to a name where it has logged in before: in a lecture
	// hall most passwords are right.
	rightPerWrong = 10
)

// ThrottleOptions says how many failures are free. Zero means the default.
type ThrottleOptions struct {
	PerNameFailures    int           // for one name from one address, before it must wait
	PerNameWindow      time.Duration // without a failure, after which they are forgotten
	PerAddressFailures int           // for one address over all names …
	PerAddressWindow   time.Duration // … in this time, before it is slowed down
	Clock              hub.Clock     // nil: hub.SystemClock
	MaxEntries         int           // bounds the memory: about 200 bytes an entry
	// Shared is the database in which failures are counted for all hubs on it, in its
	// transactions' time; nil: this process counts for itself.
	Shared data.Store
	Logger *slog.Logger // nil: discards
}

// Throttle slows down who guesses passwords. It is an app.Throttle, and it weighs three
// things:
//
//   - A name from an address: after PerNameFailures each further failure doubles
//     the wait, up to two minutes.
//   - A name from anywhere: after ten times as many failures the same, up to half
//     a minute. That an outsider may not lock somebody out, addresses from which
//     the name has logged in before are exempt from it.
//   - An address, for IPv6 its /64: a token bucket of PerAddressFailures. When it is
//     empty, names new to the address wait for the next token, at most five seconds.
//
// Attempts under way count as far as they could turn out wrong, so that many at
// once get no further than one after the other; those of other hubs are not known, so that
// each hub more lets one round of them more through. Each Check that gave nil must be
// followed by Failed, Succeeded or Undecided; where that is missing, the attempt is
// forgotten after one to two minutes.
type Throttle struct {
	o     ThrottleOptions
	clock hub.Clock

	mu        sync.Mutex
	failures  *table[failures] // by name and address, and by name
	flights   *table[flight]   // the same keys; apart, so that attempts displace no failures
	addresses *table[address]  // by address
	known     *table[struct{}] // names and addresses that logged in

	// Where failures are counted in the database:
	refused *table[time.Time] // when it refused a name and address
	reads   chan struct{}     // holds one for each attempt that asks it
	ahead   time.Duration     // how far the database's clock was ahead of this one at the last look
}

// NewThrottle makes a Throttle that remembers nothing yet.
func NewThrottle(o ThrottleOptions) *Throttle {
	o.PerNameFailures = orElse(o.PerNameFailures, DefaultPerNameFailures)
	o.PerNameWindow = orElse(o.PerNameWindow, DefaultPerNameWindow)
	o.PerAddressFailures = orElse(o.PerAddressFailures, DefaultPerAddressFailures)
	o.PerAddressWindow = orElse(o.PerAddressWindow, DefaultPerAddressWindow)
	o.MaxEntries = orElse(o.MaxEntries, DefaultMaxEntries)
	if o.Clock == nil {
		o.Clock = hub.SystemClock
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	each := max(o.MaxEntries/5, 1)
	return &Throttle{
		o:         o,
		clock:     o.Clock,
		failures:  newTable[failures](each),
		flights:   newTable[flight](each),
		addresses: newTable[address](each),
		known:     newTable[struct{}](each),
		refused:   newTable[time.Time](each),
		reads:     make(chan struct{}, maxReads),
	}
}

func orElse[N int | time.Duration](n, usual N) N {
	if n <= 0 {
		return usual
	}
	return n
}

// attempt is where one login is counted.
type attempt struct {
	pair, name, address key
}

func attemptOf(name, from string) attempt {
	from = network(from)
	return attempt{pair: keyOf("pair", name, from), name: keyOf("name", name), address: keyOf("address", from)}
}

// network is the part of an address that somebody has for themselves: a whole IPv4
// address, an IPv6 /64. What is no address is taken as it is.
func network(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil {
		return from
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return from
	}
	return p.String()
}

// Check tells whether somebody may try now: nil, or a hub.Limit error with
// RetryAfter and a message for the person. The name is normalised by the caller;
// whether it exists makes no difference. Other errors are the database's.
func (t *Throttle) Check(ctx context.Context, name, address string) error {
	if t.o.Shared != nil {
		return t.checkShared(ctx, name, address)
	}
	return t.check(attemptOf(name, address), t.clock())
}

// check takes the time of the failures: the database's, where they are counted there. What is
// under way here has this process's time.
func (t *Throttle) check(a attempt, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	here := t.clock()
	if wait := t.mustWait(a, now, here); wait > 0 {
		return limit(wait)
	}
	t.flight(a.pair).enter(here)
	t.flight(a.name).enter(here)
	t.address(a.address).flight.enter(here)
	return nil
}

// mustWait is how long an attempt must wait; the times are those of check.
func (t *Throttle) mustWait(a attempt, now, here time.Time) time.Duration {
	wait := t.wait(a.pair, maxPairWait, now)
	var crowded bool
	if t.known.get(a.pair) != nil {
		crowded = t.crowded(a.pair, t.o.PerNameFailures, rightPerWrong, now, here)
	} else {
		origin := t.address(a.address)
		wait = max(wait, t.wait(a.name, maxNameWait, now), origin.wait(now))
		crowded = t.crowded(a.pair, t.o.PerNameFailures, 1, now, here) ||
			t.crowded(a.name, elsewhere*t.o.PerNameFailures, 1, now, here) || origin.crowded(now, here)
	}
	if wait == 0 && crowded {
		wait = busyWait
	}
	return wait
}

// Failed counts a wrong password, also of somebody who has gone meanwhile.
func (t *Throttle) Failed(ctx context.Context, name, address string) {
	a := attemptOf(name, address)
	defer t.leave(a) // only then, so that the attempt is always either under way or counted
	if t.o.Shared != nil {
		t.failShared(context.WithoutCancel(ctx), a)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(a, t.afterFailure(a, t.clock()))
}

// counts are the failures that an attempt is measured by.
type counts struct {
	pair, name failures
	address    address
}

// afterFailure is what one more wrong password makes of what is in memory.
func (t *Throttle) afterFailure(a attempt, now time.Time) counts {
	c := counts{pair: t.recalled(a.pair, now), name: t.recalled(a.name, now), address: *t.address(a.address)}
	c.pair.fail(t.o.PerNameFailures, maxPairWait, now)
	c.name.fail(elsewhere*t.o.PerNameFailures, maxNameWait, now)
	c.address.spend(now)
	return c
}

// put puts counts in the place of those in memory.
func (t *Throttle) put(a attempt, c counts) {
	t.failures.put(a.pair, c.pair)
	t.failures.put(a.name, c.name)
	t.addresses.put(a.address, c.address)
}

// Succeeded forgets the failures of a name from the address. Those of the name from
// elsewhere stay: the person's success says nothing about who else tries.
func (t *Throttle) Succeeded(ctx context.Context, name, address string) {
	a := attemptOf(name, address)
	t.leave(a)
	failed := t.succeed(a)
	if failed && t.o.Shared != nil {
		t.forgetShared(context.WithoutCancel(ctx), a)
	}
}

// succeed tells whether there were failures to forget.
func (t *Throttle) succeed(a attempt) (failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	failed = t.failures.get(a.pair) != nil
	t.failures.remove(a.pair)
	t.known.put(a.pair, struct{}{})
	return failed
}

// Undecided ends an attempt that was neither right nor wrong.
func (t *Throttle) Undecided(name, address string) { t.leave(attemptOf(name, address)) }

// leave ends an attempt that Check let through.
func (t *Throttle) leave(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	for _, k := range []key{a.pair, a.name} {
		f := t.flights.get(k)
		if f == nil {
			continue
		}
		f.leave(now)
		if f.count(now) == 0 {
			t.flights.remove(k)
		}
	}
	if origin := t.addresses.get(a.address); origin != nil {
		origin.flight.leave(now)
	}
}

func (t *Throttle) flight(k key) *flight {
	if f := t.flights.get(k); f != nil {
		return f
	}
	return t.flights.put(k, flight{})
}

func (t *Throttle) address(k key) *address {
	if a := t.addresses.get(k); a != nil {
		return a
	}
	return t.addresses.put(k, newAddress(t.o.PerAddressFailures, t.o.PerAddressWindow))
}

// limit is the error for somebody who must wait.
func limit(wait time.Duration) *hub.Error {
	seconds := int((wait + time.Second - 1) / time.Second)
	err := hub.Errorf(hub.Limit, "Too many failed attempts. Try again in %s.", hub.Span(wait))
	err.RetryAfter = time.Duration(seconds) * time.Second
	return err
}

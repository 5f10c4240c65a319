package native

import "time"

// failures are the wrong passwords for a name, or for a name from an address.
type failures struct {
	count int
	last  time.Time // the last of them
	until time.Time // nobody may try before

	unsaved bool // the database, where hubs count together, could not be told of some
}

// wait is how long the key must wait. A wait longer than there are, left behind by
// a clock that was set back, is cut.
func (t *Throttle) wait(k key, longest time.Duration, now time.Time) time.Duration {
	f := t.recall(k, now)
	if f == nil {
		return 0
	}
	if f.until.Sub(now) > longest {
		f.until = now.Add(longest)
	}
	return max(0, f.until.Sub(now))
}

// recalled are the failures of a key, none where they are forgotten.
func (t *Throttle) recalled(k key, now time.Time) failures {
	if f := t.recall(k, now); f != nil {
		return *f
	}
	return failures{}
}

// fail counts a wrong password; from the free-th on, each doubles the wait.
func (f *failures) fail(free int, longest time.Duration, now time.Time) {
	f.count++
	f.last = now
	if f.count < free {
		return
	}
	wait := firstWait
	for i := free; i < f.count && wait < longest; i++ {
		wait *= 2
	}
	f.until = now.Add(min(wait, longest))
}

// recall finds the failures of a key that are not yet forgotten.
func (t *Throttle) recall(k key, now time.Time) *failures {
	f := t.failures.get(k)
	if f == nil {
		return nil
	}
	if now.Sub(f.quiet()) >= t.o.PerNameWindow {
		t.failures.remove(k)
		return nil
	}
	return f
}

// quiet is since when nothing of them is felt.
func (f *failures) quiet() time.Time {
	if f.until.After(f.last) {
		return f.until
	}
	return f.last
}

// crowded tells whether trust times as many attempts are under way as may still
// fail; one may always be, once the wait is over.
func (t *Throttle) crowded(k key, free, trust int, now, here time.Time) bool {
	f := t.flights.get(k)
	if f == nil {
		return false
	}
	if failed := t.recall(k, now); failed != nil {
		free -= failed.count
	}
	return f.count(here) >= max(trust*free, 1)
}

// flightPeriod is how long an attempt counts as under way at least; twice as long
// at most.
const flightPeriod = time.Minute

// flight counts the attempts under way, in this period and in the one before. What
// never came to its end goes with its period.
type flight struct {
	since         time.Time
	current, last int
}

func (f *flight) turn(now time.Time) {
	age := now.Sub(f.since)
	switch {
	case age >= 0 && age < flightPeriod:
		return
	case age >= 0 && age < 2*flightPeriod:
		f.last = f.current
	default:
		f.last = 0
	}
	f.current, f.since = 0, now
}

func (f *flight) count(now time.Time) int {
	f.turn(now)
	return f.current + f.last
}

func (f *flight) enter(now time.Time) {
	f.turn(now)
	f.current++
}

func (f *flight) leave(now time.Time) {
	f.turn(now)
	switch {
	case f.last > 0:
		f.last--
	case f.current > 0:
		f.current--
	}
}

// address is a token bucket of the failures that an address has left. It is kept as the time
// at which the bucket is full again, which each failure puts off by what a token takes.
type address struct {
	burst  int
	refill time.Duration // of one token
	full   time.Time
	flight flight

	unsaved bool // as with failures
}

func newAddress(failures int, window time.Duration) address {
	// A token comes back soon enough for maxAddressWait to be the longest wait.
	refill := min(window/time.Duration(failures), maxAddressWait/2)
	return address{burst: failures, refill: max(refill, 1)}
}

// deepest is how long the bucket takes to be full again after a debt that makes a name wait
// for maxAddressWait.
func (a *address) deepest() time.Duration {
	return time.Duration(a.burst-1)*a.refill + maxAddressWait
}

// missing is how long the bucket takes to be full again. A time longer than there are, left
// behind by a clock that was set back, is cut.
func (a *address) missing(now time.Time) time.Duration {
	if longest := now.Add(a.deepest()); a.full.After(longest) {
		a.full = longest
	}
	return max(0, a.full.Sub(now))
}

// fillBy sets when the bucket is full, as the database has it. A time longer than there are is
// cut once, not anew each time that it is read.
func (a *address) fillBy(full, now time.Time) {
	impossible := !a.full.IsZero() && full.After(now.Add(a.deepest()))
	if !impossible && !(a.unsaved && a.full.After(full)) {
		a.full, a.unsaved = full, false
	}
	a.missing(now)
}

// wait is the time until the next token.
func (a *address) wait(now time.Time) time.Duration {
	return max(0, a.missing(now)-time.Duration(a.burst-1)*a.refill)
}

// crowded tells whether more attempts are under way than the tokens stand for.
func (a *address) crowded(now, here time.Time) bool {
	tokens := float64(a.burst) - float64(a.missing(now))/float64(a.refill)
	return float64(a.flight.count(here)) >= rightPerWrong*tokens
}

// spend takes a token. The bucket may go into debt, which makes the waits grow,
// but not so far that one would be longer than maxAddressWait.
func (a *address) spend(now time.Time) {
	if missing := a.missing(now) + a.refill; missing <= a.deepest() {
		a.full = now.Add(missing)
	}
}

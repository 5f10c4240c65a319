package quota

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/schedule"
)

// CatchUp is what becomes of the times of a rule at which no hub ran.
type CatchUp string

// What there is of it.
const (
	CatchLast CatchUp = "last" // the latest of them is made up for
	CatchAll  CatchUp = "all"  // each of them is
	CatchNone CatchUp = "none" // none is
)

// Rule gives credits, or takes them, at times: those of its schedule; or Amount in the course of Per, little by little; or
// what was used, when it is as old as Window.
type Rule struct {
	Name     string
	Schedule schedule.Schedule
	CatchUp  CatchUp
	Per      time.Duration
	Window   time.Duration
	Refresh
}

// How often it is given what comes little by little, and what has become old.
const (
	refillEvery = 10 * time.Minute
	windowEvery = time.Minute
)

// Every is how often the rule does something that has no schedule; 0 for one that has.
func (r Rule) Every() time.Duration {
	switch {
	case r.Per > 0:
		return refillEvery
	case r.Window > 0:
		return windowEvery
	}
	return 0
}

// Next is when the rule does something after a time.
func (r Rule) Next(after time.Time) time.Time {
	if every := r.Every(); every > 0 {
		return after.Truncate(every).Add(every)
	}
	return r.Schedule.Next(after)
}

// refill is what comes little by little from one time to another, in sixtieths of a credit: all of them together, whenever they
// are given, come to exactly Amount in Per.
func (r Rule) refill(from, to time.Time) int64 {
	until := func(t time.Time) int64 {
		return t.Unix() * r.Amount * hub.CreditParts / int64(r.Per/time.Second)
	}
	return until(to) - until(from)
}

// Refresh is what is done to what people have. Amounts are whole credits.
type Refresh struct {
	Action  Action // Set or Add
	Amount  int64
	Most    *int64 // nobody gets above it by what is added; who is there already keeps what they have
	Least   int64  // nobody falls below it by what is taken away
	Targets Targets

	parts    int64           // in place of Amount, sixtieths of a credit
	returned map[int64]int64 // by accounts, what they get back, and nothing else is done
}

// Targets are those who are meant: everybody of whom all that is given here holds.
type Targets struct {
	Unlimited bool   // those who are unlimited, too
	Below     *int64 // whole credits that they have less than
	Above     *int64 // and more than
	Users     []string
	Except    []string
	Groups    []string       // members of one of them
	Pattern   *regexp.Regexp // that their name begins with
}

// How a pattern is put in.
const patternStart, patternEnd = `(?i)\A(?:`, `)`

// PatternText is what NamePattern read.
func PatternText(p *regexp.Regexp) string {
	return strings.TrimSuffix(strings.TrimPrefix(p.String(), patternStart), patternEnd)
}

// NamePattern reads a pattern of names: it is about their beginning, and small and capital letters are the same.
func NamePattern(text string) (*regexp.Regexp, error) {
	return regexp.Compile(patternStart + text + patternEnd)
}

// Check says what is wrong with a refresh.
func (f Refresh) Check() error {
	const most = hub.MostCredits
	within := func(n *int64) bool { return n == nil || *n >= -most && *n <= most }
	switch {
	case f.Action != Set && f.Action != Add:
		return hub.Errorf(hub.Invalid, "The action must be set or add, not %q", hub.Clip(string(f.Action)))
	case f.Amount < -most || f.Amount > most:
		return hub.Errorf(hub.Invalid, "The amount must be within ±%d credits", most)
	case f.Action == Set && f.Amount < 0:
		return hub.Errorf(hub.Invalid, "A quota cannot be set below 0")
	case f.Most != nil && (*f.Most < 0 || *f.Most > most), f.Least < 0 || f.Least > most:
		return hub.Errorf(hub.Invalid, "The highest and the lowest balance must be 0 to %d credits", most)
	case !within(f.Targets.Below), !within(f.Targets.Above):
		return hub.Errorf(hub.Invalid, "Balances of whom it is for must be within ±%d credits", most)
	}
	return nil
}

// names tells whether somebody is meant, as far as who they are decides it. Their groups are not asked for.
func (t Targets) names(name string) bool {
	switch {
	case len(t.Users) > 0 && !slices.Contains(t.Users, name), slices.Contains(t.Except, name):
		return false
	}
	return t.Pattern == nil || t.Pattern.MatchString(name)
}

// has tells whether somebody is meant, as far as what they have decides it.
func (t Targets) has(a hub.QuotaAccount) bool {
	switch {
	case a.Unlimited && !t.Unlimited:
		return false
	case t.Below != nil && a.Balance() >= *t.Below*hub.CreditParts:
		return false
	}
	return t.Above == nil || a.Balance() > *t.Above*hub.CreditParts
}

// of is what becomes of somebody's balance.
func (f Refresh) of(a hub.QuotaAccount) int64 {
	balance, amount := a.Balance(), f.parts
	if amount == 0 {
		amount = f.Amount * hub.CreditParts
	}
	switch {
	case f.returned != nil:
		return balance + f.returned[a.ID]
	case f.Action == Set:
		return amount
	case amount < 0:
		return min(balance, max(balance+amount, f.Least*hub.CreditParts))
	case f.Most != nil:
		return max(balance, min(balance+amount, *f.Most*hub.CreditParts))
	}
	return balance + amount
}

// onTime is how late a time may be noticed and be no missed one.
const onTime = 5 * time.Minute

// longest is how far back times are made up for.
const longest = 400 * 24 * time.Hour

// due is the time after until that is to be done by now, if there is one; skip says that it is too late for it. It is the
// earliest where each is done, else the latest.
func (r Rule) due(until, now time.Time) (at time.Time, skip, ok bool) {
	if now.Sub(until) > longest {
		until = now.Add(-longest)
	}
	if every := r.Every(); every > 0 {
		at = now.Truncate(every)
		return at, false, at.After(until)
	}
	for next := r.Schedule.Next(until); !next.IsZero() && !next.After(now); next = r.Schedule.Next(next) {
		if at, ok = next, true; r.CatchUp == CatchAll {
			return at, false, true
		}
	}
	return at, r.CatchUp == CatchNone && now.Sub(at) > onTime, ok
}

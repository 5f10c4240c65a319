package quota

import (
	"fmt"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// cost is what is held for a run. A time that nobody asked for is cut to what there is. A start takes the minimum, or what a
// minute costs where that is more.
func (h *Holds) cost(a hub.QuotaAccount, groups []string, rate, minutes int64, given bool) (int64, error) {
	cfg := h.book.q.cfg
	left, cost, least := a.Available(), minutes*rate*hub.CreditParts, max(cfg.MinimumToStart, rate)
	need := least * hub.CreditParts
	if given {
		need = max(need, cost)
	}
	when := ""
	if left < need || left <= 0 {
		var err error
		if when, err = h.when(a, groups, need); err != nil {
			return 0, err
		}
	}
	switch {
	case left <= 0:
		return 0, noneLeft(a, when, rate)
	case left < least*hub.CreditParts:
		return 0, tooFew(a, when, rate, least)
	case given && left < cost:
		return 0, tooLong(a, when, rate, minutes)
	}
	return min(cost, left), nil
}

func noneLeft(a hub.QuotaAccount, when string, rate int64) error {
	e := refusal(a, when, "%s has no credits left, and a minute costs %d", a.UserName, rate)
	if when != "" {
		return e.Plainly("The server cannot start: %s has no credits left, and a minute of it costs %d. It can when the next are given, on %s.", a.UserName, rate, when)
	}
	return e.Plainly("The server cannot start: %s has no credits left, and a minute of it costs %d. It can when a running server has given back what is held for it, or somebody has added to the quota.",
		a.UserName, rate)
}

func tooFew(a hub.QuotaAccount, when string, rate, least int64) error {
	left := hub.WholeCredits(a.Available())
	e := refusal(a, when, "%s has %d credits left, and a start takes %d; a minute costs %d", a.UserName, left, least, rate)
	if when != "" {
		return e.Plainly("The server cannot start: %s has %d credits left, and a start takes %d; a minute of it costs %d. It can when the next are given, on %s.",
			a.UserName, left, least, rate, when)
	}
	return e.Plainly("The server cannot start: %s has %d credits left, and a start takes %d; a minute of it costs %d. It can when a running server has given back what is held for it, or somebody has added to the quota.",
		a.UserName, left, least, rate)
}

func tooLong(a hub.QuotaAccount, when string, rate, minutes int64) error {
	left, enough := hub.WholeCredits(a.Available()), a.Available()/(rate*hub.CreditParts)
	e := refusal(a, when, "%s has %d credits left, and %d minutes cost %d: ask for %d minutes or fewer", a.UserName, left, minutes, minutes*rate, enough)
	if when != "" {
		return e.Plainly("The server cannot start: %s has %d credits left, and %d minutes cost %d. Ask for %d minutes or fewer, or when the next are given, on %s.",
			a.UserName, left, minutes, minutes*rate, enough, when)
	}
	return e.Plainly("The server cannot start: %s has %d credits left, and %d minutes cost %d. Ask for %d minutes or fewer.",
		a.UserName, left, minutes, minutes*rate, enough)
}

// refusal is hub.Forbidden with the reason, and says when it will be possible.
func refusal(a hub.QuotaAccount, when, format string, args ...any) *hub.Error {
	reason := fmt.Sprintf(format, args...)
	if when != "" {
		when = "on " + when + ", or "
	}
	again := "It is possible again " + when + "when somebody who may has added to the quota."
	if a.Held > 0 {
		again = fmt.Sprintf("%d more are held for servers that run, until they stop. ", hub.WholeCredits(a.Held)) + again
	}
	return hub.Errorf(hub.Forbidden, "Cannot start: %s. %s", reason, again)
}

// How far ahead is looked for when there will be enough.
const (
	mostAhead = 1000 // times of rules
	farAhead  = 366 * 24 * time.Hour
)

// gift is what somebody gets at a time.
type gift struct {
	at     time.Time
	amount int64
}

// coming is what the rules will give somebody, one thing after another.
type coming struct {
	rules       []Rule
	since, next []time.Time // of each rule
	back        []gift      // what was used and comes back, in its order
}

// coming finds what the rules that are for somebody will give them.
func (h *Holds) coming(a hub.QuotaAccount, groups []string) (*coming, error) {
	c := &coming{rules: slices.DeleteFunc(slices.Clone(h.book.q.cfg.Refresh), func(r Rule) bool {
		t := r.Targets
		return !t.names(a.UserName) || len(t.Groups) > 0 && !slices.ContainsFunc(t.Groups, func(g string) bool { return slices.Contains(groups, g) })
	})}
	for _, r := range c.rules {
		next := r.Next(h.now)
		if r.Window > 0 {
			used, err := h.used(a.ID)
			if err != nil {
				return nil, err
			}
			c.back, next = append(c.back, r.returns(used, h.now)...), time.Time{}
		}
		c.since, c.next = append(c.since, h.now), append(c.next, next)
	}
	slices.SortFunc(c.back, func(x, y gift) int { return x.at.Compare(y.at) })
	return c, nil
}

// give gives somebody what comes first, and says when that is; zero where nothing comes before the end.
func (c *coming) give(a *hub.QuotaAccount, end time.Time) time.Time {
	first := -1
	for i, at := range c.next {
		if !at.IsZero() && !at.After(end) && (first < 0 || at.Before(c.next[first])) {
			first = i
		}
	}
	if len(c.back) > 0 && (first < 0 || c.back[0].at.Before(c.next[first])) {
		at := c.back[0].at
		a.Settled += c.back[0].amount
		c.back = c.back[1:]
		return at
	}
	if first < 0 {
		return time.Time{}
	}
	r, at := c.rules[first], c.next[first]
	a.Settled += r.gives(*a, c.since[first], at)
	c.since[first], c.next[first] = at, r.Next(at)
	return at
}

// when says when the rules will have given somebody what they need, if nothing else happens; empty where they will not.
func (h *Holds) when(a hub.QuotaAccount, groups []string, need int64) (string, error) {
	c, err := h.coming(a, groups)
	if err != nil {
		return "", err
	}
	for range mostAhead {
		at := c.give(&a, h.now.Add(farAhead))
		if at.IsZero() {
			return "", nil
		}
		if a.Available() >= need && a.Available() > 0 {
			return at.In(zoneOf(c.rules)).Format("2006-01-02 15:04 MST"), nil
		}
	}
	return "", nil
}

// gives is what somebody gets by a rule at a time, who got all up to another.
func (r Rule) gives(a hub.QuotaAccount, since, at time.Time) int64 {
	f := r.Refresh
	if r.Per > 0 {
		if f.parts = r.refill(since, at); f.parts == 0 {
			return 0
		}
	}
	if !f.Targets.has(a) {
		return 0
	}
	return f.of(a) - a.Balance()
}

// returns is what comes back of what was used, and when.
func (r Rule) returns(entries []hub.QuotaEntry, now time.Time) (list []gift) {
	for _, e := range entries {
		if at := r.Next(e.At.Add(r.Window)); e.Kind == hub.QuotaUsage && at.After(now) {
			list = append(list, gift{at, -e.Amount})
		}
	}
	return list
}

// zoneOf is the zone that times are told in: that of the first rule which has one.
func zoneOf(rules []Rule) *time.Location {
	for _, r := range rules {
		if zone := r.Schedule.Zone(); zone != nil {
			return zone
		}
	}
	return time.UTC
}

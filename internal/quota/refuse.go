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
		when = cfg.when(a, groups, need, h.now)
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

// when says when the rules will have given somebody what they need, if nothing else happens; empty where they will not.
func (c Config) when(a hub.QuotaAccount, groups []string, need int64, now time.Time) string {
	rules := slices.DeleteFunc(slices.Clone(c.Refresh), func(r Rule) bool {
		t := r.Targets
		return !t.names(a.UserName) || len(t.Groups) > 0 && !slices.ContainsFunc(t.Groups, func(g string) bool { return slices.Contains(groups, g) })
	})
	next := make([]time.Time, len(rules))
	for i, r := range rules {
		next[i] = r.Schedule.Next(now)
	}
	for range mostAhead {
		first := -1
		for i, at := range next {
			if !at.IsZero() && at.Sub(now) <= farAhead && (first < 0 || at.Before(next[first])) {
				first = i
			}
		}
		if first < 0 {
			return ""
		}
		if r := rules[first]; r.Targets.has(a) {
			a.Settled += r.of(a.Balance()) - a.Balance()
		}
		if a.Available() >= need && a.Available() > 0 {
			return next[first].Format("2006-01-02 15:04 MST")
		}
		next[first] = rules[first].Schedule.Next(next[first])
	}
	return ""
}

package compat_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// difference is one that is meant.
type difference struct {
	cases  string // pattern of "group: case"; * is anything
	what   string // pattern of the line that tells it
	reason string
}

// ledger holds what is meant to differ, and what of it was met.
type ledger struct {
	listed  []entry
	pending []entry
	count   map[string]int // cases by group
}

type entry struct {
	difference
	cases, what *regexp.Regexp
	met         int
}

func newLedger() *ledger {
	l := &ledger{count: map[string]int{}}
	for _, d := range differences() {
		l.listed = append(l.listed, compile(d))
	}
	for _, cases := range pending() {
		l.pending = append(l.pending, compile(difference{cases: cases, what: "*"}))
	}
	return l
}

func compile(d difference) entry {
	return entry{difference: d, cases: glob(d.cases), what: glob(d.what)}
}

// glob is a pattern in which * is anything and all else is itself.
func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + "$")
}

// unlisted are those lines of a case that nothing in the lists explains.
func (l *ledger) unlisted(name string, found []string) []string {
	group, _, _ := strings.Cut(name, ": ")
	l.count[group]++
	var left []string
	waits := false
	for i := range l.pending {
		if l.pending[i].cases.MatchString(name) {
			waits = true
			if len(found) > 0 {
				l.pending[i].met++
			}
		}
	}
	for _, line := range found {
		if !l.explains(name, line) && !waits {
			left = append(left, line)
		}
	}
	return left
}

func (l *ledger) isPending(name string) bool {
	for _, e := range l.pending {
		if e.cases.MatchString(name) {
			return true
		}
	}
	return false
}

func (l *ledger) explains(name, line string) bool {
	known := false
	for i := range l.listed {
		e := &l.listed[i]
		if e.cases.MatchString(name) && e.what.MatchString(line) {
			e.met++
			known = true
		}
	}
	return known
}

// stale are entries that explain nothing any more.
func (l *ledger) stale() []string {
	var lines []string
	for _, e := range l.listed {
		if e.met == 0 {
			lines = append(lines, fmt.Sprintf("listed, but does not differ any more: {%q, %q}", e.difference.cases, e.difference.what))
		}
	}
	for _, e := range l.pending {
		if e.met == 0 {
			lines = append(lines, fmt.Sprintf("pending, but agrees now: %q", e.difference.cases))
		}
	}
	return lines
}

// report says how much was compared.
func (l *ledger) report(t *testing.T, all []group) {
	t.Helper()
	total := 0
	for _, g := range all {
		total += l.count[g.name]
		t.Logf("%4d requests: %s", l.count[g.name], g.name)
	}
	t.Logf("%4d requests in all, %d differences meant, %d pending", total, len(l.listed), len(l.pending))
}

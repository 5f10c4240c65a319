package compat_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestCompat sends every request to both hubs, group by group, and fails for each
// difference that is not listed, and for each listed one that is not there any more.
func TestCompat(t *testing.T) {
	jupyterhub, atrium := startBoth(t)
	l := newLedger()
	all := groups()
	complete := true
	for _, g := range all {
		ran := false
		t.Run(g.name, func(t *testing.T) {
			ran = true
			runGroup(t, jupyterhub, atrium, g, l)
		})
		complete = complete && ran
	}
	t.Run("listed", func(t *testing.T) {
		if !complete {
			t.Skip("only when all groups have run")
		}
		for _, line := range l.stale() {
			t.Error(line)
		}
	})
	l.report(t, all)
}

func runGroup(t *testing.T, jupyterhub, atrium *side, g group, l *ledger) {
	seen := map[string]int{}
	for _, r := range g.cases {
		name := g.name + ": " + r.title()
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprintf(" (%d)", seen[name])
		}
		a, b := both(t, jupyterhub, atrium, g.base, r)
		if os.Getenv("HUBTEST_VERBOSE") != "" {
			t.Logf("%s\n\t%d %s\n\t%d %s", name, a.status, short(a.body), b.status, short(b.body))
		}
		for key, place := range r.save {
			keep(t, jupyterhub, a, name, key, place, l)
			keep(t, atrium, b, name, key, place, l)
		}
		found := compare(jupyterhub, atrium, r, a, b)
		for _, line := range l.unlisted(name, found) {
			t.Errorf("%s\n\t%s", name, line)
		}
	}
}

// title is the case's name, by default what is asked and by whom.
func (r request) title() string {
	if r.name != "" {
		return r.name
	}
	title := r.do
	if r.as != "" {
		title = r.as + ", " + title
	}
	if r.body != "" {
		title += " " + r.body[:min(len(r.body), 160)]
	}
	if len(r.head) > 0 {
		title += " (" + strings.Join(r.head, ", ") + ")"
	}
	return title
}

// both asks the two hubs at the same time.
func both(t *testing.T, jupyterhub, atrium *side, base string, r request) (a, b answer) {
	t.Helper()
	var wg sync.WaitGroup
	ask := func(s *side, to *answer) {
		var err error
		if *to, err = s.send(t, base, r); err != nil {
			*to = answer{header: http.Header{}, body: []byte(err.Error())}
			t.Logf("%s: %s: %v", s.Name, r.title(), err)
		}
	}
	wg.Go(func() { ask(jupyterhub, &a) })
	wg.Go(func() { ask(atrium, &b) })
	wg.Wait()
	return a, b
}

// keep saves a value of the answer under a placeholder.
func keep(t *testing.T, s *side, a answer, name, key, place string, l *ledger) {
	t.Helper()
	value, ok := a.at(place)
	if !ok || value == "" {
		if !l.isPending(name) {
			t.Errorf("%s\n\t%s answers without %s: %d %s", name, s.Name, place, a.status, short(a.body))
		}
		return
	}
	s.saved[key] = value
}

// at is the value at a place of the answer.
func (a answer) at(place string) (string, bool) {
	name, ok := strings.CutPrefix(place, "header ")
	if !ok {
		return at(a.body, place)
	}
	name, parameter, ok := strings.Cut(name, " ")
	if !ok {
		return a.header.Get(name), true
	}
	u, err := url.Parse(a.header.Get(name))
	if err != nil {
		return "", false
	}
	return u.Query().Get(parameter), true
}

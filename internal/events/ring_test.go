package events

import (
	"fmt"
	"strings"
	"testing"
)

// add gives a ring events about people of the names.
func add(g *ring, names ...string) {
	for _, name := range names {
		g.add(&Event{Kind: UserKind, Name: name})
	}
}

// read is what the ring has after a number, in words.
func read(g *ring, after uint64) string {
	list, upTo, _, whole := g.since(after)
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name
	}
	return fmt.Sprintf("%s up to %d, whole: %t", strings.Join(names, " "), upTo, whole)
}

func TestARingKeepsTheLatest(t *testing.T) {
	g := newRing("here", 3)
	check := func(after uint64, want string) {
		t.Helper()
		if got := read(g, after); got != want {
			t.Errorf("after %d: %q, want %q", after, got, want)
		}
	}
	check(0, " up to 0, whole: true")
	add(g, "ann", "bob")
	check(0, "ann bob up to 2, whole: true")
	check(2, " up to 2, whole: true")
	add(g, "cat", "dan")
	check(1, "bob cat dan up to 4, whole: true")
	check(0, " up to 4, whole: false")
	check(5, " up to 4, whole: false")
	g.lose()
	check(4, " up to 5, whole: false")
	check(5, " up to 5, whole: true")
	add(g, "eve")
	check(5, "eve up to 6, whole: true")
}

func TestAnIDIsGoodAtItsOwnHubAlone(t *testing.T) {
	g := newRing("here", 3)
	add(g, "ann", "bob", "cat", "dan")
	for id, want := range map[string]string{
		"": "4 true", "here-4": "4 true", "here-2": "2 true", "here-1": "1 true",
		"here-0": "4 false", "here-5": "4 false", "here-18446744073709551615": "4 false", "here--1": "4 false", "here-": "4 false",
		"there-4": "4 false", "4": "4 false", "here": "4 false", strings.Repeat("9", 1<<16): "4 false",
	} {
		seq, whole := g.enter(id)
		if got := fmt.Sprint(seq, whole); got != want {
			t.Errorf("%.20q: %s, want %s", id, got, want)
		}
	}
}

func TestMoreThanIsReadAtOnceComesInParts(t *testing.T) {
	g := newRing("here", 3*mostAtOnce)
	for range mostAtOnce + 1 {
		add(g, "ann")
	}
	first, upTo, _, _ := g.since(0)
	rest, last, news, whole := g.since(upTo)
	if len(first) != mostAtOnce || len(rest) != 1 || last != mostAtOnce+1 || !whole {
		t.Errorf("%d, then %d up to %d, %t", len(first), len(rest), last, whole)
	}
	select {
	case <-news:
		t.Error("there is news")
	default:
	}
	add(g, "bob")
	<-news
}

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// A Fault is one thing that is wrong with a configuration.
type Fault struct {
	Key  string // what it is about, with the numbers of items: services.0.command
	Text string // a sentence that begins with the key as people know it
	at   place
}

// place is where something was set: a file and its line, a variable, a flag.
type place struct {
	source string
	line   int // 0 where there are none
}

// String is how a fault begins.
func (p place) String() string {
	if p.line > 0 {
		return fmt.Sprintf("%s: line %d", p.source, p.line)
	}
	return p.source
}

// SetBy notes that the key was set elsewhere than in the file and the environment: by a
// flag, as "--listen". The value is the caller's to set.
func (c *Config) SetBy(key, source string) {
	from := make(map[string]place, len(c.from)+1)
	for k, at := range c.from {
		from[k] = at
	}
	from[key] = place{source: source}
	c.from = from
}

// where is where a key, or else the section that it belongs to, was set.
func (c Config) where(key string) place {
	for key != "" {
		if at, ok := c.from[key]; ok {
			return at
		}
		end := strings.LastIndexByte(key, '.')
		key = key[:max(end, 0)]
	}
	return place{}
}

// Told is the faults as one hub.Invalid error, a line each: where it is, and what; nil
// where there are none. Those of the file come in its order.
func (c Config) Told(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	told := slices.Clone(faults)
	for i, f := range told {
		if f.at == (place{}) {
			told[i].at = c.where(f.Key)
		}
	}
	slices.SortStableFunc(told, func(a, b Fault) int {
		if a.at.line == 0 || b.at.line == 0 { // the file's come first
			return cmp.Compare(b.at.line, a.at.line)
		}
		return cmp.Compare(a.at.line, b.at.line)
	})
	lines := make([]string, len(told))
	for i, f := range told {
		lines[i] = f.Text
		if at := f.at.String(); at != "" {
			lines[i] = at + ": " + f.Text
		}
	}
	return hub.Errorf(hub.Invalid, "%s", strings.Join(lines, "\n"))
}

// faults collects what is wrong.
type faults struct {
	all    []Fault
	unread map[string]bool // keys whose values could not be read: theirs are not these
}

// check takes a sentence that begins with the key.
func (f *faults) check(good bool, format string, args ...any) {
	if good {
		return
	}
	text := fmt.Sprintf(format, args...)
	key, _, _ := strings.Cut(text, ": ")
	f.add(key, text)
}

// checkAt takes a sentence about one item of a list.
func (f *faults) checkAt(key string, good bool, format string, args ...any) {
	if !good {
		f.add(key, fmt.Sprintf(format, args...))
	}
}

func (f *faults) add(key, text string) {
	if !f.unread[key] {
		f.all = append(f.all, Fault{Key: key, Text: text})
	}
}

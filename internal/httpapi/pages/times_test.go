package pages

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// The pages of the hub and those made with React say times in the same words.
func TestTimesAreSaidAlike(t *testing.T) {
	raw, err := os.ReadFile("../../../web/src/testing/times.json")
	if err != nil {
		t.Fatal(err)
	}
	var times struct{ Relative, Span [][2]any }
	if err := json.Unmarshal(raw, &times); err != nil {
		t.Fatal(err)
	}
	if len(times.Relative) < 10 || len(times.Span) < 5 {
		t.Fatalf("%d times and %d spans are too few", len(times.Relative), len(times.Span))
	}
	seconds := func(v any) time.Duration {
		n, ok := v.(float64)
		if !ok {
			t.Fatalf("%v is no number of seconds", v)
		}
		return time.Duration(n) * time.Second
	}
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	for _, c := range times.Relative {
		if got := Relative(now.Add(-seconds(c[0])), now); got != c[1] {
			t.Errorf("%v s ago is %q, want %q", c[0], got, c[1])
		}
	}
	for _, c := range times.Span {
		if got := hub.Span(seconds(c[0])); got != c[1] {
			t.Errorf("a span of %v s is %q, want %q", c[0], got, c[1])
		}
	}
}

// Templates say times by "ago" and "clock" of the layout alone: with the exact one on
// hover, and for scripts to say by the person's clock.
func TestTemplatesHaveNoWordsOfTheirOwnForTimes(t *testing.T) {
	own := regexp.MustCompile(`<time|datetime|\.Format\b|\biso\b|\bago\b[^"]|\{\{[^}"]*\.(?:At|Now|Created|LastUsed|Expires)\}\}`)
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(templateFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		if m := own.FindString(string(text)); m != "" && name != "templates/layout.html" {
			t.Errorf("%s: %s", name, m)
		}
	}
}

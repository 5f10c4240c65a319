package talk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// longestSpan keeps sums of times within what can be written.
const longestSpan = 100 * 365 * day

// errSpan says what a length of time looks like.
var errSpan = errors.New("must be a length of time such as 30d, 12h or 90m")

// parseSpan reads a length of time: days and weeks too.
func parseSpan(text string) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			var n int64
			n, err = strconv.ParseInt(number, 10, 32)
			if span = time.Duration(n) * length; n > int64(longestSpan/length) {
				span = longestSpan + 1
			}
		}
	}
	if err != nil || span <= 0 || span > longestSpan {
		return 0, errSpan
	}
	return span, nil
}

// Span is a flag for a length of time.
type Span time.Duration

// String is empty: a span has no default that help would show.
func (s *Span) String() string { return "" }

// Type is what help calls it.
func (s *Span) Type() string { return "duration" }

// Set reads it.
func (s *Span) Set(text string) error {
	d, err := parseSpan(text)
	*s = Span(d)
	return err
}

// ParseMoment reads a day, a moment, or how long ago something was.
func ParseMoment(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateTime} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	ago, err := parseSpan(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("must be a day such as 2026-01-31, a time such as 2026-01-31T08:00:00Z, or how long ago, such as 7d; not %q", text)
	}
	return now.Add(-ago).UTC(), nil
}

package pages

import (
	"fmt"
	"time"
)

// When is a time, and the words for it.
type When struct {
	At    time.Time // zero: never
	Words string
}

const day = 24 * time.Hour

// iso is a time for programs: scripts of the page say it by the person's own clock.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// exact is a time to the second, where there are no scripts.
func exact(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") }

// clock is the time of day of something that is happening.
func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// Relative says when a time is as people say it: "now", "2 min ago", "3 h ago",
// "yesterday", "5 days ago", and the same of what is to come; times further away by their
// date. The pages made with React have the same words (web/src/time.ts), and both are held to
// web/src/testing/times.json.
func Relative(at, now time.Time) string {
	if at.After(now) {
		return within(at.Sub(now).Round(time.Minute), at, "in %d min", "in %d h", "tomorrow", "in %d days")
	}
	return within(now.Sub(at), at, "%d min ago", "%d h ago", "yesterday", "%d days ago")
}

func within(d time.Duration, at time.Time, minutes, hours, oneDay, days string) string {
	switch n := int(d / day); {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf(minutes, int(d/time.Minute))
	case d < day:
		return fmt.Sprintf(hours, int(d/time.Hour))
	case n == 1:
		return oneDay
	case n <= 30:
		return fmt.Sprintf(days, n)
	}
	return at.UTC().Format("2 Jan 2006")
}

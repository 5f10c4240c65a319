package hub

import (
	"fmt"
	"time"
)

// Span says how long something takes, within a sentence: "1 second", "30 seconds",
// "2 minutes". It is never less than d. The pages made with React have the same words
// (web/src/time.ts).
func Span(d time.Duration) string {
	for _, u := range []struct {
		length, below time.Duration
		name          string
	}{{time.Second, 90 * time.Second, "second"}, {time.Minute, 90 * time.Minute, "minute"}} {
		if up(d, u.length)*u.length < u.below {
			return counted(up(d, u.length), u.name)
		}
	}
	return counted(up(d, time.Hour), "hour")
}

// up is how many units d has, the last one begun.
func up(d, unit time.Duration) time.Duration { return (d + unit - 1) / unit }

func counted(n time.Duration, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

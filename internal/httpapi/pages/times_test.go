package pages

import (
	"testing"
	"time"
)

func TestTimesAreSaidAlike(t *testing.T) {
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	for past, want := range map[time.Duration]string{
		0: "now", 59 * time.Second: "now", time.Minute: "1 min ago", time.Hour - 1: "59 min ago", 3 * time.Hour: "3 h ago",
		day: "yesterday", 2*day - 1: "yesterday", 5 * day: "5 days ago", 30 * day: "16 May 2026",
		-20 * time.Second: "now", -time.Minute: "in 1 min", -time.Hour: "in 1 h", -day: "tomorrow", -7 * day: "in 7 days", -365 * day: "15 Jun 2027",
	} {
		if got := Relative(now.Add(-past), now); got != want {
			t.Errorf("%v ago is %q, want %q", past, got, want)
		}
	}
}

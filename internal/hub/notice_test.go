package hub

import (
	"testing"
	"time"
)

func TestWhenTheEndOfAServerIsAnnounced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		whole, left time.Duration
		want        int
	}{
		{4 * time.Hour, 31 * time.Minute, 0},
		{4 * time.Hour, 30 * time.Minute, 30},
		{4 * time.Hour, 15*time.Minute + time.Second, 30},
		{4 * time.Hour, 15 * time.Minute, 15},
		{4 * time.Hour, 5 * time.Minute, 5},
		{4 * time.Hour, -time.Minute, 5},
		{30 * time.Minute, 20 * time.Minute, 0},
		{30 * time.Minute, 15 * time.Minute, 15},
		{10 * time.Minute, 10 * time.Minute, 0},
		{20 * time.Second, 20 * time.Second, 5},
	} {
		now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
		s := Server{EndsAt: now.Add(c.left), ReadyAt: now.Add(c.left - c.whole)}
		if n, near := TimeNotice(s, now); n.Minutes != c.want || near != (c.want > 0) {
			t.Errorf("of %s, %s before the end: %d, want %d", c.whole, c.left, n.Minutes, c.want)
		}
	}
	if _, near := TimeNotice(Server{}, time.Time{}); near {
		t.Error("one without an end is announced")
	}
}

func TestWhenTheEndOfAQuotaIsAnnounced(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		left    time.Duration
		minutes int
		grace   bool
	}{{16 * time.Minute, 0, false}, {15 * time.Minute, 15, false}, {5 * time.Minute, 5, false}, {time.Second, 5, false}, {0, 0, true}, {-time.Minute, 0, true}} {
		o := QuotaOutlook{Empty: now.Add(c.left), Stops: now.Add(c.left + 2*time.Minute)}
		n, near := QuotaNotice(o, now)
		if n.Minutes != c.minutes || n.Grace != c.grace || near != (c.minutes > 0 || c.grace) {
			t.Errorf("%s before: %+v %t", c.left, n, near)
		}
	}
	if _, near := QuotaNotice(QuotaOutlook{}, now); near {
		t.Error("one that does not end is announced")
	}
}

package talk

import (
	"strings"
	"testing"
	"time"
)

func TestSpansAndMoments(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 30 * day, "2w": 14 * day, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute} {
		if got, err := parseSpan(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5d", "1 d", "30", "99999999999d", "36501d", "2147483647w", "x"} {
		if got, err := parseSpan(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-01-01": "2026-01-01T00:00:00Z", "2026-01-01T08:30:00+02:00": "2026-01-01T06:30:00Z", "2026-01-01 08:30": "2026-01-01T08:30:00Z", "7d": "2026-03-03T12:00:00Z",
	} {
		if got, err := ParseMoment(text, now); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	if _, err := ParseMoment("yesterday", now); err == nil || !strings.Contains(err.Error(), "2026-01-31") {
		t.Errorf("yesterday is %v", err)
	}
}

package schedule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// next gives so many times after one.
func next(t *testing.T, expression, zone, after string, n int) (list []string) {
	t.Helper()
	s, err := Parse(expression, zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, after)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		at = s.Next(at)
		list = append(list, at.UTC().Format("2006-01-02T15:04Z"))
	}
	return list
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, expression, zone, after string
		want                          []string
	}{
		{"each monday", "0 4 * * mon", "Europe/Berlin", "2026-12-01T00:00:00Z", []string{"2026-12-07T03:00Z", "2026-12-14T03:00Z"}},
		{"not the time itself", "0 4 * * *", "UTC", "2026-12-01T04:00:00Z", []string{"2026-12-02T04:00Z"}},
		{"between two", "0 4 * * *", "UTC", "2026-12-01T03:59:59Z", []string{"2026-12-01T04:00Z"}},
		{"month ends", "30 23 31 * *", "Europe/Berlin", "2026-01-01T00:00:00Z", []string{"2026-01-31T22:30Z", "2026-03-31T21:30Z", "2026-05-31T21:30Z"}},
		{"every leap year", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", []string{"2104-02-29T00:00Z"}},
		{"by name", "@monthly", "Asia/Tokyo", "2026-12-15T00:00:00Z", []string{"2026-12-31T15:00Z"}},
		{"put forward", "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", []string{"2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"}},
		{"put forward, and two that are skipped", "0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00Z", "2026-03-30T00:00Z"}},
		{"put back", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30Z", "2026-10-26T01:30Z"}},
		{"put back, asked in between", "30 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z", []string{"2026-10-26T01:30Z"}},
		{"hourly, put back", "0 * * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", []string{"2026-10-25T00:00Z", "2026-10-25T02:00Z"}},
		{"by half an hour", "45 1 * * *", "Australia/Lord_Howe", "2026-04-03T16:00:00Z", []string{"2026-04-04T14:45Z", "2026-04-05T15:15Z"}},
	} {
		if d := cmp.Diff(c.want, next(t, c.expression, c.zone, c.after, len(c.want))); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if at := (Schedule{}).Next(time.Now()); !at.IsZero() {
		t.Errorf("of no schedule: %v", at)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ expression, zone, want string }{
		{"0 0 31 2 *", "UTC", "it never comes"},
		{"0 0 30 2 mon", "", "no time zone"},
		{"0 0 * * *", "Local", "no time zone"},
		{"0 0 * * *", "Berlin", `"Berlin" is no time zone`},
		{"", "UTC", "none of cron's five fields"},
		{"61 * * * *", "UTC", "none of cron's five fields"},
		{"0 0 * *", "UTC", "none of cron's five fields"},
		{"0 0 0 * * *", "UTC", "none of cron's five fields"},
		{"@every 5m", "UTC", "none of cron's five fields"},
		{"@reboot", "UTC", "none of cron's five fields"},
		{"TZ=Asia/Tokyo 0 0 * * *", "UTC", "none of cron's five fields"},
	} {
		if _, err := Parse(c.expression, c.zone); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q in %q: %v, want %s", c.expression, c.zone, err, c.want)
		}
	}
}

package culling

import (
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestWhenServersEnd(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) // a Monday
	idle := hub.Idleness{Started: noon.Add(-3 * time.Hour), LastUsed: noon}
	general := Limits{Timeout: time.Hour, MaxAge: 24 * time.Hour}
	class := Hours{Days: []time.Weekday{time.Monday}, From: 12 * time.Hour, To: 15 * time.Hour, Zone: time.UTC}
	for name, tc := range map[string]struct {
		rules           Rules
		server, profile string
		groups          []string
		after           time.Duration // noon
		why             hub.StopReason
		spared          bool
	}{
		"idle":                                  {rules: Rules{Limits: general}, after: time.Hour, why: hub.StopIdle},
		"aged first":                            {rules: Rules{Limits: Limits{time.Hour, 210 * time.Minute}}, after: 30 * time.Minute, why: hub.StopAged},
		"never":                                 {rules: Rules{}},
		"a named one":                           {rules: Rules{Limits: general}, server: "lab", after: time.Hour, why: hub.StopIdle},
		"the group's":                           {rules: Rules{Limits: general, Groups: map[string]Limits{"ml": {Timeout: 8 * time.Hour}}}, groups: []string{"a", "ml"}, after: 8 * time.Hour, why: hub.StopIdle},
		"the group's, shorter":                  {rules: Rules{Limits: general, Groups: map[string]Limits{"ml": {Timeout: time.Minute}}}, groups: []string{"ml"}, after: time.Minute, why: hub.StopIdle},
		"the widest of two groups":              {rules: Rules{Limits: general, Groups: map[string]Limits{"a": {Timeout: 2 * time.Hour}, "b": {Timeout: time.Minute, MaxAge: time.Hour}}}, groups: []string{"a", "b"}, after: 2 * time.Hour, why: hub.StopIdle},
		"a group without limits":                {rules: Rules{Limits: general, Groups: map[string]Limits{"a": {}, "b": {Timeout: time.Minute}}}, groups: []string{"a", "b"}},
		"the profile's":                         {rules: Rules{Limits: general, Profiles: map[string]ProfileLimits{"gpu": {Timeout: new(15 * time.Minute)}}, Groups: map[string]Limits{"ml": {Timeout: 8 * time.Hour}}}, profile: "gpu", groups: []string{"ml"}, after: 15 * time.Minute, why: hub.StopIdle},
		"a profile's age, and the group's rest": {rules: Rules{Limits: general, Profiles: map[string]ProfileLimits{"gpu": {MaxAge: new(30 * time.Hour)}}, Groups: map[string]Limits{"ml": {Timeout: 28 * time.Hour}}}, profile: "gpu", groups: []string{"ml"}, after: 27 * time.Hour, why: hub.StopAged},
		"another profile":                       {rules: Rules{Limits: general, Profiles: map[string]ProfileLimits{"gpu": {Timeout: new(time.Minute)}}}, profile: "small", after: time.Hour, why: hub.StopIdle},
		"after the class":                       {rules: Rules{Limits: general, Calendar: []Hours{class}}, after: 3 * time.Hour, why: hub.StopIdle, spared: true},
		"a class of others":                     {rules: Rules{Limits: general, Calendar: []Hours{{Days: class.Days, From: class.From, To: class.To, Zone: time.UTC, Groups: []string{"x"}}}}, after: time.Hour, why: hub.StopIdle},
		"two classes in a row": {
			rules: Rules{Limits: general, Calendar: []Hours{{Days: class.Days, From: 15 * time.Hour, To: 16 * time.Hour, Zone: time.UTC}, class}},
			after: 4 * time.Hour, why: hub.StopIdle, spared: true,
		},
		"hours without end": {
			rules: Rules{Limits: general, Calendar: []Hours{{Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, To: 24 * time.Hour, Zone: time.UTC}}},
			after: 400*24*time.Hour - 12*time.Hour, why: hub.StopIdle, spared: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hub.Server{Name: tc.server, Profile: tc.profile}
			tc.rules.Enabled, tc.rules.DefaultServers, tc.rules.NamedServers = true, true, true
			end, ok := tc.rules.End(s, idle, tc.groups)
			if ok != (tc.why != "") || end.Why != tc.why || end.Spared != tc.spared || ok && !end.At.Equal(noon.Add(tc.after)) {
				t.Fatalf("%+v, %t", end, ok)
			}
			if !ok {
				return
			}
			if why := tc.rules.due(end.At.Add(-1), s, idle, tc.groups); why != "" {
				t.Errorf("too early: %s", why)
			}
			if why := tc.rules.due(end.At, s, idle, tc.groups); why != tc.why && name != "hours without end" {
				t.Errorf("due: %s", why)
			}
		})
	}
	only := Rules{Enabled: true, Limits: Limits{time.Hour, 24 * time.Hour}, NamedServers: true}
	if e, _ := only.End(hub.Server{}, idle, nil); e.Why != hub.StopAged {
		t.Errorf("default servers may be idle, and get old: %+v", e)
	}
}

// One whose time was over before the class began goes on to its end all the same.
func TestNobodyIsStoppedInClass(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	r := Rules{Enabled: true, DefaultServers: true, Limits: Limits{Timeout: time.Hour}, Calendar: []Hours{
		{Days: []time.Weekday{time.Monday}, From: 12 * time.Hour, To: 15 * time.Hour, Zone: time.UTC},
	}}
	i := hub.Idleness{Started: noon.Add(-3 * time.Hour), LastUsed: noon.Add(-70 * time.Minute)}
	for after, want := range map[time.Duration]hub.StopReason{-time.Minute: hub.StopIdle, 0: "", 179 * time.Minute: "", 180 * time.Minute: hub.StopIdle} {
		if why := r.due(noon.Add(after), hub.Server{}, i, nil); why != want {
			t.Errorf("%v: %q", after, why)
		}
	}
}

// Hours follow the clock on the wall, also where it is changed, and over midnight.
func TestHoursFollowTheWallClock(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	morning := Hours{Days: []time.Weekday{time.Saturday, time.Sunday}, From: 8 * time.Hour, To: 10 * time.Hour, Zone: berlin}
	night := Hours{Days: []time.Weekday{time.Saturday}, From: 22 * time.Hour, To: 6 * time.Hour, Zone: berlin}
	day := Hours{Days: []time.Weekday{time.Sunday}, From: 0, To: 24 * time.Hour, Zone: berlin}
	for _, tc := range []struct {
		hours    Hours
		at, want string
	}{
		{morning, "2026-10-24T06:00:00Z", "2026-10-24T08:00:00Z"}, // summer time
		{morning, "2026-10-25T06:30:00Z", "2026-10-25T06:30:00Z"},
		{morning, "2026-10-25T07:00:00Z", "2026-10-25T09:00:00Z"}, // winter time
		{morning, "2026-10-25T09:00:00Z", "2026-10-25T09:00:00Z"},
		{morning, "2026-10-26T07:30:00Z", "2026-10-26T07:30:00Z"}, // a Monday
		{night, "2026-10-24T19:59:00Z", "2026-10-24T19:59:00Z"},
		{night, "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"}, // nine hours long
		{night, "2026-10-25T04:59:00Z", "2026-10-25T05:00:00Z"},
		{night, "2027-03-28T01:30:00Z", "2027-03-28T04:00:00Z"}, // 02:30 is not on that clock
		{day, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},   // 25 hours
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := tc.hours.after(at).Format(time.RFC3339); got != tc.want {
			t.Errorf("%s: %s, not %s", tc.at, got, tc.want)
		}
	}
}

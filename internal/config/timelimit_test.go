package config

import (
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
)

func TestTimeLimits(t *testing.T) {
	c, _, err := load(t, `
time_limit: {default: 2h, maximum: 8h}
profiles:
  - {slug: exam, time_limit: 90m, max_time_limit: 90m}
  - {slug: free, time_limit: 0s, max_time_limit: null}
  - slug: usual
    profile_options:
      size:
        choices:
          long: {max_time_limit: 1d}
`)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.TimeLimit.Default.Std() != 2*time.Hour || c.TimeLimit.Maximum.Std() != 8*time.Hour {
		t.Errorf("%+v", c.TimeLimit)
	}
	base := hub.Launch{TimeLimit: 7200, MaxTimeLimit: 8 * 3600}
	for slug, want := range map[string][2]int64{"exam": {5400, 5400}, "free": {0, 0}, "usual": {7200, 86400}} {
		chosen, err := c.ProfileSet().Choose(profiles.Person{Name: "ann"}, []byte(`{"profile": "`+slug+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		if l := chosen.Launch(base, ""); l.TimeLimit != want[0] || l.MaxTimeLimit != want[1] {
			t.Errorf("%s: %d of %d seconds, want %d", slug, l.TimeLimit, l.MaxTimeLimit, want)
		}
	}
}

func TestBadTimeLimits(t *testing.T) {
	for settings, want := range map[string]string{
		"time_limit: {default: 2h, maximum: 1h}":                          "line 1: time_limit.default: it is longer than time_limit.maximum",
		"time_limit: {default: 10ms}":                                     "time_limit.default: it must be 0s (none) or 1s to a year",
		"time_limit: {maximum: 400d}":                                     "time_limit.maximum: it must be 0s (none) or 1s to a year",
		"time_limit: {default: soon}":                                     `time_limit.default: "soon" is not a time span`,
		"profiles: [{slug: a, time_limit: 2h, max_time_limit: 1h}]":       "profiles: a: time_limit: it is longer than max_time_limit",
		"profiles: [{slug: a, max_time_limit: 9}]":                        `"9" is not a time span`,
		"profiles: [{slug: a, kubespawner_override: {time_limit: 10ms}}]": "it must be 0s (none) or 1s to a year",
	} {
		c, _, err := load(t, settings+"\n")
		if err == nil {
			err = c.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}

package config

import (
	"strings"
	"testing"
	"time"
)

func TestCullSettings(t *testing.T) {
	c, _, err := load(t, `
profiles:
  - {slug: gpu}
cull:
  enabled: true
  timeout: 3600
  max_age: 1d
  groups:
    ml: {timeout: 8h}
  profiles:
    gpu: {timeout: 15m}
  calendar:
    - {days: [mon, Friday], from: "08:30", to: "24:00", time_zone: Europe/Berlin}
`)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	if gpu := c.Cull.Profiles["gpu"]; gpu.Timeout.Given() == nil || *gpu.Timeout.Given() != 15*time.Minute || gpu.MaxAge.Given() != nil {
		t.Errorf("%+v", gpu)
	}
	ml := c.Cull.Groups["ml"]
	if !c.Cull.Enabled || c.Cull.Timeout.Std() != time.Hour || c.Cull.MaxAge.Std() != 24*time.Hour ||
		ml.Timeout.Or(c.Cull.Timeout).Std() != 8*time.Hour || ml.MaxAge.Or(c.Cull.MaxAge).Std() != 24*time.Hour {
		t.Errorf("%+v", c.Cull)
	}
}

func TestBadCullSettings(t *testing.T) {
	for settings, want := range map[string]string{
		"timeout: soon":                  `line 2: cull.timeout: "soon" is not a time span`,
		"cull_every: 1ms":                "line 2: cull.cull_every: it must be 0",
		"profiles: {gpu: {timeout: 1m}}": `line 2: cull.profiles: there is no profile "gpu"`,
		"concurrency: 0":                 "line 2: cull.concurrency: it must be at least 1",
		"api_page_size: 1":               "line 2: unknown key cull.api_page_size",
		"groups: {ml: {timeout: -1}}":    `cull.groups.ml.timeout: "-1" is not a time span`,
		`calendar: [{days: [mon], from: "8", to: "10:00", time_zone: UTC}]`:      `cull.calendar: "8" is no time of day`,
		`calendar: [{days: [mon], from: "08:00", to: "08:00", time_zone: UTC}]`:  "from and to leave no time",
		`calendar: [{days: [mon], from: "08:00", to: "24:30", time_zone: UTC}]`:  `"24:30" is no time of day`,
		`calendar: [{days: [moon], from: "08:00", to: "09:00", time_zone: UTC}]`: `"moon" is no day`,
		`calendar: [{from: "08:00", to: "09:00", time_zone: UTC}]`:               "days is empty",
		`calendar: [{days: [mon], from: "08:00", to: "09:00"}]`:                  "time_zone is missing",
		`calendar: [{days: [mon], from: "08:00", to: "09:00", time_zone: Mars}]`: `"Mars" is no time zone`,
	} {
		c, _, err := load(t, "cull:\n  "+settings+"\n")
		if err == nil {
			err = c.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for _, text := range []string{"mon", "SUNDAY"} {
		if _, err := Weekday(text); err != nil {
			t.Error(err)
		}
	}
}

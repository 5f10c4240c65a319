package config

import "time"

// TimeLimit is for how long servers may run. Profiles say it for theirs.
type TimeLimit struct {
	Default Duration `yaml:"default" doc:"For how long a server runs whose start asks for no time (runtime_minutes); then it is stopped. 0s: for as long as one likes. See docs/guide/timelimits.md."`
	Maximum Duration `yaml:"maximum" doc:"For how long somebody can have a server at most, by asking at the start or by extending it. 0s: no bound."`
}

// mostTime is the longest limit: what is meant as none is 0s.
const mostTime = 366 * 24 * time.Hour

const badLimit = "it must be 0s (none) or 1s to a year"

func goodLimit(limit *time.Duration) bool {
	return limit == nil || *limit == 0 || *limit >= time.Second && *limit <= mostTime
}

func (c Config) validateTimeLimit(f *faults) {
	short, long := c.TimeLimit.Default.Std(), c.TimeLimit.Maximum.Std()
	f.check(goodLimit(&short), "time_limit.default: %s", badLimit)
	f.check(goodLimit(&long), "time_limit.maximum: %s", badLimit)
	f.check(short == 0 || long == 0 || short <= long, "time_limit.default: it is longer than time_limit.maximum")
}

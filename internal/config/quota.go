package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
)

// Quota is what people may spend on servers. Keys are also read as the AUP Learning Cloud spells them.
type Quota struct {
	Enabled        bool                         `yaml:"enabled" doc:"Whether people have credits, which their servers use up. See docs/guide/quota.md."`
	CPURate        int64                        `yaml:"cpu_rate" also:"cpuRate" doc:"Credits that a server costs a minute."`
	MinimumToStart int64                        `yaml:"minimum_to_start" also:"minimumToStart" doc:"Credits that somebody must have to start a server."`
	DefaultQuota   int64                        `yaml:"default_quota" also:"defaultQuota" doc:"Credits that everybody begins with."`
	DefaultMinutes int64                        `yaml:"default_runtime_minutes" also:"defaultRuntimeMinutes" doc:"For how long a start that names no time (runtime_minutes) holds credits, where there are as many."`
	Refresh        map[string]quota.WrittenRule `yaml:"refresh" also:"refreshRules" doc:"What gives people credits at times, by name: schedule (as cron has it), time_zone, action (add or set), amount, max_balance, min_balance, catch_up (last, all or none), per or window in place of schedule, enabled, and targets: groups, include_users, exclude_users, username_pattern, balance_below, balance_above, include_unlimited. See docs/guide/quota.md."`
	ChargeFrom     string                       `yaml:"charge_from" also:"chargeFrom" doc:"From when a server is charged: ready, or start, with the time that its start takes."`
	Grace          Duration                     `yaml:"grace" doc:"How long a server may go on, uncharged, when nothing is left; then it is stopped."`
}

func (c Config) validateRefresh(f *faults) {
	for _, name := range slices.Sorted(maps.Keys(c.Quota.Refresh)) {
		r, at, where := c.Quota.Refresh[name], "quota.refresh."+name, "quota.refresh: "+name
		if _, key, err := r.Rule(name); err != nil {
			f.add(strings.TrimSuffix(at+"."+key, "."), strings.TrimSuffix(where+": "+key, ": ")+": "+err.Error())
		}
		users(f, at+".targets.include_users", where, r.Targets.IncludeUsers)
		users(f, at+".targets.exclude_users", where, r.Targets.ExcludeUsers)
		groupNames(f, at+".targets.groups", where, r.Targets.Groups)
	}
}

// Accelerator is one of `accelerators`.
type Accelerator struct {
	Name        string `yaml:"display_name" also:"displayName"`
	Description string `yaml:"description"`
	Rate        int64  `yaml:"quota_rate" also:"quotaRate"`
}

// notSaid is a number that was left out where 0 is a number like others.
const notSaid = quota.NotSaid

// SetDefaults says that no rate was given.
func (a *Accelerator) SetDefaults() { a.Rate = notSaid }

// mostRate is the highest of all rates: a year of it is far from what an amount may be.
const mostRate = 1_000_000

// cpuRate is what the rate of servers without an accelerator is listed as.
const cpuRate = "cpu"

func goodRate(rate int64) bool { return rate >= 1 && rate <= mostRate }

var acceleratorNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Rates are what servers cost with accelerators that say so.
func (c Config) Rates() map[string]int64 {
	rates := map[string]int64{}
	for name, a := range c.Accelerators {
		if a.Rate != notSaid {
			rates[name] = a.Rate
		}
	}
	return rates
}

// AcceleratorTexts are what people know accelerators as.
func (c Config) AcceleratorTexts() map[string]hub.Accelerator {
	texts := map[string]hub.Accelerator{}
	for name, a := range c.Accelerators {
		texts[name] = hub.Accelerator{Name: a.Name, Description: a.Description}
	}
	return texts
}

// validateQuota checks what servers cost.
func (c Config) validateQuota(f *faults) {
	q := c.Quota
	f.check(goodRate(q.CPURate), "quota.cpu_rate: it must be 1 to %d credits a minute", mostRate)
	for _, name := range slices.Sorted(maps.Keys(c.Accelerators)) {
		at, rate := "accelerators."+name, c.Accelerators[name].Rate
		f.checkAt(at, acceleratorNames.MatchString(name), "accelerators: %q cannot be the name of one: letters, digits and -._ can, at most 100", name)
		f.checkAt(at, name != cpuRate, "accelerators: %s is what quota.cpu_rate is listed as; call it otherwise", name)
		f.checkAt(at+".quota_rate", rate == notSaid || goodRate(rate), "accelerators: %s: quota_rate: it must be 1 to %d credits a minute", name, mostRate)
	}
	f.check(q.MinimumToStart >= 0 && q.MinimumToStart <= hub.MostCredits, "quota.minimum_to_start: it must be 0 to %d credits", hub.MostCredits)
	f.check(q.DefaultQuota >= 0 && q.DefaultQuota <= hub.MostCredits, "quota.default_quota: it must be 0 to %d credits", hub.MostCredits)
	f.check(q.DefaultMinutes >= 1 && q.DefaultMinutes <= 366*24*60, "quota.default_runtime_minutes: it must be 1 minute to a year")
	c.validateRefresh(f)
	f.check(q.ChargeFrom == "ready" || q.ChargeFrom == "start", "quota.charge_from: %q is none of ready, start", q.ChargeFrom)
	f.check(q.Grace >= 0 && q.Grace <= day, "quota.grace: it must be 0s to a day")
}

package quota

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/schedule"
)

// NotSaid is a number that was left out, where 0 is a number like others.
const NotSaid = math.MinInt64

// WrittenRule is a rule as a configuration has it.
type WrittenRule struct {
	Schedule   string         `yaml:"schedule"`
	TimeZone   string         `yaml:"time_zone" also:"timeZone"`
	Enabled    bool           `yaml:"enabled"`
	Action     string         `yaml:"action"`
	Amount     int64          `yaml:"amount"`
	MaxBalance int64          `yaml:"max_balance" also:"maxBalance"`
	MinBalance int64          `yaml:"min_balance" also:"minBalance"`
	CatchUp    string         `yaml:"catch_up" also:"catchUp"`
	Targets    WrittenTargets `yaml:"targets"`
}

// WrittenTargets are those whom it is for.
type WrittenTargets struct {
	Groups           []string `yaml:"groups"`
	IncludeUsers     []string `yaml:"include_users" also:"includeUsers"`
	ExcludeUsers     []string `yaml:"exclude_users" also:"excludeUsers"`
	UsernamePattern  string   `yaml:"username_pattern" also:"usernamePattern"`
	BalanceBelow     int64    `yaml:"balance_below" also:"balanceBelow"`
	BalanceAbove     int64    `yaml:"balance_above" also:"balanceAbove"`
	IncludeUnlimited bool     `yaml:"include_unlimited" also:"includeUnlimited"`
}

// SetDefaults sets what holds for a rule that does not say it.
func (r *WrittenRule) SetDefaults() {
	r.Enabled, r.TimeZone, r.Action, r.CatchUp = true, "UTC", string(Add), string(CatchLast)
	r.Amount, r.MaxBalance, r.Targets.BalanceBelow, r.Targets.BalanceAbove = NotSaid, NotSaid, NotSaid, NotSaid
}

// said is a number that may have been left out.
func said(n int64) *int64 {
	if n == NotSaid {
		return nil
	}
	return &n
}

// userNames are names as the hub has them.
func userNames(list []string) []string {
	names := slices.Clone(list)
	for i, name := range list {
		if normal, err := hub.UserName(name); err == nil {
			names[i] = normal
		}
	}
	return names
}

// Rules are those that are enabled, by name.
func Rules(written map[string]WrittenRule) (list []Rule) {
	for _, name := range slices.Sorted(maps.Keys(written)) {
		if rule, _, err := written[name].Rule(name); err == nil && written[name].Enabled {
			list = append(list, rule)
		}
	}
	return list
}

var ruleNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Rule is the rule as it is gone by, or what is wrong with it: of which key, and what.
func (r WrittenRule) Rule(name string) (rule Rule, key string, err error) {
	if !ruleNames.MatchString(name) {
		return rule, "", errors.New("no rule can be called so: letters, digits and -._ can, at most 100")
	}
	t := r.Targets
	rule = Rule{Name: name, CatchUp: CatchUp(r.CatchUp), Refresh: Refresh{
		Action: Action(r.Action), Amount: r.Amount, Most: said(r.MaxBalance), Least: r.MinBalance,
		Targets: Targets{
			Unlimited: t.IncludeUnlimited, Below: said(t.BalanceBelow), Above: said(t.BalanceAbove), Groups: t.Groups,
			Users: userNames(t.IncludeUsers), Except: userNames(t.ExcludeUsers),
		},
	}}
	if rule.Schedule, err = schedule.Parse(r.Schedule, r.TimeZone); err != nil {
		if _, zone := time.LoadLocation(r.TimeZone); zone != nil || r.TimeZone == "" || r.TimeZone == "Local" {
			return rule, "time_zone", err
		}
		return rule, "schedule", err
	}
	if t.UsernamePattern != "" {
		if rule.Targets.Pattern, err = NamePattern(t.UsernamePattern); err != nil {
			return rule, "targets.username_pattern", errors.New("the pattern is not understood")
		}
	}
	switch {
	case !slices.Contains([]CatchUp{CatchAll, CatchLast, CatchNone}, rule.CatchUp):
		return rule, "catch_up", fmt.Errorf("%q is none of last, all, none", r.CatchUp)
	case r.Amount == NotSaid:
		return rule, "amount", errors.New("it is missing")
	case r.Amount == 0 && rule.Action == Add:
		return rule, "amount", errors.New("adding 0 does nothing")
	}
	err = rule.Check()
	return rule, "", err
}

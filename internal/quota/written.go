package quota

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/config/units"
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
	Per        string         `yaml:"per"`
	Window     string         `yaml:"window"`
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
	if key, err := r.times(&rule); err != nil {
		return rule, key, err
	}
	if t.UsernamePattern != "" {
		if rule.Targets.Pattern, err = NamePattern(t.UsernamePattern); err != nil {
			return rule, "targets.username_pattern", errors.New("the pattern is not understood")
		}
	}
	switch {
	case !slices.Contains([]CatchUp{CatchAll, CatchLast, CatchNone}, rule.CatchUp):
		return rule, "catch_up", fmt.Errorf("%q is none of last, all, none", r.CatchUp)
	case r.Window != "":
		rule.Amount = 0
		return rule, "", nil
	case r.Amount == NotSaid:
		return rule, "amount", errors.New("it is missing")
	case r.Amount == 0 && rule.Action == Add:
		return rule, "amount", errors.New("adding 0 does nothing")
	}
	err = rule.Check()
	return rule, "", err
}

// times reads when the rule does something: by a schedule, in the course of a time, or when what was used is old.
func (r WrittenRule) times(rule *Rule) (key string, err error) {
	switch {
	case r.Per != "" && r.Window != "", r.Schedule != "" && r.Per+r.Window != "":
		return "", errors.New("schedule, per and window exclude each other")
	case r.Per != "":
		if rule.Per, err = span(r.Per); err != nil {
			return "per", err
		}
		if r.Amount < 1 || rule.Action != Add || r.MaxBalance == NotSaid {
			return "per", errors.New("what comes little by little is an amount of 1 or more, and goes up to a max_balance")
		}
	case r.Window != "":
		if rule.Window, err = span(r.Window); err != nil {
			return "window", err
		}
		if r.Amount != NotSaid || rule.Action != Add || r.MaxBalance != NotSaid || r.MinBalance != 0 {
			return "window", errors.New("what was used comes back: there is no amount, no action, and no highest or lowest balance")
		}
	default:
		return r.schedule(rule)
	}
	return "", nil
}

func (r WrittenRule) schedule(rule *Rule) (key string, err error) {
	if rule.Schedule, err = schedule.Parse(r.Schedule, r.TimeZone); err == nil {
		return "", nil
	}
	if _, zone := time.LoadLocation(r.TimeZone); zone != nil || r.TimeZone == "" || r.TimeZone == "Local" {
		return "time_zone", err
	}
	return "schedule", err
}

// span reads a time within which something comes, or comes back.
func span(text string) (time.Duration, error) {
	d, err := units.Span(text)
	if err != nil || d < time.Hour || d > 366*24*time.Hour || d%time.Second != 0 {
		return 0, fmt.Errorf("%q is no time span of an hour to 366d", text)
	}
	return d, nil
}

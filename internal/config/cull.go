package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cull is when servers that nobody uses are stopped. The keys are those of jupyterhub-idle-culler.
type Cull struct {
	Enabled            bool                 `yaml:"enabled" doc:"Stop servers that nobody uses. See docs/guide/culling.md."`
	Timeout            Seconds              `yaml:"timeout" doc:"How long a server may be idle: seconds, or a time span as 1h. 0: for ever; so below."`
	CullEvery          Seconds              `yaml:"cull_every" doc:"How often the hub looks. 0: after half of timeout."`
	MaxAge             Seconds              `yaml:"max_age" doc:"How long a server may run, however much it is used."`
	CullDefaultServers bool                 `yaml:"cull_default_servers" doc:"Whether default servers are stopped when they are idle."`
	CullNamedServers   bool                 `yaml:"cull_named_servers" doc:"Whether named servers are stopped when they are idle."`
	RemoveNamedServers bool                 `yaml:"remove_named_servers" doc:"Whether named servers are deleted when they are stopped so."`
	CullUsers          bool                 `yaml:"cull_users" doc:"Whether people are deleted who were not seen for timeout, or were made max_age ago, and have no server. Their files stay."`
	CullAdminUsers     bool                 `yaml:"cull_admin_users" doc:"Whether administrators are deleted so, too; the last one never is."`
	Concurrency        int                  `yaml:"concurrency" doc:"How many servers are asked at a time what their kernels do, before they are stopped."`
	Groups             map[string]CullGroup `yaml:"groups" doc:"What holds instead for members of groups, by the groups' names: timeout, max_age. Of several groups the widest limits hold."`
	Profiles           map[string]CullGroup `yaml:"profiles" doc:"What holds instead for servers that are started with a profile, by the profiles' slugs, whosever they are: timeout, max_age."`
	Calendar           []ClassHours         `yaml:"calendar" doc:"Hours in which nobody's server is stopped: a list of days (mon, tue, …), from and to (as 08:30), time_zone (as Europe/Berlin), and groups, if they are for members of these alone."`
}

// CullGroup is what holds for the members of a group or the servers of a profile, as far as it is given.
type CullGroup struct {
	Timeout Seconds `yaml:"timeout"`
	MaxAge  Seconds `yaml:"max_age"`
}

// notGiven is a span that was left out where that means something else than 0.
const notGiven = Seconds(-1)

// SetDefaults says that neither was given.
func (g *CullGroup) SetDefaults() { g.Timeout, g.MaxAge = notGiven, notGiven }

// Or is the span, or another where it was left out.
func (s Seconds) Or(other Seconds) Seconds {
	if s == notGiven {
		return other
	}
	return s
}

// Given is the span, nil where it was left out.
func (s Seconds) Given() *time.Duration {
	if s == notGiven {
		return nil
	}
	span := s.Std()
	return &span
}

// ClassHours are hours in which nobody's server is stopped.
type ClassHours struct {
	Days     []string `yaml:"days"`
	From     string   `yaml:"from"`
	To       string   `yaml:"to"`
	TimeZone string   `yaml:"time_zone"`
	Groups   []string `yaml:"groups"`
}

func defaultCull() Cull {
	return Cull{
		Timeout: Seconds(10 * time.Minute), CullEvery: Seconds(time.Minute), CullDefaultServers: true, CullNamedServers: true, CullAdminUsers: true, Concurrency: 10,
	}
}

// Seconds is a time span that may also be given as a number of seconds.
type Seconds time.Duration

// Std is the span as the standard library's type.
func (s Seconds) Std() time.Duration { return time.Duration(s) }

// UnmarshalText reads "3600", or what Duration reads.
func (s *Seconds) UnmarshalText(b []byte) error {
	if n, err := strconv.ParseUint(string(b), 10, 32); err == nil {
		*s = Seconds(time.Duration(n) * time.Second)
		return nil
	}
	return (*Duration)(s).UnmarshalText(b)
}

// MarshalText writes it the way it is read.
func (s Seconds) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the shortest notation.
func (s Seconds) String() string { return Duration(s).String() }

var clocks = regexp.MustCompile(`^([01]\d|2[0-4]):([0-5]\d)$`)

// Clock reads 08:30 as the time since midnight; 24:00 is the end of the day.
func Clock(text string) (time.Duration, error) {
	m := clocks.FindStringSubmatch(text)
	if m == nil || m[1] == "24" && m[2] != "00" {
		return 0, fmt.Errorf("%q is no time of day, as 08:30", text)
	}
	hours, _ := strconv.Atoi(m[1])
	minutes, _ := strconv.Atoi(m[2])
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, nil
}

// Weekday reads mon, tue and so on, and their whole names.
func Weekday(text string) (time.Weekday, error) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		name := strings.ToLower(day.String())
		if text := strings.ToLower(text); text == name || text == name[:3] {
			return day, nil
		}
	}
	return 0, fmt.Errorf("%q is no day of the week; write mon, tue, wed, thu, fri, sat or sun", text)
}

func (c Config) validateCull(f *faults) {
	f.check(c.Cull.Concurrency > 0, "cull.concurrency: it must be at least 1")
	f.check(c.Cull.CullEvery == 0 || c.Cull.CullEvery.Std() >= time.Second, "cull.cull_every: it must be 0 (half of timeout) or at least 1s")
	for _, slug := range slices.Sorted(maps.Keys(c.Cull.Profiles)) {
		known := slices.ContainsFunc(c.Profiles, func(p Profile) bool { return p.Slug == slug })
		f.checkAt("cull.profiles."+slug, known, "cull.profiles: there is no profile %q", slug)
	}
	for i, h := range c.Cull.Calendar {
		at := fmt.Sprintf("cull.calendar.%d", i)
		fault := func(err error) {
			if err != nil {
				f.checkAt(at, false, "cull.calendar: %v", err)
			}
		}
		f.checkAt(at, len(h.Days) > 0, "cull.calendar: days is empty; write as [mon, tue, wed]")
		for _, day := range h.Days {
			_, err := Weekday(day)
			fault(err)
		}
		from, err := Clock(h.From)
		fault(err)
		to, errTo := Clock(h.To)
		fault(errTo)
		f.checkAt(at, err != nil || errTo != nil || from != to && from < 24*time.Hour, "cull.calendar: from and to leave no time between them")
		f.checkAt(at, h.TimeZone != "", "cull.calendar: time_zone is missing, as Europe/Berlin")
		if h.TimeZone != "" {
			_, err = time.LoadLocation(h.TimeZone)
			f.checkAt(at, err == nil && h.TimeZone != "Local", "cull.calendar: %q is no time zone, as Europe/Berlin", h.TimeZone)
		}
	}
}

package setup

import (
	"time"

	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/culling"
)

// How often is looked where half of timeout makes no sense.
const minCullEvery, cullEvery = time.Second, time.Minute

// Culling is when servers that nobody uses stop, of a configuration that was checked.
func Culling(cfg config.Config) culling.Rules {
	c := cfg.Cull
	r := culling.Rules{
		Enabled: c.Enabled, Limits: culling.Limits{Timeout: c.Timeout.Std(), MaxAge: c.MaxAge.Std()}, Every: c.CullEvery.Std(),
		DefaultServers: c.CullDefaultServers, NamedServers: c.CullNamedServers, RemoveNamed: c.RemoveNamedServers, Users: c.CullUsers, Admins: c.CullAdminUsers,
		Concurrency: c.Concurrency, Groups: map[string]culling.Limits{}, Profiles: map[string]culling.ProfileLimits{},
	}
	switch {
	case r.Every == 0 && r.Limits.Timeout == 0:
		r.Every = cullEvery
	case r.Every == 0:
		r.Every = max(r.Limits.Timeout/2, minCullEvery)
	}
	for name, g := range c.Groups {
		r.Groups[name] = culling.Limits{Timeout: g.Timeout.Or(c.Timeout).Std(), MaxAge: g.MaxAge.Or(c.MaxAge).Std()}
	}
	for slug, p := range c.Profiles {
		r.Profiles[slug] = culling.ProfileLimits{Timeout: p.Timeout.Given(), MaxAge: p.MaxAge.Given()}
	}
	for _, h := range c.Calendar {
		r.Calendar = append(r.Calendar, hoursOf(h))
	}
	return r
}

// hoursOf reads hours, which were checked.
func hoursOf(h config.ClassHours) culling.Hours {
	hours := culling.Hours{Groups: h.Groups, Zone: time.UTC}
	for _, name := range h.Days {
		if day, err := config.Weekday(name); err == nil {
			hours.Days = append(hours.Days, day)
		}
	}
	hours.From, _ = config.Clock(h.From)
	hours.To, _ = config.Clock(h.To)
	if zone, err := time.LoadLocation(h.TimeZone); err == nil {
		hours.Zone = zone
	}
	return hours
}

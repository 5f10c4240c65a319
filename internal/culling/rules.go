package culling

import (
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Rules say when which servers go. Spans are 0 for never.
type Rules struct {
	Enabled        bool
	Limits         Limits
	Every          time.Duration // how often it is looked
	DefaultServers bool          // default servers are stopped when they are idle
	NamedServers   bool          // and so are named ones
	RemoveNamed    bool          // named servers are deleted with that
	Users          bool          // people go whom nobody has seen for as long
	Admins         bool          // administrators, too
	Concurrency    int           // how many servers are asked at a time
	Groups         map[string]Limits
	Profiles       map[string]ProfileLimits
	Calendar       []Hours
}

// Limits bound one server. 0 sets no bound.
type Limits struct {
	Timeout time.Duration // since it was last used
	MaxAge  time.Duration // since it was started
}

// ProfileLimits hold for the servers of a profile, whosever they are. What is nil is as it is for others.
type ProfileLimits struct {
	Timeout, MaxAge *time.Duration
}

// of gives the limits of a server of somebody in groups.
func (r Rules) of(profile string, groups []string) Limits {
	return r.Profiles[profile].over(r.person(groups))
}

func (p ProfileLimits) over(l Limits) Limits {
	if p.Timeout != nil {
		l.Timeout = *p.Timeout
	}
	if p.MaxAge != nil {
		l.MaxAge = *p.MaxAge
	}
	return l
}

// person gives the limits of somebody in groups: those of the groups that have some, instead of the general
// ones. Of several the widest hold.
func (r Rules) person(groups []string) Limits {
	var found *Limits
	for _, name := range groups {
		l, ok := r.Groups[name]
		switch {
		case !ok:
		case found == nil:
			found = &l
		default:
			found = &Limits{wider(found.Timeout, l.Timeout), wider(found.MaxAge, l.MaxAge)}
		}
	}
	if found == nil {
		return r.Limits
	}
	return *found
}

func wider(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// narrowest are the limits within which nothing goes, whosever it is.
func (r Rules) narrowest() Limits {
	all := r.Limits
	for _, l := range r.Groups {
		all = all.narrowed(l)
	}
	for _, p := range r.Profiles {
		all = all.narrowed(p.over(all))
	}
	return all
}

func (l Limits) narrowed(by Limits) Limits {
	return Limits{narrower(l.Timeout, by.Timeout), narrower(l.MaxAge, by.MaxAge)}
}

func narrower(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// An End is when a server will be stopped, if nothing is done with it until then, and why.
type End struct {
	At  time.Time
	Why hub.StopReason
	// Spared: its time is over, or will be, but it goes on to the end of hours in which nobody is stopped.
	Spared bool
}

// End gives the end of a server of somebody in groups; false where there is none.
func (r Rules) End(s hub.Server, i hub.Idleness, groups []string) (e End, ok bool) {
	l := r.of(s.Profile, groups)
	counts := s.Name == "" && r.DefaultServers || s.Name != "" && r.NamedServers
	if l.Timeout > 0 && counts {
		e = End{At: i.LastUsed.Add(l.Timeout), Why: hub.StopIdle}
	}
	if l.MaxAge > 0 { // of any server, as jupyterhub-idle-culler has it
		if at := i.Started.Add(l.MaxAge); e.Why == "" || at.Before(e.At) {
			e = End{At: at, Why: hub.StopAged}
		}
	}
	if !r.Enabled || e.Why == "" {
		return End{}, false
	}
	at := r.afterHours(e.At, groups)
	return End{At: at, Why: e.Why, Spared: !at.Equal(e.At)}, true
}

// due gives why a server is to be stopped now; empty where it is not.
func (r Rules) due(now time.Time, s hub.Server, i hub.Idleness, groups []string) hub.StopReason {
	e, ok := r.End(s, i, groups)
	// Its time may have come before hours that have begun since.
	if !ok || e.At.After(now) || !r.afterHours(now, groups).Equal(now) {
		return ""
	}
	return e.Why
}

// userDue gives why somebody is to be deleted now, not seen since Timeout or made before MaxAge; empty where they are not. Those
// who are suspended stay.
func (r Rules) userDue(now time.Time, u hub.User) hub.StopReason {
	if !r.Enabled || !r.Users || u.Suspended || u.Admin && !r.Admins || !r.afterHours(now, u.Groups).Equal(now) {
		return ""
	}
	l := r.person(u.Groups)
	over := func(since time.Time, span time.Duration) bool { return span > 0 && !since.Add(span).After(now) }
	seen := u.LastActivity
	if seen.Before(u.Created) {
		seen = u.Created
	}
	switch {
	case over(seen, l.Timeout):
		return hub.StopIdle
	case over(u.Created, l.MaxAge):
		return hub.StopAged
	}
	return ""
}

// maxHours bounds how many hours that follow each other are joined: all of a year.
const maxHours = 400

// afterHours is the first moment from at on that lies in no hours of the groups.
func (r Rules) afterHours(at time.Time, groups []string) time.Time {
	for range maxHours {
		moved := at
		for _, h := range r.Calendar {
			if len(h.Groups) == 0 || slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(h.Groups, g) }) {
				moved = h.after(moved)
			}
		}
		if moved.Equal(at) {
			return at
		}
		at = moved
	}
	return at
}

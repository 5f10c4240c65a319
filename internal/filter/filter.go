// Package filter tells which people a list or bulk work is about.
package filter

import (
	"slices"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// ServerState selects people by what their servers do, in more words than JupyterHub's state.
type ServerState string

// The states. Somebody has one if a server of theirs does; all of theirs, for ServerStopped.
const (
	ServerRunning ServerState = "running"
	ServerPending ServerState = "pending" // starts, stops, or waits for its turn
	ServerFailed  ServerState = "failed"
	ServerStopped ServerState = "stopped" // nothing runs, or is about to
)

// AccountState selects people by what is special about their accounts.
type AccountState string

// The states.
const (
	AccountUnclaimed  AccountState = "unclaimed"   // the first login at the form sets their password
	AccountMustChange AccountState = "must_change" // their password, at the next login
	AccountSuspended  AccountState = "suspended"
	AccountDormant    AccountState = "dormant" // not seen for DormantAfter, nor made since
)

// DormantAfter is after what time without a sign of somebody their account is dormant.
const DormantAfter = 180 * 24 * time.Hour

// Filter finds people for lists and bulk work: those to whom all of it applies. Zero values
// apply to everybody.
type Filter struct {
	Group   string // a member of it
	Name    string // it is part of their names
	State   hub.UserState
	Server  ServerState
	Admin   *bool
	Account AccountState

	SeenWithin time.Duration // they were last seen so long ago at most
	UnseenFor  time.Duration // or at least, those never seen among them
	NeverSeen  bool

	// Everybody, for bulk work, says that all people are meant: a filter that is empty by mistake
	// finds nobody.
	Everybody bool

	// Confirmed, for bulk work, is how many rows whoever asks has seen that there are: where there
	// are more by now, nothing is done.
	Confirmed int
}

// Empty tells whether it would find everybody.
func (f Filter) Empty() bool {
	f.Confirmed = 0
	return f == Filter{}
}

// Record is what the audit log says of it: what it asks, in the API's words.
func (f Filter) Record() map[string]any {
	record := map[string]any{}
	for key, value := range map[string]string{
		"group": f.Group, "name": f.Name, "state": string(f.State), "server": string(f.Server), "account": string(f.Account),
	} {
		if value != "" {
			record[key] = value
		}
	}
	for key, span := range map[string]time.Duration{"seen_within": f.SeenWithin, "unseen_for": f.UnseenFor} {
		if span != 0 {
			record[key] = span.String()
		}
	}
	for key, is := range map[string]bool{"never_seen": f.NeverSeen, "everybody": f.Everybody} {
		if is {
			record[key] = true
		}
	}
	if f.Admin != nil {
		record["admin"] = *f.Admin
	}
	return record
}

// Check is hub.Invalid for a filter that means nothing.
func (f Filter) Check() error {
	if !slices.Contains([]ServerState{"", ServerRunning, ServerPending, ServerFailed, ServerStopped}, f.Server) {
		return hub.Errorf(hub.Invalid, "server must be running, pending, failed or stopped")
	}
	if !slices.Contains([]AccountState{"", AccountUnclaimed, AccountMustChange, AccountSuspended, AccountDormant}, f.Account) {
		return hub.Errorf(hub.Invalid, "account must be unclaimed, must_change, suspended or dormant")
	}
	return nil
}

// BeyondName tells whether more is asked than names and JupyterHub's state, which lists are
// kept for.
func (f Filter) BeyondName() bool {
	f.Name, f.State = "", ""
	return !f.Empty()
}

// Matcher tells to whom the filter applies as of now, beyond name and state; unclaimed says whose
// first login sets their password. Who may not see what is asked finds nobody by it: the answer
// would tell. Of groups that is for the caller to know (see MaySeeIn): bulk work on a group is for
// those who may act on it.
func (f Filter) Matcher(r *access.Requester, now time.Time, unclaimed func(hub.User) bool) func(u hub.User, servers []hub.Server) bool {
	return func(u hub.User, servers []hub.Server) bool {
		return (f.Group == "" || slices.Contains(u.Groups, f.Group)) &&
			(f.Admin == nil || u.Admin == *f.Admin) &&
			f.seen(u, now) &&
			(f.Server == "" || f.Server.of(servers)) &&
			(f.Account == "" || f.Account.of(u, now, unclaimed)) &&
			f.isVisible(r, u)
	}
}

// MaySeeIn tells whether the requester may know that somebody is in a group: they see everybody's
// groups or this person's, or whom they may list they may list by the group.
func MaySeeIn(r *access.Requester, group string, u hub.User) bool {
	return group == "" || slices.Contains(r.Scopes.Filters("list:users"), scopes.Group(group)) ||
		r.AllowsUser("read:users:groups", u) || r.AllowsUser("read:users", u)
}

// isVisible tells whether the requester may see of somebody what the filter asks, but for groups.
func (f Filter) isVisible(r *access.Requester, u hub.User) bool {
	may := func(asked bool, oneOf ...string) bool {
		return !asked || slices.ContainsFunc(oneOf, func(s string) bool {
			return r.Scopes.Has(s) || r.AllowsUser(s, u)
		})
	}
	return may(f.Admin != nil, "read:users", "read:roles:users", "read:users:name") &&
		may(f.SeenWithin > 0 || f.UnseenFor > 0 || f.NeverSeen, "read:users", "read:users:activity") &&
		may(f.Server != "", "read:servers") &&
		may(f.Account == AccountSuspended, "read:users") &&
		may(f.Account == AccountDormant, "read:users", "read:users:activity") &&
		may(f.Account == AccountUnclaimed || f.Account == AccountMustChange, access.PasswordScopes()...)
}

func (f Filter) seen(u hub.User, now time.Time) bool {
	never := u.LastActivity.IsZero()
	return (!f.NeverSeen || never) &&
		(f.SeenWithin == 0 || !never && !u.LastActivity.Before(now.Add(-f.SeenWithin))) &&
		(f.UnseenFor == 0 || !u.LastActivity.After(now.Add(-f.UnseenFor)))
}

func (state AccountState) of(u hub.User, now time.Time, unclaimed func(hub.User) bool) bool {
	switch state {
	case AccountUnclaimed:
		return unclaimed(u)
	case AccountMustChange:
		return u.MustChange
	case AccountSuspended:
		return u.Suspended
	case AccountDormant:
		since := now.Add(-DormantAfter)
		return u.Created.Before(since) && u.LastActivity.Before(since)
	}
	return false
}

func (state ServerState) of(servers []hub.Server) bool {
	some := func(is func(hub.Server) bool) bool { return slices.ContainsFunc(servers, is) }
	switch state {
	case ServerRunning:
		return some(hub.Server.Running)
	case ServerPending:
		return some(func(s hub.Server) bool { return s.Active() && !s.Running() })
	case ServerFailed:
		return some(hub.Server.Failing)
	case ServerStopped:
		return !some(hub.Server.Active)
	}
	return false
}

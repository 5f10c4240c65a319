package access

import (
	"github.com/atriumhub/atrium/internal/hub"
)

// UserView is a person as a requester may see them. Fields tells which parts.
type UserView struct {
	hub.User
	Fields  Fields
	Servers []hub.Server // those that the requester may see; only with Fields.Servers
	States  map[int64]bool
	// Visitors are who is in which of the servers, by the servers' ids; others' servers may be among them.
	Visitors map[int64][]hub.Visit
	// Prospects are when those of the servers end that end by themselves, by their ids; read of one person alone.
	Prospects map[int64]hub.Prospect
	// Above: they hold more than the requester, whose scopes by a group do not reach them.
	Above  bool
	Quota  *hub.QuotaAccount // where it was asked for, and the requester may see it
	Launch hub.Launch        // what the one server's run was started with, where that was read
}

// Fields says which parts of a person are visible.
type Fields struct {
	Name, Groups, Activity, Roles, All, Servers, AuthState bool
	Password                                               PasswordState // empty where it may not be seen
}

// PasswordState is what is known of somebody's password.
type PasswordState string

// The states.
const (
	PasswordSet       PasswordState = "set"
	PasswordUnset     PasswordState = "unset"
	PasswordUnclaimed PasswordState = "unclaimed" // the first login at the form sets it
)

// Any tells whether anything is.
func (f Fields) Any() bool {
	return f.Name || f.Groups || f.Activity || f.Roles || f.All || f.Servers
}

// ReadUser is the scopes that show something of a person.
func ReadUser() []string {
	return []string{"read:users", "read:users:name", "read:servers", "read:users:groups", "read:users:activity", "read:roles:users"}
}

// FieldsOf says which parts of a person the requester may see.
func FieldsOf(r *Requester, u hub.User) Fields {
	may := func(s string) bool { return r.AllowsUser(s, u) }
	return Fields{
		All: may("read:users"), Name: may("read:users:name"), Groups: may("read:users:groups"),
		Activity: may("read:users:activity"), Roles: may("read:roles:users"),
		Servers: may("read:servers"), AuthState: may("admin:auth_state"),
	}
}

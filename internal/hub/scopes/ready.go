package scopes

import "strings"

// RoleTeacher is the ready-made role for whoever looks after a group. It is given on one.
const RoleTeacher = "teacher"

// ReadyRole is a role that is there to be given on a group, unless the configuration has one of its name.
func ReadyRole(name string) (Role, bool) {
	if name != RoleTeacher {
		return Role{}, false
	}
	return Role{RoleTeacher, "Looks after the people of one group", []string{
		"admin-ui", "list:users", "read:users", "create:users", "admin:passwords", "groups", "servers", "access:servers",
	}}, true
}

// OnGroup are raw scopes as they are given on one group: each that names nothing else means this group. The Admin
// Panel is opened as it is.
func OnGroup(list []string, group string) []string {
	out := make([]string, len(list))
	for i, raw := range list {
		if out[i] = raw; raw != "admin-ui" && raw != Self && !strings.Contains(raw, "!") {
			out[i] = string(Of(raw, Group(group)))
		}
	}
	return out
}

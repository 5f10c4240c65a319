package scopes

import "strings"

// Describe says in one plain sentence what a scope lets its holder do, for the page
// on which a person confirms it. It is empty for what is not a scope.
func (c *Catalog) Describe(base string) string {
	if c != nil {
		if def, ok := c.custom[base]; ok {
			return def.Description
		}
	}
	for _, describe := range []func(string) string{describeUsers, describeServers, describeOthers} {
		if text := describe(base); text != "" {
			return text
		}
	}
	if c.Known(base) {
		return "Use a permission of its own that a service defines."
	}
	return ""
}

// Describe says in a few words whom the filter leaves; self is the name of the
// person who reads it. It is empty for the zero Filter.
func (f Filter) Describe(self string) string {
	switch {
	case f.Kind == "":
		return ""
	case f.Kind == KindUser && (f.Value == "" || f.Value == self):
		return "only you"
	case f.Value == "":
		return "only this " + f.Kind
	case f.Kind == KindGroup:
		return "only members of the group " + f.Value
	case f.Kind == KindServer:
		owner, server, _ := strings.Cut(f.Value, "/")
		if server == "" {
			return "only the default server of " + owner
		}
		return "only the server " + server + " of " + owner
	default:
		return "only the " + f.Kind + " " + f.Value
	}
}

func describeUsers(base string) string {
	switch base {
	case "(no_scope)":
		return "Find out who you are."
	case Self:
		return "Do what you can do with your own account and servers."
	case Inherit:
		return "Do everything that you can do."
	case "admin:users":
		return "Create, change and delete users, administrators included."
	case "admin:auth_state":
		return "Read what the login system keeps about users, which may include secrets."
	case "create:users":
		return "Make users."
	case "admin:passwords":
		return "Set users' passwords, with which one can log in as them, and have them choose new ones."
	case "users":
		return "Read and change users' accounts."
	case "delete:users":
		return "Delete users' accounts."
	case "list:users":
		return "List users by name."
	case "read:users":
		return "Read users' accounts: names, groups, and when they were last active."
	case "read:users:name":
		return "Read users' names."
	case "read:users:groups":
		return "Read which groups users are in."
	case "read:users:activity":
		return "Read when users were last active."
	case "users:activity":
		return "Report when users were last active."
	case "read:roles":
		return "Read the roles of users, services and groups."
	case "read:roles:users":
		return "Read the roles of users."
	case "read:roles:services":
		return "Read the roles of services."
	case "read:roles:groups":
		return "Read the roles of groups."
	case "tokens":
		return "Read, make and revoke users' tokens."
	case "read:tokens":
		return "List users' tokens, but not their secrets."
	}
	return ""
}

func describeServers(base string) string {
	switch base {
	case "admin:servers":
		return "Start, stop and delete users' servers, and read their internal state."
	case "admin:server_state":
		return "Read and change the internal state of users' servers."
	case "servers":
		return "Start, stop and delete users' servers."
	case "read:servers":
		return "See users' servers and their addresses."
	case "start:servers":
		return "Start users' servers and change their settings."
	case "delete:servers":
		return "Stop and delete users' servers."
	case "access:servers":
		return "Use users' servers, with their files and whatever runs there."
	case "users:shares":
		return "See which servers are shared with users, and give those shares up."
	case "read:users:shares":
		return "See which servers are shared with users."
	case "groups:shares":
		return "See which servers are shared with groups, and give those shares up."
	case "read:groups:shares":
		return "See which servers are shared with groups."
	case "read:shares":
		return "See with whom servers are shared."
	case "shares":
		return "Share servers with others, use shared servers, and end sharing."
	}
	return ""
}

func describeOthers(base string) string {
	switch base {
	case "admin-ui":
		return "Open the administration page."
	case "admin:groups":
		return "Create, change and delete groups."
	case "groups":
		return "Read and change groups and who is in them, which may change what members are allowed."
	case "list:groups":
		return "List groups by name."
	case "read:groups":
		return "Read groups and who is in them."
	case "read:groups:name":
		return "Read groups' names."
	case "delete:groups":
		return "Delete groups."
	case "admin:services":
		return "Create, change and delete services that are not set in the configuration."
	case "list:services":
		return "List services by name."
	case "read:services":
		return "Read services and their settings."
	case "read:services:name":
		return "Read services' names."
	case "access:services":
		return "Use services."
	case "read:hub":
		return "Read details of the hub's set-up."
	case "proxy":
		return "Read the proxy's routes and bring them up to date."
	case "admin:roles":
		return "Make roles, and give them to people as far as one holds what they allow."
	case "shutdown":
		return "Shut the hub down."
	case "read:metrics":
		return "Read the hub's metrics."
	case "read:audit":
		return "Read who changed what of whom."
	case "admin:quota":
		return "Change how many credits users have for servers."
	case "read:quota":
		return "See how many credits users have for servers, and what they were spent on."
	case "announcements":
		return "Tell people something on their pages."
	}
	return ""
}

package scopes

import (
	"fmt"
	"regexp"
)

// The roles that always exist.
const (
	RoleUser   = "user"   // every user has it
	RoleAdmin  = "admin"  // administrators have it; it cannot be redefined
	RoleServer = "server" // what the token that a server is started with may do
	RoleToken  = "token"  // what a token gets for which nothing was asked
)

// Role is a name for a list of scopes.
type Role struct {
	Name        string
	Description string
	Scopes      []string // raw
}

// DefaultRoles gives the roles that always exist, by name, with JupyterHub 6.1.1's
// scopes, and Atrium's own for administrators. The map is the caller's own.
func DefaultRoles() map[string]Role {
	return map[string]Role{
		RoleUser: {RoleUser, "What every user may do", []string{Self}},
		RoleAdmin: {RoleAdmin, "Administrators, who may do everything", []string{
			"admin-ui", "admin:users", "admin:servers", "admin:services", "tokens", "admin:groups",
			"list:services", "read:services", "read:hub", "proxy", "shutdown", "access:services",
			"access:servers", "read:roles", "read:metrics", "shares", "read:audit",
			"announcements", "create:users", "admin:passwords", "admin:roles", "admin:quota",
		}},
		RoleServer: {RoleServer, "What a server's own token may do", []string{"users:activity!user", "access:servers!server"}},
		RoleToken:  {RoleToken, "Tokens that may do what their owner may", []string{Inherit}},
	}
}

var roleName = regexp.MustCompile(`^[a-z][a-z0-9\-_~.]{1,253}[a-z0-9]$`)

// CheckRoleName checks the name of a role by JupyterHub's rule.
func CheckRoleName(name string) error {
	if !roleName.MatchString(name) {
		return fmt.Errorf("role %.80q: a role's name is 3 to 255 of a-z 0-9 - . ~ _,"+
			" beginning with a letter and ending with a letter or digit", name)
	}
	return nil
}

package scopes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Custom declares a custom scope: one that a service understands and the hub only
// hands out.
type Custom struct {
	Description string   // one sentence for the confirmation page; required
	Subscopes   []string // custom scopes that holding this one implies
}

// Catalog is the scopes that exist: JupyterHub's own, and the custom ones of a
// configuration. The nil Catalog knows every custom scope by its form alone; NewCatalog
// makes one that knows the declared ones only. A Catalog does not change and may be shared.
type Catalog struct{ custom map[string]Custom }

var customName = regexp.MustCompile(`^custom:[a-z0-9][a-z0-9_\-*:]+[a-z0-9_*]$`)

// NewCatalog makes the catalogue with these custom scopes. A custom scope needs a
// well-formed name and a description, and may only include custom scopes that are
// declared with it.
func NewCatalog(custom map[string]Custom) (*Catalog, error) {
	c := &Catalog{custom: make(map[string]Custom, len(custom))}
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		if err := CheckCustom(name, custom); err != nil {
			return nil, err
		}
		c.custom[name] = Custom{custom[name].Description, slices.Clone(custom[name].Subscopes)}
	}
	return c, nil
}

// CheckCustom is what is wrong with one of the custom scopes that are declared.
func CheckCustom(name string, declared map[string]Custom) error {
	if len(name) > MaxLength || !customName.MatchString(name) {
		return fmt.Errorf("custom scope %.80q: the name must be 'custom:' and at least three of a-z 0-9 - _ : *,"+
			" beginning with a letter or digit and not ending with '-' or ':'", name)
	}
	if declared[name].Description == "" {
		return fmt.Errorf("custom scope %s: it has no description", name)
	}
	for _, sub := range declared[name].Subscopes {
		if _, ok := declared[sub]; !ok {
			return fmt.Errorf("custom scope %s: its subscope %.80q is not a custom scope declared here", name, sub)
		}
	}
	return nil
}

// Known tells whether there is such a scope or metascope, or such a custom scope in this
// catalogue; with none, whether it has the form of one. It takes the base alone, without a
// filter.
func (c *Catalog) Known(base string) bool {
	if !strings.HasPrefix(base, "custom:") {
		return builtin(base)
	}
	if c == nil {
		return len(base) <= MaxLength && customName.MatchString(base)
	}
	_, ok := c.custom[base]
	return ok
}

// closure is base with everything that it includes, each once.
func (c *Catalog) closure(base string) []string {
	all := []string{base}
	for i := 0; i < len(all); i++ {
		for sub := range strings.FieldsSeq(c.includes(all[i])) {
			if !slices.Contains(all, sub) {
				all = append(all, sub)
			}
		}
	}
	return all
}

// includes is what a scope includes directly, separated by spaces.
func (c *Catalog) includes(base string) string {
	if !strings.HasPrefix(base, "custom:") {
		return subscopes(base)
	}
	if c == nil {
		return ""
	}
	return strings.Join(c.custom[base].Subscopes, " ")
}

// builtin tells whether base is one of JupyterHub's own scopes, or of Atrium's.
func builtin(base string) bool {
	switch base {
	case "(no_scope)", Self, Inherit, "admin-ui",
		"admin:users", "admin:auth_state", "users", "delete:users", "list:users",
		"read:users", "read:users:name", "read:users:groups", "read:users:activity", "users:activity",
		"read:roles", "read:roles:users", "read:roles:services", "read:roles:groups",
		"admin:servers", "admin:server_state", "servers", "read:servers", "start:servers", "delete:servers",
		"tokens", "read:tokens",
		"admin:groups", "groups", "list:groups", "read:groups", "read:groups:name", "delete:groups",
		"admin:services", "list:services", "read:services", "read:services:name",
		"read:hub", "access:servers", "access:services",
		"users:shares", "read:users:shares", "groups:shares", "read:groups:shares", "read:shares", "shares",
		"proxy", "shutdown", "read:metrics",
		"create:users", "admin:passwords", "admin:roles", "read:audit", "announcements", "admin:quota", "read:quota": // Atrium's own
		return true
	}
	return false
}

// subscopes is the tree of JupyterHub's own scopes: what each includes directly.
// Self is here with what it stands for.
func subscopes(base string) string {
	switch base {
	case Self:
		return "read:users users:activity users:shares read:shares servers tokens access:servers"
	case "admin:users":
		return "admin:auth_state users read:roles:users delete:users"
	case "users":
		return "read:users list:users users:activity"
	case "list:users", "read:servers":
		return "read:users:name"
	case "read:users":
		return "read:users:name read:users:groups read:users:activity"
	case "users:activity":
		return "read:users:activity"
	case "admin:quota":
		return "read:quota"
	case "read:roles":
		return "read:roles:users read:roles:services read:roles:groups"
	case "admin:servers":
		return "admin:server_state servers"
	case "servers":
		return "read:servers start:servers delete:servers"
	case "tokens":
		return "read:tokens"
	case "admin:groups":
		return "groups read:roles:groups delete:groups"
	case "groups":
		return "read:groups list:groups"
	case "list:groups", "read:groups":
		return "read:groups:name"
	case "admin:services":
		return "list:services read:services read:roles:services"
	case "list:services", "read:services":
		return "read:services:name"
	case "users:shares":
		return "read:users:shares"
	case "groups:shares":
		return "read:groups:shares"
	case "shares":
		return "access:servers read:shares users:shares groups:shares"
	}
	return ""
}

package scopes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// anyCustom knows every custom scope by its form.
var anyCustom *Catalog

// expansions is what JupyterHub 6.1.1 makes of each of its scopes, self excepted, with two of Atrium's own.
func expansions() map[string]string {
	return map[string]string{
		"(no_scope)":          "(no_scope)",
		"inherit":             "inherit",
		"admin-ui":            "admin-ui",
		"admin:users":         "admin:auth_state admin:users delete:users list:users read:roles:users read:users read:users:activity read:users:groups read:users:name users users:activity",
		"admin:auth_state":    "admin:auth_state",
		"users":               "list:users read:users read:users:activity read:users:groups read:users:name users users:activity",
		"delete:users":        "delete:users",
		"list:users":          "list:users read:users:name",
		"read:users":          "read:users read:users:activity read:users:groups read:users:name",
		"read:users:name":     "read:users:name",
		"read:users:groups":   "read:users:groups",
		"read:users:activity": "read:users:activity",
		"read:roles":          "read:roles read:roles:groups read:roles:services read:roles:users",
		"read:roles:users":    "read:roles:users",
		"read:roles:services": "read:roles:services",
		"read:roles:groups":   "read:roles:groups",
		"users:activity":      "read:users:activity users:activity",
		"admin:servers":       "admin:server_state admin:servers delete:servers read:servers read:users:name servers start:servers",
		"admin:server_state":  "admin:server_state",
		"servers":             "delete:servers read:servers read:users:name servers start:servers",
		"read:servers":        "read:servers read:users:name",
		"start:servers":       "start:servers",
		"delete:servers":      "delete:servers",
		"tokens":              "read:tokens tokens",
		"read:tokens":         "read:tokens",
		"admin:groups":        "admin:groups delete:groups groups list:groups read:groups read:groups:name read:roles:groups",
		"groups":              "groups list:groups read:groups read:groups:name",
		"list:groups":         "list:groups read:groups:name",
		"read:groups":         "read:groups read:groups:name",
		"read:groups:name":    "read:groups:name",
		"delete:groups":       "delete:groups",
		"admin:services":      "admin:services list:services read:roles:services read:services read:services:name",
		"list:services":       "list:services read:services:name",
		"read:services":       "read:services read:services:name",
		"read:services:name":  "read:services:name",
		"read:hub":            "read:hub",
		"access:servers":      "access:servers",
		"access:services":     "access:services",
		"users:shares":        "read:users:shares users:shares",
		"read:users:shares":   "read:users:shares",
		"groups:shares":       "groups:shares read:groups:shares",
		"read:groups:shares":  "read:groups:shares",
		"read:shares":         "read:shares",
		"shares":              "access:servers groups:shares read:groups:shares read:shares read:users:shares shares users:shares",
		"proxy":               "proxy",
		"shutdown":            "shutdown",
		"read:metrics":        "read:metrics",
		"create:users":        "create:users",
		"admin:passwords":     "admin:passwords",
	}
}

func TestEveryScopeExpandsAsInJupyterHub(t *testing.T) {
	for scope, want := range expansions() {
		set, dropped := anyCustom.Expand([]string{scope}, Owner{}, Client{})
		if diff := cmp.Diff(strings.Fields(want), set.Strings()); diff != "" || dropped != nil {
			t.Errorf("%s: %v %s", scope, dropped, diff)
		}
	}
}

func TestEveryScopeIsDescribed(t *testing.T) {
	seen := map[string]string{}
	for scope := range expansions() {
		text := anyCustom.Describe(scope)
		if text == "" || !strings.HasSuffix(text, ".") || strings.Count(text, ". ") > 0 {
			t.Errorf("%s: %q is not a sentence", scope, text)
		}
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s are described alike", scope, other)
		}
		seen[text] = scope
	}
	if anyCustom.Describe(Self) == "" || anyCustom.Describe("custom:foo:bar") == "" {
		t.Error("self and custom scopes have no description")
	}
	if text := anyCustom.Describe("nope"); text != "" {
		t.Errorf("nope: %q", text)
	}
}

func TestDescribeFilter(t *testing.T) {
	for want, f := range map[string]Filter{
		"":                               {},
		"only you":                       User("alice"),
		"only the user bob":              User("bob"),
		"only members of the group math": Group("math"),
		"only the server lab of alice":   Server("alice", "lab"),
		"only the default server of bob": Server("bob", ""),
		"only this server":               {Kind: KindServer},
	} {
		if got := f.Describe("alice"); got != want {
			t.Errorf("%v: %q", f, got)
		}
	}
}

func TestCatalog(t *testing.T) {
	declared := map[string]Custom{
		"custom:lab:all":   {"Use the lab.", []string{"custom:lab:read", "custom:lab:write"}},
		"custom:lab:write": {"Write in the lab.", []string{"custom:lab:all"}}, // a circle ends
		"custom:lab:read":  {"Read in the lab.", nil},
	}
	c, err := NewCatalog(declared)
	if err != nil {
		t.Fatal(err)
	}
	delete(declared, "custom:lab:read")
	set, dropped := c.Expand([]string{"custom:lab:all!group=x", "custom:lab:other", "list:users"}, Owner{}, Client{})
	want := []string{
		"custom:lab:all!group=x", "custom:lab:read!group=x", "custom:lab:write!group=x", "list:users", "read:users:name",
	}
	if diff := cmp.Diff(want, set.Strings()); diff != "" {
		t.Error(diff)
	}
	if len(dropped) != 1 || !strings.Contains(dropped[0], "custom:lab:other") {
		t.Errorf("dropped %q", dropped)
	}
	if got := c.Describe("custom:lab:read"); got != "Read in the lab." {
		t.Error(got)
	}
	if c.Known("custom:lab:other") || c.Describe("custom:lab:other") != "" || !c.Known("users") {
		t.Error("the catalogue does not know what it should")
	}
}

func TestCatalogRefuses(t *testing.T) {
	for name, custom := range map[string]map[string]Custom{
		"name":               {"custom:a": {"x", nil}},
		"not custom":         {"users": {"x", nil}},
		"no description":     {"custom:abc": {}},
		"undefined subscope": {"custom:abc": {"x", []string{"custom:def"}}},
		"built-in subscope":  {"custom:abc": {"x", []string{"users"}}},
	} {
		if _, err := NewCatalog(custom); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

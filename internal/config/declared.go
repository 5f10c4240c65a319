package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// Role is one of `roles`, in JupyterHub's form: who may do what. Lists of members
// are exact at every start; one that is left out is empty.
type Role struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Scopes      []string `yaml:"scopes"`
	Users       []string `yaml:"users"`
	Groups      []string `yaml:"groups"`
	Services    []string `yaml:"services"`
}

// Group is one of `groups`: people who are added to it at every start, and its
// properties, which replace those that it has.
type Group struct {
	Users      []string `yaml:"users"`
	Properties Object   `yaml:"properties"`
}

// CustomScope is one of `custom_scopes`: a scope that services understand.
type CustomScope struct {
	Description string   `yaml:"description"`
	Subscopes   []string `yaml:"subscopes"`
}

// Service is one of `services`, in JupyterHub's form.
type Service struct {
	Name          string            `yaml:"name"`
	URL           string            `yaml:"url"`
	APIToken      Secret            `yaml:"api_token"`
	APITokenFile  string            `yaml:"api_token_file"`
	Admin         bool              `yaml:"admin"`
	Command       []string          `yaml:"command"`
	Environment   map[string]string `yaml:"environment"`
	Cwd           string            `yaml:"cwd"`
	User          string            `yaml:"user"`
	Display       bool              `yaml:"display"`
	Info          Object            `yaml:"info"`
	ClientID      string            `yaml:"oauth_client_id"`
	RedirectURI   string            `yaml:"oauth_redirect_uri"`
	NoConfirm     bool              `yaml:"oauth_no_confirm"`
	AllowedScopes []string          `yaml:"oauth_client_allowed_scopes"`
}

// SetDefaults shows a service that does not say otherwise.
func (s *Service) SetDefaults() { s.Display = true }

// Object is any JSON object.
type Object json.RawMessage

// UnmarshalText reads JSON.
func (o *Object) UnmarshalText(b []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil || object == nil {
		return hub.Errorf(hub.Invalid, `it is not a JSON object, as {"key": "value"}`)
	}
	*o = slices.Clone(b)
	return nil
}

// readNode reads what YAML has at a key.
func (o *Object) readNode(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return hub.Errorf(hub.Invalid, "keys with values are expected here")
	}
	var value map[string]any
	if err := n.Load(&value); err != nil {
		return hub.Errorf(hub.Invalid, "it holds a key twice, or something that JSON cannot hold")
	}
	b, err := json.Marshal(value)
	if err != nil {
		return hub.Errorf(hub.Invalid, "it holds something that JSON cannot hold")
	}
	*o = b
	return nil
}

// CustomScopes is custom_scopes as the scopes' package takes them.
func (c Config) CustomScopes() map[string]scopes.Custom {
	out := make(map[string]scopes.Custom, len(c.Scopes))
	for name, s := range c.Scopes {
		out[name] = scopes.Custom{Description: s.Description, Subscopes: s.Subscopes}
	}
	return out
}

// RoleDefinitions is roles as the scopes' package takes them.
func (c Config) RoleDefinitions() []scopes.Role {
	out := make([]scopes.Role, len(c.Roles))
	for i, r := range c.Roles {
		out[i] = scopes.Role{Name: r.Name, Description: r.Description, Scopes: r.Scopes}
	}
	return out
}

// validateDeclared checks roles, groups and services as far as it takes no database.
// What scopes there are is checked where they are put together.
func (c Config) validateDeclared(f *faults) {
	known := map[string]bool{}
	for i, s := range c.Services {
		at := fmt.Sprintf("services.%d", i)
		c.validateService(f, at, s)
		f.checkAt(at, !known[s.Name], "services: %s is declared twice", s.Name)
		known[s.Name] = true
	}
	for i, r := range c.Roles {
		at := fmt.Sprintf("roles.%d", i)
		f.checkAt(at, r.Name != "", "roles: one has no name")
		users(f, at+".users", "roles: "+r.Name, r.Users)
		groupNames(f, at+".groups", "roles: "+r.Name, r.Groups)
		for _, name := range r.Services {
			f.checkAt(at+".services", known[name], "roles: %s: there is no service %q; declare it under services", r.Name, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Groups)) {
		groupNames(f, "groups."+name, "groups", []string{name})
		users(f, "groups."+name+".users", "groups: "+name, c.Groups[name].Users)
	}
}

func users(f *faults, at, where string, names []string) {
	for _, name := range names {
		_, err := hub.UserName(name)
		f.checkAt(at, err == nil, "%s: %q is not a username", where, name)
	}
}

func groupNames(f *faults, at, where string, names []string) {
	for _, name := range names {
		_, err := hub.GroupName(name)
		f.checkAt(at, err == nil, "%s: %q is not a group's name", where, name)
	}
}

func (c Config) validateService(f *faults, at string, s Service) {
	where := "services: " + s.Name
	_, err := hub.ServiceName(s.Name)
	f.checkAt(at+".name", err == nil, "services: %q is not a service's name: letters, digits and -._~ are", s.Name)
	f.checkAt(at+".api_token", s.APIToken == "" || len(s.APIToken) >= 8, "%s: api_token is too short; use at least 8 characters, better 32 random ones", where)
	f.checkAt(at+".api_token", s.APIToken == "" || s.APITokenFile == "", "%s: give api_token or api_token_file, not both", where)
	f.checkAt(at+".url", s.URL == "" || serviceURL(s.URL), "%s: url %q is not http://HOST:PORT", where, s.URL)
	f.checkAt(at+".oauth_client_id", s.ClientID == "" || strings.HasPrefix(s.ClientID, "service-"), "%s: oauth_client_id must begin with service-", where)
	f.checkAt(at+".command", len(s.Command) == 0 || s.Command[0] != "", "%s: the first word of command, the program, is empty", where)
	if len(s.Command) == 0 {
		f.checkAt(at, s.Cwd == "" && s.User == "" && len(s.Environment) == 0, "%s: cwd, user and environment are for services with a command", where)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		f.checkAt(at+".environment", variable(name) && !strings.Contains(s.Environment[name], "\x00"), "%s: environment: %q cannot be the name of a variable, or its value holds a zero byte", where, name)
	}
}

// serviceURL tells whether s is where a service can be reached: a path after the
// host is allowed, as JupyterHub has it, and not used.
func serviceURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == ""
}

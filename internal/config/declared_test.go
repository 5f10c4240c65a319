package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/atriumhub/atrium/internal/config"
)

const declaredFile = `
roles:
  - name: grader
    description: Grades
    scopes: ["list:users!group=class", "read:users!group=class"]
    users: [ada, bob]
    groups: [staff]
    services: [culler]
  - name: user
    scopes: [self, "read:users:name"]
custom_scopes:
  "custom:grades:read":
    description: Read grades
groups:
  class:
    users: [eve]
    properties: {room: 12, tags: [a, b], deep: {x: null}}
  empty: {}
services:
  - name: culler
    admin: true
    api_token: 0123456789
    command: [python3, -m, jupyterhub_idle_culler]
    environment: {A: "1"}
  - name: site
    url: http://127.0.0.1:9999
    display: false
    info: {color: red}
    oauth_no_confirm: true
    oauth_client_allowed_scopes: ["read:users!user"]
`

func declaredConfig() config.Config {
	c := config.Default()
	c.Roles = []config.Role{
		{
			Name: "grader", Description: "Grades", Scopes: []string{"list:users!group=class", "read:users!group=class"},
			Users: []string{"ada", "bob"}, Groups: []string{"staff"}, Services: []string{"culler"},
		},
		{Name: "user", Scopes: []string{"self", "read:users:name"}},
	}
	c.Scopes = map[string]config.CustomScope{"custom:grades:read": {Description: "Read grades"}}
	c.Groups = map[string]config.Group{
		"class": {Users: []string{"eve"}, Properties: config.Object(`{"deep":{"x":null},"room":12,"tags":["a","b"]}`)}, "empty": {},
	}
	c.Services = []config.Service{
		{
			Name: "culler", Admin: true, APIToken: "0123456789", Display: true,
			Command: []string{"python3", "-m", "jupyterhub_idle_culler"}, Environment: map[string]string{"A": "1"},
		},
		{
			Name: "site", URL: "http://127.0.0.1:9999", Info: config.Object(`{"color":"red"}`), NoConfirm: true,
			AllowedScopes: []string{"read:users!user"},
		},
	}
	return c
}

func TestDeclared(t *testing.T) {
	read := func(string) ([]byte, error) { return []byte(declaredFile), nil }
	got, _, err := config.Load("f", []string{"ATRIUM_DATA_DIR=/d"}, read)
	if err != nil {
		t.Fatal(err)
	}
	want := declaredConfig()
	want.DataDir = "/d"
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(config.Config{})); diff != "" {
		t.Error(diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

// A service's token is a secret wherever it stands, and the environment can hold
// the whole list.
func TestServicesFromTheEnvironment(t *testing.T) {
	got, warnings, err := config.Load("", []string{`ATRIUM_SERVICES=[{"name":"culler","api_token":"very-secret"}]`, "ATRIUM_DATA_DIR=/d"}, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := []config.Service{{Name: "culler", APIToken: "very-secret", Display: true}}
	if diff := cmp.Diff(want, got.Services); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`[{"name":"x","title":1}]`, `{}`, `"x"`, `[1]`, `[{"name":["x"]}]`, `[{`} {
		if _, _, err := config.Load("", []string{"ATRIUM_SERVICES=" + bad}, nil); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestDeclaredFaults(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"services: [{name: a/b}]", `"a/b" is not a service's name`},
		{"services: [{name: a}, {name: a}]", "a is declared twice"},
		{"services: [{name: a, api_token: short}]", "too short"},
		{"services: [{name: a, api_token: long-enough, api_token_file: /x}]", "not both"},
		{"services: [{name: a, url: 'ftp://x'}]", "is not http://HOST:PORT"},
		{"services: [{name: a, oauth_client_id: x}]", "must begin with service-"},
		{"services: [{name: a, cwd: /x}]", "for services with a command"},
		{"roles: [{name: abc, services: [x]}]", `no service "x"`},
		{"roles: [{name: abc, users: ['a/b']}]", `"a/b" is not a username`},
		{"groups: {'a/b': {}}", "is not a group's name"},
		{"groups: {a: {properties: [1]}}", "keys with values are expected"},
		{"roles: {a: 1}", "a list is expected here"},
		{"groups: [a]", "names with keys below"},
	} {
		cfg, _, err := config.Load("f", nil, func(string) ([]byte, error) { return []byte(c.file), nil })
		if err == nil {
			err = cfg.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.file, err, c.want)
		}
	}
}

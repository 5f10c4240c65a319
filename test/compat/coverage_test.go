package compat_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// ownOperations are the operations that JupyterHub does not have, so that there is nothing to compare.
func ownOperations() []string {
	return []string{
		"GET /hub/admin/api/generate-password",
		"GET /hub/api/audit",
		"GET /hub/auth/check-force-password-change",
		"GET /hub/health/ready",
		"POST /hub/admin/api/batch-set-password",
		"POST /hub/admin/api/provision-users",
		"POST /hub/admin/api/set-password",
		"POST /hub/api/bulk/servers/start",
		"POST /hub/api/bulk/servers/stop",
		"POST /hub/api/bulk/users",
		"POST /hub/api/bulk/users/delete",
		"POST /hub/api/bulk/users/passwords",
		"POST /hub/api/users/{name}/revoke",
	}
}

// Each method of each path in the API's description is asked at least once.
func TestEveryOperationIsAsked(t *testing.T) {
	asked := map[string]bool{}
	for _, g := range groups() {
		for _, r := range g.cases {
			method, path, _ := strings.Cut(r.do, " ")
			path, _, _ = strings.Cut(path, "?")
			asked[method+" "+g.base+path] = true
		}
	}
	operations := described(t)
	for _, op := range ownOperations() {
		if !slices.Contains(operations, op) {
			t.Errorf("%s is listed as Atrium's own, and is not described", op)
		}
	}
	for _, op := range operations {
		form := regexp.MustCompile("^" + segment.ReplaceAllString(op, "[^/]+") + "$")
		met := slices.ContainsFunc(slices.Collect(maps.Keys(asked)), form.MatchString)
		if !met && !slices.Contains(ownOperations(), op) {
			t.Errorf("no request asks %s", op)
		}
	}
}

var segment = regexp.MustCompile(`\{[a-z]+\}`)

func described(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var operations []string
	for path, methods := range doc.Paths {
		for method := range methods {
			if method != "parameters" && method != "summary" && method != "description" {
				operations = append(operations, strings.ToUpper(method)+" /hub"+path)
			}
		}
	}
	slices.Sort(operations)
	return operations
}

package compat_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// ownOperations are the operations that JupyterHub does not have, so that there is nothing to compare.
func ownOperations() []string {
	return []string{
		"DELETE /hub/admin/api/groups/{group}",
		"DELETE /hub/admin/api/groups/{group}/users",
		"DELETE /hub/api/announcements/{id}",
		"DELETE /hub/api/bulk/jobs/{id}",
		"DELETE /hub/api/roles/{role}",
		"DELETE /hub/api/roles/{role}/users",
		"DELETE /hub/api/user/views/{view}",
		"DELETE /hub/api/users/{name}/sessions",
		"DELETE /hub/api/users/{name}/sessions/{id}",
		"GET /hub/admin/api/generate-password",
		"GET /hub/admin/api/groups",
		"GET /hub/admin/api/quota",
		"GET /hub/admin/api/quota/{name}",
		"GET /hub/api/announcements",
		"GET /hub/api/audit",
		"GET /hub/api/bulk/jobs",
		"GET /hub/api/bulk/jobs/{id}",
		"GET /hub/api/events",
		"GET /hub/api/homes",
		"GET /hub/api/homes/{home}",
		"GET /hub/api/nodes",
		"GET /hub/api/profiles",
		"GET /hub/api/accelerators",
		"GET /hub/api/resources",
		"GET /hub/api/quota/me",
		"GET /hub/api/quota/rates",
		"GET /hub/api/quota/refresh",
		"GET /hub/api/roles",
		"GET /hub/api/tokens",
		"GET /hub/api/usage/days",
		"GET /hub/api/usage/groups",
		"GET /hub/api/usage/now",
		"GET /hub/api/usage/starts",
		"GET /hub/api/usage/users",
		"GET /hub/api/user/views",
		"GET /hub/api/users/{name}/server/events",
		"GET /hub/api/users/{name}/server/log",
		"GET /hub/api/users/{name}/server/notices",
		"GET /hub/api/users/{name}/servers/{server}/events",
		"GET /hub/api/users/{name}/servers/{server}/log",
		"GET /hub/api/users/{name}/servers/{server}/notices",
		"GET /hub/api/users/{name}/sessions",
		"GET /hub/api/users/{name}/usage",
		"GET /hub/auth/check-force-password-change",
		"GET /hub/health/ready",
		"PATCH /hub/admin/api/groups/{group}",
		"PATCH /hub/api/announcements/{id}",
		"PATCH /hub/api/groups/{group}",
		"PATCH /hub/api/roles/{role}",
		"POST /hub/admin/api/batch-set-password",
		"POST /hub/admin/api/groups/{group}/users",
		"POST /hub/admin/api/provision-users",
		"POST /hub/admin/api/quota/batch",
		"POST /hub/admin/api/quota/refresh",
		"POST /hub/admin/api/quota/{name}",
		"POST /hub/admin/api/set-password",
		"POST /hub/api/announcements",
		"POST /hub/api/bulk/groups/add",
		"POST /hub/api/bulk/groups/remove",
		"POST /hub/api/bulk/servers/forget",
		"POST /hub/api/bulk/servers/start",
		"POST /hub/api/bulk/servers/stop",
		"POST /hub/api/bulk/users",
		"POST /hub/api/bulk/users/change",
		"POST /hub/api/bulk/users/delete",
		"POST /hub/api/bulk/users/passwords",
		"POST /hub/api/bulk/users/quota",
		"POST /hub/api/homes/{home}/archive",
		"POST /hub/api/homes/{home}/attach",
		"POST /hub/api/roles/{role}",
		"POST /hub/api/roles/{role}/users",
		"POST /hub/api/sheets",
		"POST /hub/api/users/{name}/detach-home",
		"POST /hub/api/users/{name}/revoke",
		"POST /hub/api/users/{name}/server/extend",
		"POST /hub/api/users/{name}/servers/{server}/extend",
		"PUT /hub/api/user/views/{view}",
	}
}

// Each method of each path in the two descriptions of the API, JupyterHub's and Atrium's,
// is asked at least once.
func TestEveryOperationIsAsked(t *testing.T) {
	requests := asked()
	operations := described(t)
	for _, op := range ownOperations() {
		if !slices.Contains(operations, op) {
			t.Errorf("%s is listed as Atrium's own, and is not described", op)
		}
	}
	for _, op := range publishedOperations() {
		method, path, _ := strings.Cut(op, " ")
		operations = append(operations, method+" "+rest+path)
	}
	for _, op := range operations {
		if !slices.Contains(ownOperations(), op) && !slices.ContainsFunc(requests, pattern(op).MatchString) {
			t.Errorf("no request asks %s", op)
		}
	}
}

// asked are method and path of all requests.
func asked() []string {
	all := map[string]bool{}
	for _, g := range groups() {
		for _, r := range g.cases {
			method, path, _ := strings.Cut(r.do, " ")
			path, _, _ = strings.Cut(path, "?")
			all[method+" "+g.base+path] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// pattern is what a request for the operation looks like.
func pattern(operation string) *regexp.Regexp {
	return regexp.MustCompile("^" + segment.ReplaceAllString(operation, "[^/]+") + "$")
}

var segment = regexp.MustCompile(`\{[a-z_]+\}`)

func described(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Load(text, &doc); err != nil {
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

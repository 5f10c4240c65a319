package httpapi_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// described is what the table and the description of the API must agree in.
type described struct {
	Operation string
	Open      bool
	Scopes    []string
}

// The description of the API and the table of routes say the same, both ways.
func TestTableIsTheDescription(t *testing.T) {
	inTable := map[string]described{}
	operations := map[string]string{}
	for _, rt := range httpapitest.New(t).Server.APIRoutes() {
		key := rt.Method + " " + strings.TrimSuffix(rt.Pattern, "{$}")
		scopes := slices.Clone(rt.Scopes)
		slices.Sort(scopes)
		inTable[key] = described{rt.Operation, rt.Kind == endpoint.Public, scopes}
		if twice := operations[rt.Operation]; twice != "" {
			t.Errorf("%s and %s are both called %s", twice, key, rt.Operation)
		}
		operations[rt.Operation] = key
	}
	if diff := cmp.Diff(inTable, inDescription(t)); diff != "" {
		t.Errorf("api/openapi.yaml differs from the table (-table +description):\n%s", diff)
	}
}

func inDescription(t *testing.T) map[string]described {
	t.Helper()
	text, err := os.ReadFile("../../api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type operation struct {
		ID       string                 `yaml:"operationId"`
		Security *[]map[string][]string `yaml:"security"`
	}
	var doc struct {
		OpenAPI string `yaml:"openapi"`
		Paths   map[string]struct {
			Get, Head, Post, Put, Patch, Delete *operation
			Parameters                          any
		} `yaml:"paths"`
	}
	if err := yaml.Load(text, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	out := map[string]described{}
	for path, item := range doc.Paths {
		for method, op := range map[string]*operation{
			"GET": item.Get, "HEAD": item.Head, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
		} {
			if op == nil {
				continue
			}
			key := method + " " + path
			if op.Security == nil {
				t.Errorf("%s says nothing of its security", key)
				continue
			}
			scopes := map[string]bool{}
			for _, alternative := range *op.Security {
				for _, list := range alternative {
					if len(list) > 1 {
						t.Errorf("%s: scopes are alternatives: one each", key)
					}
					for _, scope := range list {
						scopes[scope] = true
					}
				}
			}
			out[key] = described{op.ID, len(*op.Security) == 0, slices.Sorted(maps.Keys(scopes))}
		}
	}
	return out
}

// Each reference in the description leads somewhere.
func TestDescriptionHasNoLooseEnds(t *testing.T) {
	text, err := os.ReadFile("../../api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Load(text, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !leads(doc, ref) {
				t.Errorf("%s leads nowhere", ref)
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(doc)
}

func leads(doc map[string]any, ref string) bool {
	var at any = doc
	for _, key := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		object, ok := at.(map[string]any)
		if !ok || object[key] == nil {
			return false
		}
		at = object[key]
	}
	return true
}

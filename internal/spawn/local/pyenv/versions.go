package pyenv

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"time"
)

// Versions is the version of each package in the environment.
func (e Env) Versions(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.python(), "-I", "-c", versionsScript) //nolint:gosec // the environment's own interpreter
	cmd.Dir = "/"
	cmd.Env = []string{}
	out, err := cmd.Output()
	var versions map[string]string
	if err == nil {
		err = json.Unmarshal(out, &versions)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the Python environment %s what is in it: %w", e.Dir, err)
	}
	return versions, nil
}

const versionsScript = `
import importlib.metadata, json, re
print(json.dumps({re.sub("[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}))
`

// pinned is the versions as constraints of pip.
func pinned(versions map[string]string) []string {
	lines := make([]string, 0, len(versions))
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		lines = append(lines, name+"=="+versions[name])
	}
	return lines
}

// A Difference is a package that is another one, or there only before or only after.
type Difference struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Compare is what changed between two environments, by name.
func Compare(before, after map[string]string) []Difference {
	var out []Difference
	for name, version := range before {
		if after[name] != version {
			out = append(out, Difference{name, version, after[name]})
		}
	}
	for name, version := range after {
		if _, was := before[name]; !was {
			out = append(out, Difference{Name: name, After: version})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
